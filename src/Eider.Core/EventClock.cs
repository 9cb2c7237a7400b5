// The time that limits are measured with: driven by events alone, never backwards, whatever the clocks behind the events do.

namespace Eider.Core;

/// <summary>Turns the timestamps of events, which arrive roughly in order, into a clock that never goes back. Not thread-safe.</summary>
public sealed class EventClock
{
    /// <summary>Events that are older than the newest by more than this come from a clock that was set back, not from reordering.</summary>
    public const long StepNs = 5_000_000_000;

    private long newestNs;
    private long offsetNs;
    private bool started;

    /// <summary>Nanoseconds; only differences mean something.</summary>
    public long NowNs { get; private set; }

    /// <summary>Moves on to an event's time. An older time leaves the clock as it is; after a step back it runs on from where it stands.</summary>
    /// <param name="timeNs">Nanoseconds since any epoch.</param>
    /// <returns><see cref="NowNs"/>.</returns>
    public long Observe(long timeNs)
    {
        if (!started)
        {
            started = true;
            newestNs = timeNs;
            NowNs = timeNs;
        }
        else if (timeNs > newestNs)
        {
            newestNs = timeNs;
            NowNs = unchecked(timeNs + offsetNs) > NowNs ? unchecked(timeNs + offsetNs) : NowNs;
        }
        else if (unchecked((ulong)(newestNs - timeNs)) > StepNs)
        {
            newestNs = timeNs;
            offsetNs = unchecked(NowNs - timeNs);
        }

        return NowNs;
    }
}
