// What Detect finds and what it wrongly finds, what an event costs it, and how much it remembers: in all, and by detection.

using System.Diagnostics;
using Eider.Core;
using Eider.Core.Detect;
using Eider.Tests.Detect;

namespace Eider.Bench;

internal static class DetectEvaluation
{
    private const long BenignExchanges = 1_000_000;
    private const int TimedExchanges = 100_000;
    private const int Rounds = 5;
    private const int Victims = 20;
    private const int ExchangesBetween = 1000;

    private static readonly DetectOptions Options = BenignTraffic.Options;

    public static IEnumerable<Measurement> Measure()
    {
        var table = new DetectionTable();

        // Ordinary traffic: whatever is told is wrong.
        using (var traffic = new Traffic(Options))
        {
            var benign = new BenignTraffic(1, traffic.Deliver);
            traffic.Elsewhere = benign.SaidElsewhere;
            benign.Make(BenignExchanges);
            benign.Finish();
            traffic.Finish();
            Show(traffic.Alerts);
            table.TakeOrdinary(traffic, BenignExchanges);
            yield return Measurement.Of("detect.benign.exchanges", BenignExchanges, "exchanges");
            yield return Measurement.Of("detect.benign.compared_elsewhere", traffic.Detect.CrossCheck.Compared, "answers");
            yield return Measurement.Of("detect.benign.differed_elsewhere", traffic.Detect.CrossCheck.Differed, "answers");
            yield return Measurement.AtMost("detect.benign.false_positives", traffic.Alerts.Count, "alerts", 0);
            yield return Measurement.AtMost("detect.state_mib", traffic.StateBytes / 1048576.0, "MiB", 32);
        }

        // The same of two busy forwarders, with one packet in five lost on its way to the agent: many answers without a question.
        using (var traffic = new Traffic(Options))
        {
            var benign = new BenignTraffic(6, traffic.DeliverAllBut(5, seed: 7), clients: 2);
            traffic.Elsewhere = benign.SaidElsewhere;
            benign.Make(BenignExchanges);
            benign.Finish();
            traffic.Finish();
            Show(traffic.Alerts);
            table.TakeOrdinary(traffic, BenignExchanges);
            yield return Measurement.AtMost("detect.benign_lossy.false_positives", traffic.Alerts.Count, "alerts", 0);
        }

        Attack(table);
        foreach (var figure in table.Totals())
        {
            yield return figure;
        }

        var events = OrdinaryEvents();
        var nsPerEvent = Measurement.Median(Enumerable.Range(0, Rounds).Select(_ => NsPerEvent(events)));
        yield return Measurement.AtMost("detect.ns_per_event", nsPerEvent, "ns", 500);
        table.TakeCosts(Enumerable.Range(0, Rounds).Select(_ => DetectorClock.Measure(Options, events)), nsPerEvent);
        table.Print();
        foreach (var figure in table.ByDetection())
        {
            yield return figure;
        }
    }

    /// <summary>Every attack on a new victim each time, with ordinary traffic between them.</summary>
    private static void Attack(DetectionTable table)
    {
        using var traffic = new Traffic(Options);
        var benign = new BenignTraffic(2, traffic.Deliver);
        traffic.Elsewhere = benign.SaidElsewhere;
        var random = new Random(3);
        var victims = new HashSet<IpAddress>();
        benign.Make(20 * ExchangesBetween);
        var before = 0;
        for (var victim = 0; victim < Victims; victim++)
        {
            for (var index = 0; index < Attacks.All.Count; index++)
            {
                var attack = Attacks.All[index];
                (traffic.Victim, traffic.StruckNs) = (Traffic.At($"10.245.{victim}.{index + 1}", (ushort)random.Next(1024, 65536)), null);
                victims.Add(traffic.Victim.Address);
                attack.Make(traffic, random);
                benign.SkipTo(traffic.NowNs);
                benign.Make(ExchangesBetween);
                var told = traffic.Alerts.Slice(before, traffic.Alerts.Count - before);
                before = traffic.Alerts.Count;
                table.TakeAttack(attack, traffic, told.Find(alert => alert.Detection == attack.Finds && alert.About.Client.Address == traffic.Victim.Address));
                var others = told.FindAll(alert => !victims.Contains(alert.About.Client.Address)); // of victims before, it is told how it went on
                table.TakeWrong(others);
                Show(others);
            }
        }
    }

    /// <summary>What the pipeline makes of ordinary traffic.</summary>
    private static List<Event> OrdinaryEvents()
    {
        var recorder = new Recorder();
        using var pipeline = new Pipeline([recorder], null, new PipelineOptions { Seed = 1 });
        var benign = new BenignTraffic(4, (timeNs, message, from, to, passage) => pipeline.Process(new Packet
        {
            TimeNs = timeNs, Direction = Direction.Captured, Transport = Transport.Udp, Source = from, Destination = to, Payload = message, WireLength = message.Length,
            IsFragmented = passage == Passage.Fragmented, IsUndelivered = passage == Passage.Undelivered,
        }));
        benign.Make(TimedExchanges);
        return recorder.Events;
    }

    /// <summary>Of Detect alone.</summary>
    private static double NsPerEvent(List<Event> events)
    {
        var detection = new Detection(Options, seed: 5, static _ => { }, ask: static _ => true);
        var began = Stopwatch.GetTimestamp();
        foreach (var published in events)
        {
            detection.Observe(published);
        }

        return Stopwatch.GetElapsedTime(began).TotalNanoseconds / events.Count;
    }

    private static void Show(List<Alert> alerts)
    {
        foreach (var alert in alerts.Take(10))
        {
            Console.Error.WriteLine($"  wrong: {alert.Detection} {alert.Summary} {string.Join("; ", alert.Evidence.Select(evidence => $"{evidence.Key}={evidence.Value}"))}");
        }
    }

    /// <summary>Queries and responses: a transaction costs Detect next to nothing and would only flatter the figure.</summary>
    private sealed class Recorder : IEventSink
    {
        public List<Event> Events { get; } = [];

        public void Publish(Event published)
        {
            if (published.Kind is EventKind.Query or EventKind.Response)
            {
                Events.Add(published);
            }
        }
    }
}
