using Eider.Core.Lists;
using Eider.Output;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Eider.Tests.Formats;

public sealed class ProgressLineTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly StringWriter _terminal = new();

    public void Dispose() => _terminal.Dispose();

    [Fact]
    public void Line_tells_the_share_and_is_gone_in_the_end()
    {
        using (var line = new ProgressLine(_terminal, isShown: true, _time))
        {
            line.Show(new ListProgress("ads", ListStage.Reading, 1 << 20, 4 << 20, 50_000));
        }

        Assert.Equal("\rreading  ads [#######.......................] 25 % 1.0 MiB, 50,000 names\e[K\r\e[K", _terminal.ToString());
    }

    [Fact]
    public void Without_a_known_length_there_is_no_bar()
    {
        using var line = new ProgressLine(_terminal, isShown: true, _time);

        line.Show(new ListProgress("ads", ListStage.Fetching, 3 << 20, null, 0));

        Assert.Equal("\rfetching ads 3.0 MiB\e[K", _terminal.ToString());
    }

    [Fact]
    public void More_octets_than_were_announced_fill_the_bar_and_no_more()
    {
        using var line = new ProgressLine(_terminal, isShown: true, _time);

        line.Show(new ListProgress("ads", ListStage.Fetching, 9 << 20, 1 << 20, 0));

        Assert.Contains($"[{new string('#', 30)}] 100 %", _terminal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Terminal_is_written_to_a_few_times_a_second_however_often_there_is_news()
    {
        using var line = new ProgressLine(_terminal, isShown: true, _time);
        for (var i = 0; i < 100; i++)
        {
            line.Show(new ListProgress("ads", ListStage.Reading, i, 100, i));
            _time.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.Equal(10, _terminal.ToString().Split('\r').Length - 1);
    }

    [Fact]
    public void Pipe_sees_nothing_of_it()
    {
        using (var line = new ProgressLine(_terminal, isShown: false, _time))
        {
            line.Show(new ListProgress("ads", ListStage.Reading, 1, 2, 3));
        }

        Assert.Empty(_terminal.ToString());
    }
}
