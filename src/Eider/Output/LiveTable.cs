// Events on a terminal as they happen: rows scroll, the last line tells the rate. Redrawn some times a second, however many events come.

using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Eider.Core;

namespace Eider.Output;

/// <summary>Keeps the newest rows that fit on the screen until the next <see cref="Redraw"/>; those that it must pass over are counted and the gap is shown
/// where it is. Not safe for concurrent use, but for <see cref="Note"/>.</summary>
/// <typeparam name="T">What rows are made of; made into one only when it is shown.</typeparam>
/// <param name="output">The terminal.</param>
/// <param name="size">Columns and lines of the terminal, asked at every redraw.</param>
public sealed class LiveTable<T>(TextWriter output, Func<(int Width, int Height)> size, Style style, TimeZoneInfo zone, TimeProvider time, Func<T, EventRow> toRow)
{
    public static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Weight of the last interval in the rate that is shown.</summary>
    private const double RateSmoothing = 0.2;

    private readonly Queue<T> _pending = new();
    private readonly ConcurrentQueue<string> _notes = new();
    private TableFormat? _table;
    private int _width;
    private string _status = "";
    private int _rowsSinceHeader;
    private long _count;
    private long _countAtRedraw;
    private long _notShown;
    private long _gap;
    private long _lost;
    private double _rate;
    private long _lastRedraw = time.GetTimestamp();

    /// <summary>Takes one event; <paramref name="lost"/> is how many a loss event stands for.</summary>
    public void Add(T published, long lost = 0)
    {
        _count += lost > 0 ? 0 : 1;
        _lost += lost;
        _pending.Enqueue(published);
        if (_pending.Count > MostRows)
        {
            _pending.Dequeue();
            _gap++;
            _notShown++;
        }
    }

    /// <summary>Has a line for people shown between the rows. From any thread; the text is escaped already.</summary>
    public void Note(string line) => _notes.Enqueue(line);

    /// <summary>Shows what came since the last call.</summary>
    public void Redraw()
    {
        var (width, height) = size();
        if (_table is null || _width != width)
        {
            (_table, _width) = (new TableFormat(width, style, zone), width);
            _rowsSinceHeader = int.MaxValue;
        }

        MeasureRate();
        var text = new StringBuilder(256);
        AppendHeader(text, height);
        while (_notes.TryDequeue(out var note))
        {
            text.Append(style.Yellow(note)).Append('\n');
        }

        if (_gap > 0)
        {
            AppendRow(text, _table.Gap(_gap), height);
            _gap = 0;
        }

        while (_pending.TryDequeue(out var published))
        {
            AppendRow(text, _table.Format(toRow(published)), height);
        }

        // A quiet terminal is left alone.
        var status = Status(width);
        if (text.Length > 0 || status != _status)
        {
            output.Write($"{CursorToStatus}{text}{status}");
            output.Flush();
            _status = status;
        }
    }

    /// <summary>Shows the rest and leaves the cursor on a fresh line below the totals.</summary>
    public void Close()
    {
        Redraw();
        output.Write(CanMove ? $"{CursorToStatus}{Totals()}\n" : $"{Totals()}\n");
        output.Flush();
    }

    private static bool CanMove => !Style.IsDumb;

    private static string CursorToStatus => CanMove ? "\r\e[K" : "";

    private int MostRows => Math.Max(1, size().Height - 2);

    private void AppendRow(StringBuilder text, string row, int height)
    {
        AppendHeader(text, height);
        text.Append(row).Append('\n');
        _rowsSinceHeader++;
    }

    private void AppendHeader(StringBuilder text, int height)
    {
        if (_rowsSinceHeader >= Math.Max(10, height - 2))
        {
            text.Append(_table!.Header()).Append('\n');
            _rowsSinceHeader = 0;
        }
    }

    private void MeasureRate()
    {
        var now = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_lastRedraw, now).TotalSeconds;
        if (seconds > 0)
        {
            _rate += (((_count - _countAtRedraw) / seconds) - _rate) * RateSmoothing;
            _countAtRedraw = _count;
            _lastRedraw = now;
        }
    }

    private string Status(int width) => CanMove
        ? style.Dim(TerminalText.Fit(string.Create(CultureInfo.InvariantCulture, $"{_rate:n0}/s · {Totals()} · Ctrl-C ends"), width - 1))
        : "";

    private string Totals() => string.Create(CultureInfo.InvariantCulture, $"{_count:n0} events, {_notShown:n0} not shown, {_lost:n0} lost");
}
