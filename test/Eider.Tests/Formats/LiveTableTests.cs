using Eider.Core;
using Eider.Output;
using Eider.Tests.Filters;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Eider.Tests.Formats;

public sealed class LiveTableTests : IDisposable
{
    private const int Height = 12;

    private readonly StringWriter _terminal = new() { NewLine = "\n" };
    private readonly FakeTimeProvider _time = new();
    private readonly LiveTable<Event> _table;

    public LiveTableTests() => _table = new(_terminal, () => (100, Height), new Style(isColoured: false), TimeZoneInfo.Utc, _time, EventRow.From);

    public void Dispose() => _terminal.Dispose();

    [Fact]
    public void Rows_that_came_too_fast_are_counted_where_they_are_missing()
    {
        for (var at = 0; at < 1000; at++)
        {
            _table.Add(SampleEvents.Answered());
        }

        Redraw();

        var lines = _terminal.ToString().Split('\n');
        Assert.Contains("… 990 more, too fast to show", lines[1], StringComparison.Ordinal);
        Assert.Equal(Height - 2, lines.Count(static line => line.Contains("api.example.com", StringComparison.Ordinal)));
        _table.Close();
        Assert.EndsWith("1,000 events, 990 not shown, 0 lost\n", _terminal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Losses_are_shown_and_summed()
    {
        _table.Add(SampleEvents.Loss(), lost: 42);

        _table.Close();

        Assert.Contains("42 events lost: ring_full", _terminal.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("0 events, 0 not shown, 42 lost\n", _terminal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Note_is_a_line_of_its_own_between_the_rows()
    {
        Redraw();
        _table.Note("history: the disk is full");

        Redraw();

        Assert.Contains(_terminal.ToString().Split('\n'), static line => line.EndsWith("history: the disk is full", StringComparison.Ordinal));
    }

    [Fact]
    public void Quiet_terminal_is_left_alone()
    {
        Redraw();
        var drawn = _terminal.ToString();

        Redraw();

        Assert.Equal(drawn, _terminal.ToString());
        Assert.Contains("PROCESS", drawn, StringComparison.Ordinal);
    }

    [Fact]
    public void Header_comes_again_with_every_screen()
    {
        for (var at = 0; at < 25; at++)
        {
            _table.Add(SampleEvents.Answered());
            Redraw();
        }

        Assert.Equal(3, _terminal.ToString().Split('\n').Count(static line => line.Contains("PROCESS", StringComparison.Ordinal)));
    }

    private void Redraw()
    {
        _time.Advance(TimeSpan.FromMilliseconds(100));
        _table.Redraw();
    }
}
