// Turns the kernel's stamps (CLOCK_BOOTTIME) into wall-clock time, on the way from sensor to event.

using Eider.Bpf;

namespace Eider.Core.Enrich;

/// <summary>The distance between CLOCK_BOOTTIME and the wall clock. Suspend moves both alike; a clock that is set or slewed moves only one, so
/// <see cref="Refresh"/> is called now and then. One thread refreshes, any thread converts.</summary>
public sealed class BootClock
{
    private const int Attempts = 5;
    private const int NsPerTick = 100;

    private readonly TimeProvider _time;
    private readonly Func<ulong> _boottimeNs;
    private long _offsetNs;

    public BootClock(TimeProvider time)
        : this(time, Clock.BoottimeNs)
    {
    }

    internal BootClock(TimeProvider time, Func<ulong> boottimeNs)
    {
        _time = time;
        _boottimeNs = boottimeNs;
        Refresh();
    }

    /// <param name="boottimeNs">Nanoseconds of CLOCK_BOOTTIME.</param>
    /// <returns>Nanoseconds since the Unix epoch, UTC, by the distance last measured.</returns>
    public long ToUnixNs(ulong boottimeNs) => (long)boottimeNs + Volatile.Read(ref _offsetNs);

    /// <inheritdoc cref="ToUnixNs"/>
    public DateTimeOffset ToTime(ulong boottimeNs) => DateTimeOffset.UnixEpoch.AddTicks(ToUnixNs(boottimeNs) / NsPerTick);

    /// <summary>Measures the distance again.</summary>
    public void Refresh()
    {
        // Both clocks cannot be read at one moment: the attempt with the least time between its readings is the truest.
        var narrowest = ulong.MaxValue;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var before = _boottimeNs();
            var wallNs = (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * NsPerTick;
            var width = _boottimeNs() - before;
            if (width < narrowest)
            {
                narrowest = width;
                Volatile.Write(ref _offsetNs, wallNs - (long)(before + width / 2));
            }
        }
    }
}
