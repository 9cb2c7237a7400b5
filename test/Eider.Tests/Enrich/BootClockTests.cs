// From the kernel's clock to the wall's.

using Eider.Bpf;
using Eider.Core.Enrich;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Eider.Tests.Enrich;

public sealed class BootClockTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Stamp_is_as_far_from_now_as_it_is_from_the_kernel_s_now()
    {
        var clock = new BootClock(new FakeTimeProvider(Start), () => 1_000_000_000);

        Assert.Equal(Start.AddSeconds(-0.5), clock.ToTime(500_000_000));
        Assert.Equal(1, clock.ToUnixNs(500_000_001) - clock.ToUnixNs(500_000_000));
    }

    [Fact]
    public void Clock_that_was_set_counts_after_a_refresh()
    {
        var time = new FakeTimeProvider(Start);
        var clock = new BootClock(time, () => 0);
        time.AdjustTime(Start.AddHours(1));
        Assert.Equal(Start, clock.ToTime(0));

        clock.Refresh();

        Assert.Equal(Start.AddHours(1), clock.ToTime(0));
    }

    [Fact]
    public void Reading_that_was_interrupted_is_not_the_one_that_counts()
    {
        // The first attempt takes a second between its two readings, the others no time.
        var readings = new Queue<ulong>([0, 1_000_000_000]);
        var clock = new BootClock(new FakeTimeProvider(Start), () => readings.TryDequeue(out var ns) ? ns : 2_000_000_000);

        Assert.Equal(Start, clock.ToTime(2_000_000_000));
    }

    [Fact]
    public void Kernel_s_clock_goes_on()
    {
        var first = Clock.BoottimeNs();
        var uptime = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        var second = Clock.BoottimeNs();

        Assert.InRange(uptime, first / 1e9 - 0.01, second / 1e9);
    }
}
