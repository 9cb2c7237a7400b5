// The screen of `eider top`: totals, latency, and the most frequent of everything.

using System.Globalization;
using System.Text;
using Eider.Core.Filters;
using Eider.Core.Statistics;
using Eider.Replay;

namespace Eider.Output;

/// <summary>Draws on the terminal's alternate screen, so that what was there comes back; the last state is printed after it. Not safe for concurrent use.</summary>
public sealed class TopScreen(TextWriter output, Style style, TimeProvider time)
{
    private const string Enter = "\e[?1049h\e[?25l";
    private const string Leave = "\e[?25h\e[?1049l";
    private const string Home = "\e[H";
    private const string ClearLine = "\e[K";
    private const string ClearBelow = "\e[J";

    /// <summary>Rows of each list when there is no screen to fit.</summary>
    private const int PrintedRows = 10;

    /// <summary>Lines that are no rows of a list: totals, latency, two headings with a blank line before each.</summary>
    private const int OtherLines = 8;

    private readonly long _started = time.GetTimestamp();
    private bool _isOpen;
    private long _lastCount;
    private long _lastDraw = time.GetTimestamp();
    private double _rate;

    public void Draw(TrafficSummary summary, (int Width, int Height) size)
    {
        var now = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_lastDraw, now).TotalSeconds;
        if (seconds > 0)
        {
            _rate = (summary.Transactions - _lastCount) / seconds;
            (_lastCount, _lastDraw) = (summary.Transactions, now);
        }

        // Two bands of lists share the height; the names and processes get the larger one.
        var rows = Math.Max(2, size.Height - OtherLines);
        var lines = Lines(summary, size.Width - 1, Math.Max(1, rows * 2 / 3), Math.Max(1, rows / 3), $"{_rate:n0}/s now, ");
        var text = new StringBuilder(_isOpen ? Home : Enter + Home);
        text.AppendJoin("", lines.Take(size.Height - 1).Select(static line => line + ClearLine + "\r\n")).Append(style.Dim("Ctrl-C ends")).Append(ClearLine).Append(ClearBelow);
        output.Write(text);
        output.Flush();
        _isOpen = true;
    }

    /// <summary>Gives the terminal back.</summary>
    public void Close()
    {
        if (_isOpen)
        {
            output.Write(Leave);
            output.Flush();
            _isOpen = false;
        }
    }

    /// <summary>The state as plain lines.</summary>
    /// <param name="width">Columns; 0: as in a file.</param>
    public void Print(TrafficSummary summary, int width)
    {
        foreach (var line in Lines(summary, width == 0 ? 120 : width, PrintedRows, PrintedRows, ""))
        {
            output.WriteLine(line.TrimEnd());
        }

        output.Flush();
    }

    private IEnumerable<string> Lines(TrafficSummary summary, int width, int upper, int lower, string rate)
    {
        var elapsed = time.GetElapsedTime(_started);
        var mean = summary.Transactions / Math.Max(0.001, elapsed.TotalSeconds);
        yield return TerminalText.Fit(
            string.Create(CultureInfo.InvariantCulture, $"{summary.Transactions:n0} exchanges in {Duration.FormatLong((long)elapsed.TotalNanoseconds)}: {rate}{mean:n1}/s on average")
            + string.Create(CultureInfo.InvariantCulture, $"; {Denials(summary)}{summary.Unanswered:n0} unanswered, {summary.Retries:n0} retries, {summary.Malformed:n0} malformed, {summary.Lost:n0} lost"), width);
        var latency = summary.Latency;
        yield return TerminalText.Fit(
            latency.Count == 0 ? "latency -" : $"latency p50 {At(50)}  p90 {At(90)}  p99 {At(99)}  max {Duration.Format(latency.MaxNs)}", width);
        yield return "";
        foreach (var line in Beside(width, upper, ("NAMES", summary.Names, 5), ("PROCESSES", summary.Processes, 4)))
        {
            yield return line;
        }

        yield return "";
        foreach (var line in Beside(width, lower, ("RESPONSES", summary.Rcodes, 1), ("TYPES", summary.Types, 1), ("SERVERS", summary.Servers, 2)))
        {
            yield return line;
        }

        string At(double percent) => Duration.Format(latency.PercentileNs(percent));
    }

    /// <summary>Nothing where no policy denies anything.</summary>
    private static string Denials(TrafficSummary summary) =>
        (summary.Denied > 0 ? string.Create(CultureInfo.InvariantCulture, $"{summary.Denied:n0} denied, ") : "")
        + (summary.WouldBeDenied > 0 ? string.Create(CultureInfo.InvariantCulture, $"{summary.WouldBeDenied:n0} would be denied, ") : "");

    /// <summary>Lists side by side: a heading, then as many rows as the longest has, at most <paramref name="rows"/>.</summary>
    private IEnumerable<string> Beside(int width, int rows, params (string Heading, SpaceSaving<string> Counted, int Weight)[] lists)
    {
        var free = width - (2 * (lists.Length - 1));
        var weights = lists.Sum(static list => list.Weight);
        var widths = lists.Select(list => free * list.Weight / weights).ToArray();
        var tops = lists.Select(list => list.Counted.Top(rows)).ToArray();
        yield return style.Bold(string.Join("  ", lists.Select((list, at) => TerminalText.Fit(list.Heading, widths[at]))));
        for (var row = 0; row < tops.Max(static top => top.Count); row++)
        {
            var line = row;
            yield return string.Join("  ", lists.Select((list, at) => line < tops[at].Count ? Cell(tops[at][line], list.Counted.Total, widths[at]) : new string(' ', widths[at])));
        }
    }

    private string Cell(Frequency<string> top, long total, int width)
    {
        var number = string.Create(CultureInfo.InvariantCulture, $"{top.Count,8:n0} {100.0 * top.Count / total,5:0.0}% ");
        return style.Cyan(number) + TerminalText.Fit(top.Key, Math.Max(1, width - number.Length));
    }
}
