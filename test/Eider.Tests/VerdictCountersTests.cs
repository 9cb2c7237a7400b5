using Eider.Core;
using Eider.Tests.Filters;
using Xunit;

namespace Eider.Tests;

public sealed class VerdictCountersTests
{
    [Fact]
    public void Verdicts_are_counted_by_action_mode_and_reason()
    {
        var counters = new VerdictCounters();
        counters.Add(SampleEvents.Denied);
        counters.Add(SampleEvents.Denied with { List = "another" });
        counters.Add(SampleEvents.Audited);
        counters.Add(SampleEvents.Allowed);

        Assert.Equal(
            [
                new VerdictCount(VerdictAction.Allow, VerdictMode.Enforce, VerdictReason.Name, 1),
                new VerdictCount(VerdictAction.Deny, VerdictMode.Enforce, VerdictReason.Name, 2),
                new VerdictCount(VerdictAction.Deny, VerdictMode.Audit, VerdictReason.Default, 1),
            ],
            counters.All);
    }

    [Fact]
    public void Every_verdict_there_is_has_a_counter_of_its_own()
    {
        var counters = new VerdictCounters();
        var all = (
            from action in Enum.GetValues<VerdictAction>()
            from mode in Enum.GetValues<VerdictMode>()
            from reason in Enum.GetValues<VerdictReason>()
            select new Verdict(action, mode, reason, null, null, null)).ToList();

        all.ForEach(counters.Add);

        Assert.Equal(all.Count, counters.All.Count());
        Assert.All(counters.All, static count => Assert.Equal(1, count.Count));
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(3, 0, 1)]
    [InlineData(2, 7, 1)]
    [InlineData(2, 0, 99)]
    public void Verdict_that_is_not_known_is_not_counted(int action, int mode, int reason)
    {
        var counters = new VerdictCounters();

        counters.Add(new Verdict((VerdictAction)action, (VerdictMode)mode, (VerdictReason)reason, null, null, null));

        Assert.Empty(counters.All);
    }
}
