// The summary of a replay for a person.

using System.Globalization;
using Eider.Core.Capture;
using Eider.Core.Filters;
using Eider.Core.Statistics;
using Eider.Output;

namespace Eider.Replay;

/// <param name="width">Columns; 0: no limit.</param>
public sealed class SummaryText(TextWriter output, Style style, int width)
{
    private const int TopRows = 10;
    private const string Indent = "  ";

    public void Write(TrafficSummary summary, CaptureStatistics frames, IReadOnlyList<string> files)
    {
        output.WriteLine(style.Bold(TerminalText.Escape(string.Join(", ", files))));
        if (summary.Span is { } span)
        {
            output.WriteLine($"{Indent}{Rfc3339.Format(span.First, 3)} to {Rfc3339.Format(span.Last, 3)}, {Duration.FormatLong(span.Last - span.First)}");
        }

        output.WriteLine();
        WriteCounts(summary, frames);
        WriteTop("Alerts", summary.Findings);
        WriteLatency(summary.Latency);
        WriteTop("Response codes", summary.Rcodes);
        WriteTop("Types", summary.Types);
        WriteTop("Names", summary.Names);
        WriteTop("Clients", summary.Clients);
        WriteTop("Servers", summary.Servers);
        WriteTop("Without an exchange", summary.Standing);
        WriteFaults(summary);
        WriteUnread(frames);
        output.Flush();
    }

    private void WriteCounts(TrafficSummary summary, CaptureStatistics frames)
    {
        var counts = new TextTable("", ">");
        Add("packets", frames.Frames);
        Add("with DNS", frames[FrameOutcome.DnsUdp] + frames[FrameOutcome.DnsTcp]);
        Add("queries", summary.Queries);
        Add("responses", summary.Responses);
        Add("exchanges", summary.Transactions);
        Add("unanswered", summary.Unanswered);
        Add("open at the end", summary.NotFollowed);
        Add("retries", summary.Retries);
        Add("malformed messages", summary.Malformed);
        counts.Write(output, style, width, Indent);

        void Add(string what, long count) => counts.Add(what, Number(count));
    }

    private void WriteLatency(LatencyHistogram latency)
    {
        if (latency.Count == 0)
        {
            return;
        }

        WriteHeading("Latency");
        output.WriteLine($"{Indent}p50 {At(50)}  p90 {At(90)}  p99 {At(99)}  max {Duration.Format(latency.MaxNs)}");

        string At(double percent) => Duration.Format(latency.PercentileNs(percent));
    }

    private void WriteTop(string heading, SpaceSaving<string> counted)
    {
        if (counted.Total == 0)
        {
            return;
        }

        WriteHeading(counted.Distinct > TopRows ? $"{heading} ({TopRows} of {(counted.IsApproximate ? "many" : Number(counted.Distinct))})" : heading);
        var table = new TextTable(">", ">", "");
        foreach (var (key, count, _) in counted.Top(TopRows))
        {
            table.Add($"{(counted.IsApproximate ? "~" : "")}{Number(count)}", Share(count, counted.Total), key);
        }

        table.Write(output, style, width, Indent);
    }

    private void WriteFaults(TrafficSummary summary)
    {
        if (summary.Malformed == 0)
        {
            return;
        }

        WriteHeading("Malformed messages, with the first of each");
        var table = new TextTable(">", "", "", "");
        foreach (var (what, count, _) in summary.Faults.Top(int.MaxValue))
        {
            var first = summary.FaultExamples.GetValueOrDefault(what);
            table.Add(Number(count), what, first is null ? "" : Rfc3339.Format(first.TimeNs, 6), first is null ? "" : $"{first.Client} - {first.Server}");
        }

        table.Write(output, style, width, Indent, (_, column, cell) => column == 1 ? style.Red(cell) : cell);
    }

    private void WriteUnread(CaptureStatistics frames)
    {
        var unread = new TextTable(">", "");
        Add(frames[FrameOutcome.UnreadLinkType], "of a link type that is not read");
        Add(frames[FrameOutcome.HeadersCut], "with headers cut off by the capture");
        Add(frames[FrameOutcome.Malformed], "with headers that cannot be read");
        Add(frames.Cut, "with DNS cut off by the capture");
        foreach (var loss in Enum.GetValues<FragmentLoss>())
        {
            Add(frames[loss], $"fragmented datagrams incomplete ({Words(loss.ToString())})");
        }

        if (unread.Rows > 0)
        {
            WriteHeading("Packets not read in full");
            unread.Write(output, style, width, Indent);
        }

        void Add(long count, string what)
        {
            if (count > 0)
            {
                unread.Add(Number(count), what);
            }
        }
    }

    private void WriteHeading(string heading)
    {
        output.WriteLine();
        output.WriteLine(style.Bold(heading));
    }

    private static string Words(string name) =>
        string.Concat(name.Select((letter, at) => char.IsUpper(letter) ? (at == 0 ? "" : " ") + char.ToLowerInvariant(letter) : letter.ToString()));

    private static string Number(long count) => count.ToString("n0", CultureInfo.InvariantCulture);

    private static string Share(long count, long total) => (100.0 * count / total).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
