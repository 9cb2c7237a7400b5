// What each stage of the road takes of a record: records of a resolver's clients and of the resolver, as the ring brings them, through more and more of it.

using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Eider.Bpf;
using Eider.Core;
using Eider.Core.Abi;
using Eider.Core.Decode;
using Eider.Core.Detect;
using Eider.Core.Enrich;
using Eider.Core.Sensors;
using Eider.Core.Store;

namespace Eider.Bench;

internal sealed class StageCost
{
    /// <summary>The least of so many, each short enough to be left alone once in a while on a busy machine.</summary>
    private const int Rounds = 300;
    private const int Exchanges = 1000;
    private const int Names = 1000;
    private const int InFlight = 100;
    private const ulong Seed = 7;

    /// <summary>Between two records: a hundred thousand queries a second.</summary>
    private const ulong StepNs = 2_500;

    private readonly byte[][] _records = [.. Records()];
    private readonly BootClock _clock = new(TimeProvider.System);
    private readonly IdentityResolver _identities;
    private ulong _nowNs = Clock.BoottimeNs();

    private StageCost()
    {
        _identities = new IdentityResolver(new HostPaths(Cgroups: CgroupV2.Find()), _clock, TimeProvider.System);
        _identities.Scan();
    }

    public static IEnumerable<Measurement> Measure()
    {
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "stages")).FullName;
        try
        {
            return new StageCost().Measure(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private Measurement[] Measure(string folder)
    {
        using var history = new HistoryStore(new HistoryOptions { Path = Path.Combine(folder, "history.db") }, TimeProvider.System, Console.Error.WriteLine);
        using var joined = Road([], null, null);
        using var named = Road([], _identities.Resolve, null);
        using var judged = Road([], _identities.Resolve, new DetectOptions());
        using var whole = Road([history], _identities.Resolve, new DetectOptions());
        var names = new NameCache(Seed);
        (string Name, Action<byte[]> Take)[] stages =
        [
            ("decode", record => DnsSummary.Read(record.AsSpan(Unsafe.SizeOf<DnsRecord>()), names)),
            ("joined", Reader(joined)), ("named", Reader(named)), ("judged", Reader(judged)), ("whole", Reader(whole)),
        ];
        var least = new double[stages.Length];
        Array.Fill(least, double.MaxValue);
        for (var round = 0; round < Rounds; round++)
        {
            for (var stage = 0; stage < stages.Length; stage++)
            {
                least[stage] = Math.Min(least[stage], Run(stages[stage].Take));
            }
        }

        return
        [
            Measurement.Of("pipeline.stage.decode_ns", least[0], "ns/record"),
            Measurement.Of("pipeline.stage.record_join_event_ns", least[1] - least[0], "ns/record"),
            Measurement.Of("pipeline.stage.identity_ns", least[2] - least[1], "ns/record"),
            Measurement.Of("pipeline.stage.detect_ns", least[3] - least[2], "ns/record"),
            Measurement.Of("pipeline.stage.history_ns", least[4] - least[3], "ns/record"),
            Measurement.Of("pipeline.stage.whole_ns", least[4], "ns/record"),
        ];
    }

    private static Pipeline Road(IReadOnlyList<IEventSink> sinks, IdentityLookup? identify, DetectOptions? detect) =>
        new(sinks, identify, new PipelineOptions { Seed = Seed, Detect = detect });

    private Action<byte[]> Reader(Pipeline pipeline)
    {
        var reader = new RecordReader(pipeline, _identities, _clock, null, null);
        return record => reader.Read(record);
    }

    /// <summary>Nanoseconds a record.</summary>
    private double Run(Action<byte[]> take)
    {
        var begun = Stopwatch.GetTimestamp();
        foreach (var record in _records)
        {
            MemoryMarshal.AsRef<DnsRecord>(record.AsSpan()).Header.TimeNs = _nowNs += StepNs;
            take(record);
        }

        return Stopwatch.GetElapsedTime(begun).TotalNanoseconds / _records.Length;
    }

    /// <summary>As many exchanges as dnsperf keeps open, asked and then answered, each seen at both ends.</summary>
    private static IEnumerable<byte[]> Records()
    {
        for (var first = 0; first < Exchanges; first += InFlight)
        {
            var group = Enumerable.Range(first, Math.Min(InFlight, Exchanges - first)).ToList();
            foreach (var record in group.SelectMany(number => BothEnds(number, isQuery: true)).Concat(group.SelectMany(number => BothEnds(number, isQuery: false))))
            {
                yield return record;
            }
        }
    }

    private static IEnumerable<byte[]> BothEnds(int number, bool isQuery) =>
        [FeedSamples.Message(number, number % Names, isQuery, isSender: true), FeedSamples.Message(number, number % Names, isQuery, isSender: false)];
}
