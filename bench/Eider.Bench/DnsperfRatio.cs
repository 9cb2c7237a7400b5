// What a resolver's clients notice of the agent: dnsperf against unbound in the lab, without and with it, in turn.

using System.Globalization;
using Eider.Lab;

namespace Eider.Bench;

internal static class DnsperfRatio
{
    private const int Rounds = 7;
    private const int SecondsARun = 4;

    public static IEnumerable<Measurement> Measure(string agent)
    {
        using var lab = Eider.Lab.Lab.Create();
        var pod = lab.AddPod("dnsperf");
        var queries = lab.PathOf("queries.txt");
        File.WriteAllLines(queries, Enumerable.Range(0, 1000).Select(index => $"name{index}.{LabZone.Clients} A"));
        RunOnce(lab, pod, queries); // warms caches and clocks

        List<double> ratios = [];
        List<double> without = [];
        for (var round = 0; round < Rounds; round++)
        {
            // The order alternates too, so that a drift of the machine speaks for neither.
            double off, on;
            if (round % 2 == 0)
            {
                off = RunOnce(lab, pod, queries);
                on = RunWatched(agent, lab, pod, queries);
            }
            else
            {
                on = RunWatched(agent, lab, pod, queries);
                off = RunOnce(lab, pod, queries);
            }

            without.Add(off);
            ratios.Add(on / off);
        }

        return
        [
            Measurement.AtLeast("dnsperf.observe.ratio", Measurement.Median(ratios), "ratio", 0.97),
            Measurement.Of("dnsperf.off.queries_per_s", Measurement.Median(without), "1/s"),
        ];
    }

    private static double RunWatched(string agent, Eider.Lab.Lab lab, Pod pod, string queries)
    {
        using var watching = QuietAgent.Start(agent, lab.PathOf("agent"));
        return RunOnce(lab, pod, queries);
    }

    private static double RunOnce(Eider.Lab.Lab lab, Pod pod, string queries)
    {
        var output = pod.Run("dnsperf", "-s", $"{lab.ResolverV4}", "-d", queries, "-l", $"{SecondsARun}", "-c", "4", "-q", "100")
            .MustSucceed("dnsperf").Output;
        var line = output.Split('\n').First(line => line.Contains("Queries per second", StringComparison.Ordinal));
        return double.Parse(line.Split(':')[1], CultureInfo.InvariantCulture);
    }
}
