// What Detect finds and what it wrongly finds, what an event costs it, and how much it remembers.

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
    private const int AttackRepetitions = 20;
    private const int ExchangesBetween = 1000;

    private static readonly DetectOptions Options = new() { InternalZones = ["corp.example"] };

    public static IEnumerable<Measurement> Measure()
    {
        // Ordinary traffic: whatever is told is wrong.
        using (var traffic = new Traffic(Options))
        {
            var benign = new BenignTraffic(1, traffic.Deliver);
            benign.Make(BenignExchanges);
            benign.Finish();
            traffic.Finish();
            Show(traffic.Alerts);
            yield return Measurement.Of("detect.benign.exchanges", BenignExchanges, "exchanges");
            yield return Measurement.AtMost("detect.benign.false_positives", traffic.Alerts.Count, "alerts", 0);
            yield return Measurement.AtMost("detect.state_mib", traffic.StateBytes / 1048576.0, "MiB", 32);
        }

        // The same of two busy forwarders, with one packet in five lost on its way to the agent: many answers without a question.
        using (var traffic = new Traffic(Options))
        {
            var benign = new BenignTraffic(6, traffic.DeliverAllBut(5, seed: 7), clients: 2);
            benign.Make(BenignExchanges);
            benign.Finish();
            traffic.Finish();
            Show(traffic.Alerts);
            yield return Measurement.AtMost("detect.benign_lossy.false_positives", traffic.Alerts.Count, "alerts", 0);
        }

        foreach (var figure in Attacked())
        {
            yield return figure;
        }

        yield return Measurement.AtMost("detect.ns_per_event", NsPerEvent(), "ns", 500);
    }

    /// <summary>Every attack on a new victim each time, with ordinary traffic between them.</summary>
    private static IEnumerable<Measurement> Attacked()
    {
        using var traffic = new Traffic(Options);
        var benign = new BenignTraffic(2, traffic.Deliver);
        var random = new Random(3);
        var victims = new HashSet<IpAddress>();
        benign.Make(20 * ExchangesBetween);
        var (found, missed, wrong) = (0, 0, traffic.Alerts.Count);
        for (var round = 0; round < AttackRepetitions; round++)
        {
            foreach (var attack in Attacks.All)
            {
                traffic.Victim = Traffic.At($"10.245.{round}.{attack.Name.Length}", (ushort)random.Next(1024, 65536));
                victims.Add(traffic.Victim.Address);
                var before = traffic.Alerts.Count;
                attack.Make(traffic, random);
                benign.SkipTo(traffic.NowNs);
                benign.Make(ExchangesBetween);
                var told = traffic.Alerts.Skip(before).ToList();
                var isFound = told.Any(alert => alert.Detection == attack.Finds && alert.About.Client.Address == traffic.Victim.Address);
                (found, missed) = isFound ? (found + 1, missed) : (found, missed + 1);
                var others = told.FindAll(alert => !victims.Contains(alert.About.Client.Address)); // of victims before, it is told how it went on
                wrong += others.Count;
                Show(others);
                if (!isFound)
                {
                    Console.Error.WriteLine($"  missed: {attack}, round {round}");
                }
            }
        }

        yield return Measurement.Of("detect.attacks.true_positives", found, "attacks");
        yield return Measurement.AtMost("detect.attacks.false_negatives", missed, "attacks", 0);
        yield return Measurement.AtMost("detect.attacks.false_positives", wrong, "alerts", 0);
    }

    /// <summary>Median over rounds of Detect alone, on the events that the pipeline made of ordinary traffic.</summary>
    private static double NsPerEvent()
    {
        var recorder = new Recorder();
        using (var pipeline = new Pipeline([recorder], null, new PipelineOptions { Seed = 1 }))
        {
            var benign = new BenignTraffic(4, (timeNs, message, from, to) => pipeline.Process(new Packet
            {
                TimeNs = timeNs, Direction = Direction.Captured, Transport = Transport.Udp, Source = from, Destination = to, Payload = message, WireLength = message.Length,
            }));
            benign.Make(TimedExchanges);
        }

        var times = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var detection = new Detection(Options, seed: 5, static _ => { });
            var began = Stopwatch.GetTimestamp();
            foreach (var published in recorder.Events)
            {
                detection.Observe(published);
            }

            times.Add(Stopwatch.GetElapsedTime(began).TotalNanoseconds / recorder.Events.Count);
        }

        return Measurement.Median(times);
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
