// Plain columns for summaries and status, on a terminal and in a pipe alike.

using System.Text;

namespace Eider.Output;

/// <summary>A table without lines. Cells are escaped already; a cell with colours is given with its plain text.</summary>
/// <param name="headers">One for each column; one that starts with <c>&gt;</c> aligns its column to the right.</param>
public sealed class TextTable(params string[] headers)
{
    private const string Gap = "  ";

    private readonly List<string[]> _rows = [];

    public int Rows => _rows.Count;

    public void Add(params string[] cells) => _rows.Add(cells);

    /// <param name="width">Columns of the terminal; the widest column that is aligned to the left gives way. 0: no limit.</param>
    /// <param name="colour">Colours a fitted cell by its row and column; null leaves it.</param>
    public void Write(TextWriter output, Style style, int width = 0, string indent = "", Func<int, int, string, string>? colour = null)
    {
        var widths = Widths(width - indent.Length, width > 0);
        if (headers.Any(static header => header.TrimStart('>').Length > 0))
        {
            output.WriteLine(indent + Line(widths, headers.Select(static header => header.TrimStart('>')).ToArray(), (_, cell) => style.Bold(cell)));
        }

        for (var row = 0; row < _rows.Count; row++)
        {
            var at = row;
            output.WriteLine(indent + Line(widths, _rows[row], (column, cell) => colour?.Invoke(at, column, cell) ?? cell));
        }
    }

    private int[] Widths(int available, bool isLimited)
    {
        var widths = headers.Select((header, column) =>
            Math.Max(TerminalText.Width(header.TrimStart('>')), _rows.Select(row => TerminalText.Width(row[column])).DefaultIfEmpty().Max())).ToArray();
        var excess = widths.Sum() + (Gap.Length * (widths.Length - 1)) - available;
        if (isLimited && excess > 0)
        {
            var widest = Enumerable.Range(0, widths.Length).Where(column => !IsRight(column)).MaxBy(column => widths[column]);
            widths[widest] = Math.Max(8, widths[widest] - excess);
        }

        return widths;
    }

    private string Line(int[] widths, string[] cells, Func<int, string, string> colour)
    {
        var line = new StringBuilder();
        for (var column = 0; column < widths.Length; column++)
        {
            var cell = cells[column];
            var isLast = column == widths.Length - 1;
            var fitted = IsRight(column) ? new string(' ', Math.Max(0, widths[column] - TerminalText.Width(cell))) + cell
                : isLast && TerminalText.Width(cell) <= widths[column] ? cell
                : TerminalText.Fit(cell, widths[column]);
            line.Append(column == 0 ? "" : Gap).Append(colour(column, fitted));
        }

        return line.ToString();
    }

    private bool IsRight(int column) => headers[column].StartsWith('>');
}
