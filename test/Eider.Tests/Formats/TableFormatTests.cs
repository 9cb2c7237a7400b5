using Eider.Core;
using Eider.Output;
using Eider.Tests.Filters;
using Xunit;

namespace Eider.Tests.Formats;

public sealed class TableFormatTests
{
    private static readonly Style Plain = new(isColoured: false);

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(89)]
    [InlineData(90)]
    [InlineData(120)]
    [InlineData(250)]
    public void Every_line_has_the_width_of_the_terminal(int width)
    {
        var table = new TableFormat(width, Plain, TimeZoneInfo.Utc);
        Event[] events = [SampleEvents.Answered(), SampleEvents.Unanswered(), SampleEvents.Broken(), SampleEvents.Loss()];
        string[] lines = [table.Header(), table.Gap(1_000_000), .. events.Select(published => table.Format(EventRow.From(published)))];

        Assert.All(lines, line => Assert.Equal(width, TerminalText.Width(line)));
    }

    [Fact]
    public void Row_tells_when_who_what_and_how_it_ended() => Assert.Equal(
        ["12:00:00.123", "curl[1234]", "shop/web-7d9f", "api.example.com", "A", "192.0.2.7", "12.3ms"],
        new TableFormat(120, Plain, TimeZoneInfo.Utc).Format(EventRow.From(SampleEvents.Answered())).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public void Denial_takes_the_place_of_the_answer_in_red_and_an_audited_one_in_yellow()
    {
        var table = new TableFormat(200, new Style(isColoured: true), TimeZoneInfo.Utc);

        Assert.Contains("\e[31mDENIED by shop/web rules[0] (list threat-in", table.Format(EventRow.From(SampleEvents.Judged(SampleEvents.Denied))), StringComparison.Ordinal);
        Assert.Contains("\e[33mwould be DENIED by baseline default", table.Format(EventRow.From(SampleEvents.Judged(SampleEvents.Audited))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no answer, 3 tries", false)]
    [InlineData("malformed: compression", true)]
    public void Result_of_a_failure_is_said_in_words(string expected, bool isBroken) => Assert.Contains(
        expected,
        new TableFormat(120, Plain, TimeZoneInfo.Utc).Format(EventRow.From(isBroken ? SampleEvents.Broken() : SampleEvents.Unanswered())),
        StringComparison.Ordinal);

    [Fact]
    public void Colours_are_written_only_where_wanted()
    {
        var row = EventRow.From(SampleEvents.Answered());

        Assert.Contains("\e[32m", new TableFormat(120, new Style(isColoured: true), TimeZoneInfo.Utc).Format(row), StringComparison.Ordinal);
        Assert.DoesNotContain("\e", new TableFormat(120, Plain, TimeZoneInfo.Utc).Format(row), StringComparison.Ordinal);
    }
}
