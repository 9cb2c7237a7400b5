// How many DNS records a second one thread carries from the real ring to a sink: as fast as it can, and whether the budgeted rate loses any.

using System.Diagnostics;
using Eider.Bpf;
using Eider.Core;
using Eider.Core.Enrich;
using Eider.Core.Sensors;

namespace Eider.Bench;

internal static class PipelineRate
{
    private const int RecordsARun = 256; // two for each of EXCHANGES in bench.bpf.c
    private const int BudgetRecordsPerSecond = 300_000;
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);

    public static IEnumerable<Measurement> Measure()
    {
        using var sensor = BenchObject.Load();
        var clock = new BootClock(TimeProvider.System);
        var identities = new IdentityResolver(new HostPaths(Cgroups: CgroupV2.Find()), clock, TimeProvider.System);
        identities.Scan();
        var sink = new CountingSink();
        using var pipeline = new Pipeline([sink], identities.Resolve, new PipelineOptions { Seed = 1 });
        var source = new LiveSource(sensor, pipeline, identities, clock);
        var reader = new Thread(source.Run);
        reader.Start();
        var feeder = new Feeder(sensor);

        feeder.FeedToCapacity(Warmup);
        var capacity = feeder.FeedToCapacity(Duration);
        var lostBefore = feeder.Lost;
        feeder.FeedAtRate(BudgetRecordsPerSecond, Duration);
        source.Stop();
        reader.Join();

        if (sink.Transactions == 0)
        {
            throw new InvalidOperationException("no exchange came out of the pipeline: the samples are wrong");
        }

        return
        [
            Measurement.AtLeast("pipeline.sustained_events_per_s", capacity, "1/s", BudgetRecordsPerSecond),
            Measurement.AtMost("pipeline.lost", feeder.Lost - lostBefore, "records", 0),
        ];
    }

    private sealed class CountingSink : IEventSink
    {
        public long Transactions { get; private set; }

        public void Publish(Event published) => Transactions += published.Kind == EventKind.Transaction ? 1 : 0;
    }

    /// <summary>Fills the ring from the calling thread.</summary>
    private sealed class Feeder(KernelSensor sensor)
    {
        private readonly BpfProgram _program = sensor.Program("bench_feed");
        private readonly byte[] _samples = Packets.Frame(FeedSamples.QueryAndResponse());

        public long Lost => sensor.ReadCounters().First(value => value.Counter.Name == "ring_full").Value;

        /// <summary>Keeps the ring half full: the reader is never idle and nothing is lost.</summary>
        /// <returns>Records a second that the reader took.</returns>
        public double FeedToCapacity(TimeSpan duration)
        {
            var begun = Stopwatch.GetTimestamp();
            long records = 0;
            while (Stopwatch.GetElapsedTime(begun) < duration)
            {
                if (sensor.Ring.AvailableBytes < sensor.Ring.Size / 2)
                {
                    records += Run();
                }
            }

            return records / Stopwatch.GetElapsedTime(begun).TotalSeconds;
        }

        /// <summary>Writes evenly, whether the reader keeps up or not.</summary>
        public void FeedAtRate(int recordsPerSecond, TimeSpan duration)
        {
            var begun = Stopwatch.GetTimestamp();
            long records = 0;
            while (Stopwatch.GetElapsedTime(begun) is var elapsed && elapsed < duration)
            {
                if (records < elapsed.TotalSeconds * recordsPerSecond)
                {
                    records += Run();
                }
            }
        }

        private int Run()
        {
            _program.TestRun(_samples);
            return RecordsARun;
        }
    }
}
