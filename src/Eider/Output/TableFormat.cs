// Events as rows of a table that fits the terminal.

using System.Text;
using Eider.Core;
using Eider.Core.Filters;

namespace Eider.Output;

/// <summary>Lays rows out for one terminal width: narrow terminals lose the columns that matter least.</summary>
public sealed class TableFormat
{
    private const int TimeWidth = 12;
    private const int TypeWidth = 5;
    private const int LatencyWidth = 7;

    /// <summary>The narrowest terminal that is laid out for; on narrower ones rows wrap.</summary>
    private const int LeastWidth = 60;

    private readonly Style _style;
    private readonly TimeZoneInfo _zone;
    private readonly int _processWidth;
    private readonly int _fromWidth;
    private readonly int _nameWidth;
    private readonly int _resultWidth;

    public TableFormat(int width, Style style, TimeZoneInfo zone)
    {
        _style = style;
        _zone = zone;
        Width = Math.Max(LeastWidth, width);
        var hasFrom = Width >= 90;
        var free = Width - TimeWidth - TypeWidth - LatencyWidth - (hasFrom ? 6 : 5);
        _processWidth = Math.Clamp(free * 22 / 100, 10, 24);
        _fromWidth = hasFrom ? Math.Clamp(free * 20 / 100, 12, 30) : 0;
        _resultWidth = Math.Clamp(free * 26 / 100, 9, 48);
        _nameWidth = free - _processWidth - _fromWidth - _resultWidth;
    }

    /// <summary>Columns of every line.</summary>
    public int Width { get; }

    public string Header() => _style.Bold(Line("TIME", "PROCESS", "FROM", "NAME", "TYPE", "RESULT", "LATENCY").ToString());

    public string Format(EventRow row)
    {
        var time = Rfc3339.FormatClock(row.TimeNs, _zone);
        if (row.Kind == EventKind.Loss)
        {
            return _style.Red(TerminalText.Fit($"{time} {row.LossCount} events lost: {row.LossReason}", Width));
        }

        if (row.Deed is { } deed)
        {
            return _style.Yellow(TerminalText.Fit($"{time} {deed}", Width));
        }

        if (row.Finding is { } finding)
        {
            var times = row.FindingCount > 1 ? $" ({row.FindingCount} times)" : "";
            return _style.Red(TerminalText.Fit($"{time} {row.AlertId} {finding}{times}{(row.Action is null ? "" : $", {row.Action}")}, for {row.Workload ?? row.Client}", Width));
        }

        var latency = row.LatencyNs is { } taken ? Duration.Format(taken) : "";
        return Line(time, row.Process, row.Workload ?? row.Client, NameOf(row), row.Type ?? "-", Result(row), latency.PadLeft(LatencyWidth), row);
    }

    /// <summary>A line in place of rows that came too fast to be shown.</summary>
    public string Gap(long notShown) => _style.Dim(TerminalText.Fit($"{new string(' ', TimeWidth)} … {notShown:n0} more, too fast to show", Width));

    private static string NameOf(EventRow row) => (row.Name ?? "-") + (row.Kind, row.Standalone) switch
    {
        (EventKind.Transaction, _) => "",
        (EventKind.Query, null) => " (query)",
        (_, null) => " (response)",
        (EventKind.Query, { } why) => $" ({why} query)",
        (_, { } why) => $" ({why} response)",
    };

    private static string Result(EventRow row) => row switch
    {
        { Denial: { } denial } => denial,
        { Fault: { } fault } => $"malformed: {fault}",
        { Unanswered: true, Retries: > 0 } => $"no answer, {row.Retries + 1} tries",
        { Unanswered: true } => "no answer",
        { NotFollowed: true } => "not followed",
        { Rcode: "NOERROR", Answer: { } answer } => answer,
        { Rcode: "NOERROR" } => "no records",
        { Rcode: { } rcode } => rcode,
        _ => "",
    };

    private string Line(string time, string process, string from, string name, string type, string result, string latency, EventRow? row = null)
    {
        var line = new StringBuilder(Width + 64);
        line.Append(Coloured(row, _style.Dim, TerminalText.Fit(time, TimeWidth))).Append(' ');
        line.Append(Coloured(row, _style.Cyan, TerminalText.Fit(process, _processWidth))).Append(' ');
        if (_fromWidth > 0)
        {
            line.Append(TerminalText.Fit(from, _fromWidth)).Append(' ');
        }

        line.Append(TerminalText.Fit(name, _nameWidth)).Append(' ');
        line.Append(TerminalText.Fit(type, TypeWidth)).Append(' ');
        line.Append(Coloured(row, text => ResultColour(row, text), TerminalText.Fit(result, _resultWidth))).Append(' ');
        return line.Append(TerminalText.Fit(latency, LatencyWidth)).ToString();
    }

    private static string Coloured(EventRow? row, Func<string, string> colour, string text) => row is null ? text : colour(text);

    private string ResultColour(EventRow? row, string text) => row switch
    {
        { Denial: not null } => row.IsAudit ? _style.Yellow(text) : _style.Red(text),
        { Fault: not null } or { Rcode: "SERVFAIL" or "REFUSED" or "FORMERR" } => _style.Red(text),
        { Unanswered: true } or { Rcode: "NXDOMAIN" } => _style.Yellow(text),
        { Rcode: "NOERROR" } => _style.Green(text),
        _ => text,
    };
}
