// Sensor: the thread that carries records from the ring down the road, and tells of what was lost.

using Eider.Bpf;
using Eider.Core.Enrich;
using Eider.Core.Policy;

namespace Eider.Core.Sensors;

/// <summary>Reads a kernel sensor until it is stopped. The thread that calls <see cref="Run"/> is the pipeline's.</summary>
public sealed class LiveSource
{
    // Long enough to read in batches, short enough for a person who watches.
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Housekeeping = TimeSpan.FromSeconds(1);

    /// <summary>Records between two looks at what was lost. A ring that loses is full of many times as many: what is behind a loss is read after it is known.</summary>
    private const int Batch = 1024;

    private readonly KernelSensor sensor;
    private readonly Pipeline pipeline;
    private readonly RecordReader reader;
    private readonly IdentityResolver identities;
    private readonly BootClock clock;
    private readonly PolicyEngine? policies;
    private readonly HeldAnswers? held;
    private readonly SecondResolver? second;
    private readonly long[] told = new long[KernelCounter.All.Count];
    private ulong nextHousekeepingNs;
    private ulong nextTellingNs;
    private volatile bool stopping;

    /// <param name="policies">Null where there are none.</param>
    /// <param name="held">Null where nothing is held back.</param>
    /// <param name="second">Null where answers are not compared.</param>
    public LiveSource(
        KernelSensor sensor, Pipeline pipeline, IdentityResolver identities, BootClock clock, PolicyEngine? policies = null, HeldAnswers? held = null, SecondResolver? second = null)
    {
        this.second = second;
        this.held = held;
        this.sensor = sensor;
        this.pipeline = pipeline;
        this.identities = identities;
        this.clock = clock;
        this.policies = policies;
        reader = new RecordReader(pipeline, identities, clock, policies, held);
    }

    /// <summary>Records that have been read.</summary>
    public long Records { get; private set; }

    /// <summary>Records of an unknown kind: the object is of another version.</summary>
    public long Unknown => reader.Unknown;

    /// <summary>Reads until <see cref="Stop"/>; then what is left, and ends the pipeline's input.</summary>
    public void Run()
    {
        while (!stopping)
        {
            sensor.Ring.WaitWoken(Poll);
            Turn();
        }

        Turn();
        pipeline.Flush();
    }

    /// <summary>Ends <see cref="Run"/>, from any thread.</summary>
    public void Stop()
    {
        stopping = true;
        sensor.Ring.Wake();
    }

    private void Turn()
    {
        var records = reader;
        int read;
        do
        {
            TellLossSoon();
            read = sensor.Ring.Drain(ref records, static (ReadOnlySpan<byte> record, ref RecordReader to) => to.Read(record), Batch);
            Records += read;
        }
        while (read == Batch);

        var now = Clock.BoottimeNs();
        pipeline.Advance(clock.ToUnixNs(now));
        while (second is not null && second.TryTake(out var answer))
        {
            pipeline.Compared(answer, clock.ToUnixNs(now));
        }

        if (held is not null)
        {
            held.Advance(now);
            policies?.HoldUntil(HeldAnswers.HoldUntil(now));
        }

        if (now >= nextHousekeepingNs)
        {
            nextHousekeepingNs = now + (ulong)Housekeeping.TotalNanoseconds;
            clock.Refresh();
            TellLosses(clock.ToUnixNs(now));
        }
    }

    /// <summary>A loss after some time without: at once, because an answer whose question is lost is judged otherwise. More of it once a second.</summary>
    private void TellLossSoon()
    {
        if (sensor.Counters.Sum(KernelCounter.LostRecords) > told[KernelCounter.LostRecords] && Clock.BoottimeNs() is var now && now >= nextTellingNs)
        {
            TellLosses(clock.ToUnixNs(now));
        }
    }

    private void TellLosses(long nowNs)
    {
        for (var slot = 0; slot < told.Length; slot++)
        {
            if (!KernelCounter.All[slot].IsLoss)
            {
                continue;
            }

            var total = sensor.Counters.Sum(slot);
            if (total > told[slot])
            {
                nextTellingNs = Clock.BoottimeNs() + (ulong)Housekeeping.TotalNanoseconds;
                pipeline.Publish(new LossEvent { TimeNs = nowNs, Reason = KernelCounter.All[slot].Name, Count = total - told[slot] });
                told[slot] = total;
                if (slot == KernelCounter.LostProcesses)
                {
                    // Programs and ends that were missed are found by looking again.
                    identities.Scan();
                    policies?.OnRecordsLost();
                }
            }
        }
    }
}
