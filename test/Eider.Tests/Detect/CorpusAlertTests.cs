// Real captures through the whole pipeline: quiet where nothing is wrong, and named where something is.

using Eider.Core;
using Eider.Core.Capture;
using Eider.Core.Detect;
using Eider.Tests.Capture;
using Xunit;

namespace Eider.Tests.Detect;

public sealed class CorpusAlertTests
{
    /// <summary>What is found in captures that are not quiet; every other capture gives no alert.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Expected = new Dictionary<string, string[]>
    {
        // Made by hand: the answer is to another name than the question.
        ["ndpi/dns-invalid-chars.pcap"] = ["dns.answer.question"],

        // Octets changed at random: ids, addresses and names of answers no longer fit their questions.
        ["ndpi/fuzz-2006-06-26-2594.pcap"] = ["dns.answer.question", "dns.answer.source", "dns.answer.wrong_id"],

        // An answer with another id, before the right one.
        ["suricata/dns-udp-unsolicited-response__dns-response-2x.pcap"] = ["dns.answer.wrong_id"],
    };

    [Fact]
    public void Captures_give_the_alerts_that_they_are_known_for_and_no_others()
    {
        Corpus.SkipWhenAbsent();
        var wrong = new List<string>();
        foreach (var capture in Corpus.Captures)
        {
            var found = AlertsOf(capture);
            var ids = found.Select(alert => alert.Detection).Distinct().Order(StringComparer.Ordinal);
            if (!ids.SequenceEqual(Expected.GetValueOrDefault(capture) ?? []))
            {
                wrong.AddRange(found.Select(alert =>
                    $"{capture}: {alert.Detection} {alert.Summary} [{string.Join("; ", alert.Evidence.Select(evidence => $"{evidence.Key}={evidence.Value}"))}]"));
                wrong.Add($"{capture}: {found.Count} alerts");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static List<Alert> AlertsOf(string capture)
    {
        var sink = new AlertSink();
        using var pipeline = new Pipeline([sink], null, new PipelineOptions { Seed = 7, Detect = new DetectOptions() });
        Assert.True(CaptureFile.TryOpen(Corpus.PathOf(capture), out var file, out _), capture);
        using (file)
        {
            var dissector = new PacketDissector(DnsPorts.Default, pipeline.Process, pipeline.Quoted);
            while (file!.TryReadFrame(out var frame))
            {
                dissector.Dissect(frame);
            }

            dissector.Finish();
        }

        pipeline.Flush();
        return sink.Alerts;
    }

    private sealed class AlertSink : IEventSink
    {
        public List<Alert> Alerts { get; } = [];

        public void Publish(Event published)
        {
            if (published is Alert alert)
            {
                Alerts.Add(alert);
            }
        }
    }
}
