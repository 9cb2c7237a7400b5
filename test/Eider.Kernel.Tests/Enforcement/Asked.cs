// One question asked in one of the ways of ways/*.py, and what came back.

using System.Buffers.Binary;
using System.Net;
using System.Text.Json;
using Eider.Core.Decode;
using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.Enforcement;

/// <param name="Answers">In the order they came.</param>
/// <param name="End">How the connection or the system call ended; null when nothing is to be said of it.</param>
/// <param name="Said">The line itself, for more that is in it and for messages.</param>
internal sealed record Asked(IReadOnlyList<Reply> Answers, string? End, string Said)
{
    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "ways");

    public Reply Answer => Assert.Single(Answers);

    public static LabProcess Start(Workload workload, string way, IPAddress server, string name, params string[] options) =>
        workload.Start("/usr/bin/python3", ["-B", Script, way, $"{server}", name, $"zone={LabZone.Clients}", .. options]);

    /// <summary>Asks from another cgroup of the workload's.</summary>
    public static Asked In(string cgroup, Workload workload, string way, IPAddress server, string name, params string[] options)
    {
        using var asking = workload.StartIn(cgroup, "/usr/bin/python3", ["-B", Script, way, $"{server}", name, $"zone={LabZone.Clients}", .. options]);
        asking.CloseInput();
        return Of(asking);
    }

    /// <summary>Asks, and returns with what came back.</summary>
    public static Asked By(Workload workload, string way, IPAddress server, string name, params string[] options)
    {
        using var asking = Start(workload, way, server, name, options);
        asking.CloseInput();
        return Of(asking);
    }

    /// <summary>What a process that asks has to report.</summary>
    public static Asked Of(LabProcess asking)
    {
        var said = asking.Wait(TimeSpan.FromSeconds(60)).MustSucceed("ways").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        using var report = JsonDocument.Parse(said);
        var answers = report.RootElement.GetProperty("answers").EnumerateArray()
            .Select(answer => new Reply(Convert.FromHexString(answer.GetProperty("octets").GetString()!), answer.GetProperty("from").GetString()!));
        return new Asked([.. answers], report.RootElement.GetProperty("end").GetString(), said);
    }

    /// <summary>A number, or numbers, that the way reports besides.</summary>
    public IReadOnlyList<int> Numbers(string key)
    {
        using var report = JsonDocument.Parse(Said);
        var value = report.RootElement.GetProperty(key);
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(number => number.GetInt32())] : [value.GetInt32()];
    }

    /// <summary>Nobody answered but the kernel, and it said no; or nothing came at all.</summary>
    public void AssertDenied()
    {
        Assert.All(Answers.Where(answer => answer.Id == Reply.AskedId), answer => Assert.True(answer.IsDenial, Said));
        Assert.True(Answers.Any(answer => answer.IsDenial) || End != "open", Said);
    }
}

/// <summary>A message that came back.</summary>
internal sealed record Reply(byte[] Octets, string From)
{
    /// <summary>Of the query that matters, unless the test says otherwise.</summary>
    public const ushort AskedId = 0x4eed;

    private const ushort ExtendedError = 15;

    public ushort Id => BinaryPrimitives.ReadUInt16BigEndian(Octets);

    public ushort Flags => BinaryPrimitives.ReadUInt16BigEndian(Octets.AsSpan(2));

    public int Rcode => Flags & 0xf;

    public DnsSummary Summary => DnsSummary.Read(Octets, new NameCache(1));

    /// <summary>Data of the answer records.</summary>
    public IReadOnlyList<string> Data => [.. AnswerRecord.ReadAll(Octets).Select(record => record.Data)];

    /// <summary>The lab's resolver has an address for every name that the tests deny.</summary>
    public bool IsDenial => Rcode != 0 || Data.Count == 0;

    /// <summary>Code of the extended error at the very end; null where there is none.</summary>
    public int? ExtendedErrorCode => Octets.Length > 12 + 6 && Octets.AsSpan(Octets.Length - 6) is [0, (byte)ExtendedError, 0, 2, var high, var low] ? high << 8 | low : null;
}
