using Eider.Output;
using Eider.Replay;
using Eider.Tests.Filters;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Eider.Tests.Formats;

public sealed class TopScreenTests
{
    [Fact]
    public void Denials_are_counted_apart_from_those_that_were_only_recorded()
    {
        var summary = new TrafficSummary();
        summary.Add(EventRow.From(SampleEvents.Judged(SampleEvents.Denied)));
        summary.Add(EventRow.From(SampleEvents.Judged(SampleEvents.Denied)));
        summary.Add(EventRow.From(SampleEvents.Judged(SampleEvents.Audited)));
        summary.Add(EventRow.From(SampleEvents.Judged(SampleEvents.Allowed)));

        Assert.Contains("; 2 denied, 1 would be denied, 0 unanswered, ", Printed(summary), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_said_of_denials_where_there_are_none()
    {
        var summary = new TrafficSummary();
        summary.Add(EventRow.From(SampleEvents.Answered()));

        Assert.DoesNotContain("denied", Printed(summary), StringComparison.Ordinal);
    }

    private static string Printed(TrafficSummary summary)
    {
        using var output = new StringWriter();
        new TopScreen(output, new Style(isColoured: false), new FakeTimeProvider()).Print(summary, width: 200);
        return output.ToString();
    }
}
