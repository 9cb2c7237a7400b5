// The summary of a replay for programs.

using System.Text.Json;
using Eider.Core.Capture;
using Eider.Core.Statistics;
using Eider.Output;

namespace Eider.Replay;

public static class SummaryJson
{
    private const int TopKeys = 100;

    /// <summary>Writes one JSON object and a newline.</summary>
    public static void Write(Stream output, TrafficSummary summary, CaptureStatistics frames)
    {
        using (var json = new Utf8JsonWriter(output, JsonText.Indented))
        {
            json.WriteStartObject();
            json.WriteNumber("packets"u8, frames.Frames);
            json.WriteNumber("dns_packets"u8, frames[FrameOutcome.DnsUdp] + frames[FrameOutcome.DnsTcp]);
            json.WriteNumber("queries"u8, summary.Queries);
            json.WriteNumber("responses"u8, summary.Responses);
            json.WriteNumber("transactions"u8, summary.Transactions);
            json.WriteNumber("unanswered"u8, summary.Unanswered);
            json.WriteNumber("not_followed"u8, summary.NotFollowed);
            json.WriteNumber("retries"u8, summary.Retries);
            json.WriteNumber("malformed"u8, summary.Malformed);
            WriteSpan(json, summary);
            WriteLatency(json, summary.Latency);
            WriteTop(json, "rcodes", summary.Rcodes);
            WriteTop(json, "types", summary.Types);
            WriteTop(json, "names", summary.Names);
            WriteTop(json, "clients", summary.Clients);
            WriteTop(json, "servers", summary.Servers);
            WriteTop(json, "standalone", summary.Standing);
            WriteTop(json, "faults", summary.Faults);
            WriteTop(json, "alerts", summary.Findings);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteSpan(Utf8JsonWriter json, TrafficSummary summary)
    {
        if (summary.Span is { } span)
        {
            json.WriteString("first"u8, Output.Rfc3339.Format(span.First));
            json.WriteString("last"u8, Output.Rfc3339.Format(span.Last));
        }
    }

    private static void WriteLatency(Utf8JsonWriter json, LatencyHistogram latency)
    {
        json.WriteStartObject("latency_us"u8);
        json.WriteNumber("count"u8, latency.Count);
        json.WriteNumber("p50"u8, latency.PercentileNs(50) / 1000m);
        json.WriteNumber("p90"u8, latency.PercentileNs(90) / 1000m);
        json.WriteNumber("p99"u8, latency.PercentileNs(99) / 1000m);
        json.WriteNumber("max"u8, latency.MaxNs / 1000m);
        json.WriteEndObject();
    }

    private static void WriteTop(Utf8JsonWriter json, string key, SpaceSaving<string> counted)
    {
        json.WriteStartObject(key);
        foreach (var (name, count, _) in counted.Top(TopKeys))
        {
            json.WriteNumber(name, count);
        }

        json.WriteEndObject();
    }
}
