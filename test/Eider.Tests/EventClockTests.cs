using Eider.Core;
using Xunit;

namespace Eider.Tests;

public sealed class EventClockTests
{
    private readonly EventClock clock = new();

    [Fact]
    public void Clock_follows_events_and_ignores_those_out_of_order()
    {
        clock.Observe(1000);
        Assert.Equal(2000, clock.Observe(2000));
        Assert.Equal(2000, clock.Observe(1500));
        Assert.Equal(2001, clock.Observe(2001));
    }

    [Fact]
    public void Clock_runs_on_from_where_it_stands_after_a_step_back()
    {
        clock.Observe(10 * EventClock.StepNs);
        var stood = clock.NowNs;
        Assert.Equal(stood, clock.Observe(2 * EventClock.StepNs));
        Assert.Equal(stood + 7, clock.Observe((2 * EventClock.StepNs) + 7));
    }

    [Fact]
    public void Clock_never_goes_back_whatever_it_is_told()
    {
        var random = new Random(1);
        var before = clock.Observe(0);
        for (var i = 0; i < 10_000; i++)
        {
            var next = clock.Observe(random.Next(3) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : random.NextInt64(1L << 40));
            Assert.True(next >= before);
            before = next;
        }
    }
}
