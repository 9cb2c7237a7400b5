// What a query pays for its verdict with a million names loaded and everything on: beside an empty program, in the same run.

using System.Diagnostics;
using System.Text;
using Eider.Bpf;
using Eider.Core.Abi;
using Eider.Core.Policy;
using Eider.Core.Sensors;

namespace Eider.Bench;

internal static class VerdictCost
{
    public const int Names = 1_265_360;

    // What disturbs a round only adds to it: the least of many rounds is the truest, for both programs alike.
    private const int Rounds = 100; // of each name
    private const int RunsARound = 2_000; // fewer than the ring holds
    private const ulong NsPerQuery = 1;
    private const uint FirstPosture = 1;
    private const ushort ListSet = 1;
    private const uint LoopbackIfindex = 1; // where test runs take place
    private const byte ReachWorkload = 2;

    // One name in four meets a word of the filter that lets one of its suffixes through, and costs a look into the table: the mean over many names is what
    // a query pays.
    private const int NamesAsked = 16;

    private const string Budgeted = "kernel.verdict.4label";

    private static readonly (string Name, Func<int, string> Query)[] Questions =
    [
        ("kernel.verdict.2label", number => $"example{number}.org"),
        (Budgeted, number => $"www.shop{number}.example.org"),
        ("kernel.verdict.7label", number => $"a-rather-long.label{number}.of.some.service.example.org"),
    ];

    public static IEnumerable<Measurement> Measure()
    {
        using var sensor = BenchObject.Load();
        using var maps = new PolicyMaps(sensor.Map);
        var empty = sensor.Program("bench_empty");
        var egress = sensor.Program("dns_egress");

        // What the event costs, which is sent whether or not there is a policy.
        var observed = Overhead(sensor, egress, empty, Questions[1].Query);
        yield return Measurement.Of("kernel.observe.overhead_ns", observed, "ns");

        Apply(maps, PostureFlags.None);
        foreach (var (name, query) in Questions)
        {
            var judged = Overhead(sensor, egress, empty, query);
            if (name == Budgeted)
            {
                yield return Measurement.AtMost($"{name}.overhead_ns", judged, "ns", 180);
                yield return Measurement.Of($"{name}.decision_ns", judged - observed, "ns");
            }
            else
            {
                yield return Measurement.Of($"{name}.overhead_ns", judged, "ns");
            }
        }

        yield return RespondingCost.Measure(sensor, maps, () => Overhead(sensor, egress, empty, Questions[1].Query), Query(Questions[1].Query(0)), Questions[1].Query(0));
        Apply(maps, PostureFlags.None);

        // Where the wire layer waits behind the device that the packet leaves by, as in a pod, it is told of each query.
        new HashMap<DeviceKey, byte>(sensor.Map("wire_devices")).Set(new DeviceKey(NetworkNamespace.Cookie(), LoopbackIfindex, 0), ReachWorkload);
        using var changes = new MappedArray<ulong>(sensor.Map("wire_changes"));
        changes[0]++;
        yield return Measurement.Of($"{Budgeted}.told_ns", Overhead(sensor, egress, empty, Questions[1].Query), "ns");

        // And where a policy judges answers, which any that denies names does unless it says otherwise: each question is kept for its answer as well.
        Apply(maps, PostureFlags.Aliases);
        yield return Measurement.Of($"{Budgeted}.told_kept_ns", Overhead(sensor, egress, empty, Questions[1].Query), "ns");
    }

    private static double Overhead(KernelSensor sensor, BpfProgram program, BpfProgram empty, Func<int, string> name) =>
        Enumerable.Range(0, NamesAsked).Average(number => Overhead(sensor, program, empty, Query(name(number))));

    private static byte[] Query(string name) => Packets.Frame(Packets.UdpV4(clientPort: 40000, serverPort: 53, payload: Message(name)));

    /// <summary>A posture for everybody: names, resolvers and a rate, none of which denies these questions.</summary>
    /// <param name="answers">What of answers the posture judges.</param>
    /// <param name="more">What else it has.</param>
    internal static void Apply(PolicyMaps maps, PostureFlags answers, PostureFlags more = PostureFlags.None)
    {
        var keys = new NameKeys(0x0123456789abcdef, 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9);
        var tables = new PolicyTables { DefaultPosture = FirstPosture, Questions = answers != PostureFlags.None ? keys : null };
        tables.Rules.Add(new RuleRecord { Action = 2 });
        tables.Postures.Add(default);
        tables.Postures.Add(new PostureRecord
        {
            Flags = PostureFlags.Names | PostureFlags.Resolvers | PostureFlags.RateWorkload | PostureFlags.Enforce | answers | more,
            Resolvers = 1,
            ResolverRule = 1,
            RateRule = 1,
            MalformedRule = 1,
            ForgedRule = 1,
            RebindingRule = 1,
            ResponseRule = 1,
            NsPerQuery = NsPerQuery,
            BurstNs = 1_000_000_000,
        });
        var server = default(ResolverKey);
        server.Resolvers = 1;
        ((ReadOnlySpan<byte>)[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 2]).CopyTo(server.Address);
        tables.Resolvers.Add(server);
        tables.DecisionKeys.Add(new DecisionKey(FirstPosture, ListSet, 0, 1));
        tables.Decisions.Add(default);

        var memory = KernelNames.Create(NameTable.BucketsFor(Names));
        var table = new NameTable(memory.Span, keys);
        for (var i = 0; i < Names; i++)
        {
            table.Add(Encoding.ASCII.GetBytes($"host-{i}.listed.example"), ListSet, (held, _) => held);
        }

        maps.Prepare(tables, memory);
        maps.Commit(tables, new Dictionary<ulong, WorkloadRecord>());
    }

    /// <summary>The least of many rounds of each, in turn.</summary>
    internal static double Overhead(KernelSensor sensor, BpfProgram program, BpfProgram empty, byte[] packet)
    {
        var (with, without) = (double.MaxValue, double.MaxValue);
        for (var round = 0; round < Rounds; round++)
        {
            without = Math.Min(without, NsARun(empty, packet));
            with = Math.Min(with, NsARun(program, packet));

            // Room for the next round's events: with a full ring a query would cost less.
            var none = 0;
            sensor.Ring.Drain(ref none, static (ReadOnlySpan<byte> _, ref int _) => { });
        }

        return with - without;
    }

    private static double NsARun(BpfProgram program, byte[] packet)
    {
        var begun = Stopwatch.GetTimestamp();
        program.TestRun(packet, repeat: RunsARound);
        return Stopwatch.GetElapsedTime(begun).TotalNanoseconds / RunsARound;
    }

    internal static byte[] Message(string name)
    {
        var message = new List<byte> { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
        foreach (var label in name.Split('.'))
        {
            message.Add((byte)label.Length);
            message.AddRange(Encoding.ASCII.GetBytes(label));
        }

        return [.. message, 0, 0, 1, 0, 1];
    }
}
