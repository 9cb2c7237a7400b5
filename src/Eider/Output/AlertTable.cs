// Alerts as lines of a table that fits the terminal: what was found, how bad it is, and whom it was aimed at.

using Eider.Core;

namespace Eider.Output;

/// <summary>Lays alerts out for one width: narrow terminals lose the columns that `eider alerts explain` has anyway.</summary>
public sealed class AlertTable
{
    private const int TimeWidth = 19;
    private const int SeverityWidth = 8;
    private const int IdWidth = 8;
    private const int DetectionWidth = 22;
    private const int LeastWidth = 60;

    private readonly Style _style;
    private readonly TimeZoneInfo _zone;
    private readonly int _forWidth;
    private readonly bool _hasDetection;
    private readonly int _findingWidth;

    public AlertTable(int width, Style style, TimeZoneInfo zone)
    {
        (_style, _zone) = (style, zone);
        width = Math.Max(LeastWidth, width);
        _hasDetection = width >= 140;
        _forWidth = width >= 100 ? Math.Clamp(width / 6, 15, 30) : 0;
        var taken = TimeWidth + SeverityWidth + IdWidth + (_hasDetection ? DetectionWidth + 1 : 0) + (_forWidth > 0 ? _forWidth + 1 : 0) + 3;
        _findingWidth = width - taken;
    }

    public string Header() => _style.Bold(Line("TIME", "SEVERITY", "ID", "DETECTION", "FOR", "FOUND", static text => text));

    public string Format(EventRow row) => row.Kind == EventKind.Loss
        ? _style.Red($"{Rfc3339.FormatDay(row.TimeNs, _zone)} {row.LossCount} events lost: {row.LossReason}")
        : Line(Rfc3339.FormatDay(row.TimeNs, _zone), row.Severity ?? "", row.AlertId ?? "", row.Detection ?? "", row.Workload ?? row.Client, Found(row), text => Colour(row.Severity, text));

    private static string Found(EventRow row) =>
        $"{(row.FindingCount > 1 ? $"{row.FindingCount} times: " : "")}{(row.Action is null ? "" : $"{row.Action}: ")}{row.Summary}";

    private string Line(string time, string severity, string id, string detection, string target, string found, Func<string, string> colour) =>
        $"{_style.Dim(TerminalText.Fit(time, TimeWidth))} {colour(TerminalText.Fit(severity, SeverityWidth))} {TerminalText.Fit(id, IdWidth)} "
        + (_hasDetection ? TerminalText.Fit(detection, DetectionWidth) + " " : "")
        + (_forWidth > 0 ? TerminalText.Fit(target, _forWidth) + " " : "")
        + TerminalText.Fit(found, _findingWidth).TrimEnd();

    private string Colour(string? severity, string text) => severity switch
    {
        "critical" => _style.Bold(_style.Red(text)),
        "high" => _style.Red(text),
        "medium" => _style.Yellow(text),
        _ => text,
    };
}
