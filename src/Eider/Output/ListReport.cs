// What people are told of domain lists: one line each, everything about one, and what gave no name.

using System.Globalization;
using Eider.Core.Lists;

namespace Eider.Output;

/// <param name="width">Columns; 0: no limit.</param>
internal sealed class ListReport(TextWriter output, Style style, int width)
{
    private const string Indent = "  ";

    /// <summary>What came of an import.</summary>
    public void WriteFetch(ListFetch fetch)
    {
        var list = fetch.Stored!;
        output.WriteLine(fetch.Outcome == FetchOutcome.Unchanged
            ? $"{list.Name}: unchanged, {Number(list.Names)} names since {Time(list.Fetched)}"
            : style.Green($"{list.Name}: {Number(list.Names)} names ({Number(list.Exceptions)} exceptions) as {Word(list.Format)}, {Size(list.Octets)}"));
        if (fetch.Warning is { } warning)
        {
            output.WriteLine(style.Yellow(TerminalText.Escape($"{Indent}{warning}")));
        }

        if (fetch.Import is not { } import)
        {
            return;
        }

        if (import.SingleLabels > 0)
        {
            output.WriteLine(style.Yellow($"{Indent}{Number(import.SingleLabels)} single labels, each a whole top-level domain: {Examples(import.SingleLabelExamples)}"));
        }

        output.WriteLine($"{Indent}{Number(import.Lines)} lines, {Number(import.Comments)} of them blank or comments");
        foreach (var kind in new[] { FaultKind.Refused, FaultKind.Unsupported, FaultKind.Ignored })
        {
            WriteSkipped(kind, [.. import.Skipped.Where(skipped => skipped.Fault.Kind() == kind)]);
        }
    }

    /// <summary>One line for each list.</summary>
    public void WriteAll(IReadOnlyList<StoredList> lists)
    {
        var table = new TextTable("NAME", ">NAMES", "FORMAT", "MATCH", ">SIZE", "FETCHED", "SOURCE");
        foreach (var list in lists)
        {
            table.Add(list.Name, Number(list.Names), Word(list.Format), list.Match.ToString().ToLowerInvariant(), Size(list.Octets), Time(list.Fetched), TerminalText.Escape(list.Source));
        }

        table.Write(output, style, width);
    }

    public void WriteOne(StoredList list)
    {
        output.WriteLine(style.Bold(list.Name));
        var table = new TextTable("", "");
        table.Add("source", TerminalText.Escape(list.Source));
        table.Add("format", $"{Word(list.Format)}, plain names match {(list.Match == Core.Policy.ListMatch.Exact ? "exactly" : "with everything below")}");
        table.Add("names", $"{Number(list.Names)}, {Number(list.Exceptions)} exceptions and {Number(list.SingleLabels)} single labels among them");
        table.Add("copy", $"{Size(list.Octets)}, SHA-256 {list.Sha256}");
        table.Add("fetched", $"{Time(list.Fetched)}, last confirmed {Time(list.Checked)}");
        table.Write(output, style, 0, Indent);
        WriteSkippedCounts([list]);
    }

    public void WriteTotals(IReadOnlyList<StoredList> lists)
    {
        var table = new TextTable("", ">");
        table.Add("lists", Number(lists.Count));
        table.Add("names", Number(lists.Sum(static list => list.Names)));
        table.Add("exceptions", Number(lists.Sum(static list => list.Exceptions)));
        table.Add("single labels", Number(lists.Sum(static list => list.SingleLabels)));
        table.Add("on disk", Size(lists.Sum(static list => list.Octets)));
        table.Write(output, style, width);
        if (lists.Count > 0)
        {
            output.WriteLine();
            output.WriteLine(style.Bold("Formats"));
            var formats = new TextTable("FORMAT", ">LISTS", ">NAMES");
            foreach (var format in lists.GroupBy(static list => list.Format).OrderBy(static group => group.Key))
            {
                formats.Add(Word(format.Key), Number(format.Count()), Number(format.Sum(static list => list.Names)));
            }

            formats.Write(output, style, width, Indent);
        }

        WriteSkippedCounts(lists);
    }

    private void WriteSkippedCounts(IReadOnlyList<StoredList> lists)
    {
        var counts = lists.SelectMany(static list => list.Skipped).Where(static skipped => Enum.TryParse<LineFault>(skipped.Key, out _))
            .GroupBy(static skipped => Enum.Parse<LineFault>(skipped.Key), static skipped => skipped.Value).OrderBy(static fault => fault.Key)
            .Select(static fault => new LineFaultCount(fault.Key, fault.Sum(), [])).ToList();
        foreach (var kind in new[] { FaultKind.Refused, FaultKind.Unsupported, FaultKind.Ignored })
        {
            WriteSkipped(kind, [.. counts.Where(skipped => skipped.Fault.Kind() == kind)]);
        }
    }

    private void WriteSkipped(FaultKind kind, IReadOnlyList<LineFaultCount> skipped)
    {
        if (skipped.Count == 0)
        {
            return;
        }

        var heading = $"{kind}, {Number(skipped.Sum(static fault => fault.Count))}";
        output.WriteLine();
        output.WriteLine(kind == FaultKind.Refused ? style.Yellow(heading) : style.Bold(heading));
        foreach (var fault in skipped.OrderByDescending(static fault => fault.Count))
        {
            output.WriteLine($"{Indent}{Number(fault.Count),9}  {fault.Fault.Text()}");
            if (kind != FaultKind.Ignored && fault.Examples.Count > 0)
            {
                output.WriteLine(style.Dim($"{Indent}           {Examples(fault.Examples)}"));
            }
        }
    }

    private static string Examples(IReadOnlyList<LineExample> examples) =>
        string.Join("; ", examples.Select(static example => string.Create(CultureInfo.InvariantCulture, $"line {example.Line}: {TerminalText.Escape(example.Text)}")));

    private static string Number(long number) => number.ToString("n0", CultureInfo.InvariantCulture);

    private static string Word(Core.Policy.ListFormat format) => format.ToString().ToLowerInvariant();

    private static string Size(long octets) => octets < 10 << 10 ? $"{Number(octets)} B" : octets < 10 << 20
        ? string.Create(CultureInfo.InvariantCulture, $"{octets / 1024.0:0} KiB")
        : string.Create(CultureInfo.InvariantCulture, $"{octets / 1048576.0:0.0} MiB");

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
