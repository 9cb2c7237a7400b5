// What the kernel keeps of a response for the agent after this one: why it is there.

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Eider.Core.Abi;
using Eider.Core.Detect;
using Eider.Core.Policy;

namespace Eider.Core.Respond;

/// <summary>Lines of text, in this order: id, detection, id of the alert, place of the rule, policy, workload.</summary>
internal static class ResponseNote
{
    private const int Lines = 6;

    /// <summary>So that everything fits.</summary>
    private const int LongestWorkload = 400;

    /// <param name="note">All zero.</param>
    public static void Write(ActiveResponse response, Span<byte> note)
    {
        var workload = response.Workload.Length > LongestWorkload ? response.Workload[..LongestWorkload] : response.Workload;
        var text = string.Create(
            CultureInfo.InvariantCulture, $"{response.Id}\n{response.Detection}\n{response.AlertId}\n{response.Rule}\n{response.Policy}\n{workload.ReplaceLineEndings(" ")}");

        // The last octet stays NUL.
        Encoding.UTF8.GetEncoder().Convert(text, note[..^1], flush: true, out _, out _, out _);
    }

    /// <summary>Whatever may have been written there, this returns a response or says that it is none.</summary>
    public static bool TryRead(in ResponseRecord record, uint workload, [NotNullWhen(true)] out ActiveResponse? response)
    {
        response = null;
        ReadOnlySpan<byte> note = record.Note;
        var end = note.IndexOf((byte)0);
        var lines = Encoding.UTF8.GetString(note[..(end < 0 ? note.Length : end)]).Split('\n');
        if (lines.Length != Lines || !AlertId.IsId(lines[0]) || !int.TryParse(lines[3], NumberStyles.None, CultureInfo.InvariantCulture, out var rule))
        {
            return false;
        }

        var name = NameOf(record.Name);
        var isQuarantine = record.ServerV4Port != 0 || record.ServerV6Port != 0;
        if (isQuarantine != (name.Length == 0))
        {
            return false;
        }

        response = new ActiveResponse
        {
            Target = new ResponseTarget(workload, isQuarantine ? ResponseAction.Quarantine : ResponseAction.DenyName, name),
            Id = lines[0],
            IsDryRun = false,
            CgroupId = record.CgroupId,
            Workload = lines[5],
            Identity = new Identity { Cgroup = new CgroupInfo(record.CgroupId, null) },
            Resolver = isQuarantine ? new Redirect(EndpointOf(record.ServerV4, record.ServerV4Port), EndpointOf(record.ServerV6, record.ServerV6Port)) : null,
            Policy = lines[4],
            Rule = rule,
            Detection = lines[1],
            AlertId = lines[2],
            SinceNs = record.SinceNs,
            UntilNs = record.UntilNs,
        };
        return true;
    }

    private static Endpoint? EndpointOf(ReadOnlySpan<byte> address, ushort port) => port == 0 ? null : new Endpoint(IpAddress.FromOctets(address), port);

    /// <summary>Up to and including the root's octet; empty where there is no name.</summary>
    private static string NameOf(ReadOnlySpan<byte> wire)
    {
        var at = 0;
        while (at < wire.Length && wire[at] != 0)
        {
            at += wire[at] + 1;
        }

        return at == 0 || at >= wire.Length ? "" : Encoding.Latin1.GetString(wire[..(at + 1)]);
    }
}
