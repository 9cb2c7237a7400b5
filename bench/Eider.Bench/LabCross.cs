// A poisoned resolver and an honest one, compared by the agent: how long it takes to be told, and what is told of names that only differ.

using System.Diagnostics;
using Eider.Lab;

namespace Eider.Bench;

internal static class LabCross
{
    private const int Names = 10;

    /// <summary>Of all names: those that the first resolver sends elsewhere at first and then home, as rotations and regions do.</summary>
    private const int Restless = 5;

    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(2);

    /// <summary>Sixteen agreements ten seconds apart take less than three minutes, and more on a busy machine.</summary>
    private static readonly TimeSpan Learning = TimeSpan.FromMinutes(8);

    /// <summary>Of each steady name, when it is known.</summary>
    private const int Agreements = 16;

    /// <summary>Nothing was compared for so long: what is not known differs, and is compared ever more seldom.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    public static IEnumerable<Measurement> Measure(string agent)
    {
        using var lab = Eider.Lab.Lab.Create();
        var first = FarResolver.Add(lab, "first", TimeSpan.FromMilliseconds(1));
        var second = FarResolver.Add(lab, "second", TimeSpan.FromMilliseconds(1));
        var client = lab.AddPod("client");
        using var running = AgentProcess.Start(agent, lab.PathOf("agent"), config: $"detect: {{crossCheck: {{resolver: {second.Address}, queriesPerSecond: 10}}}}");

        // 1. All names are answered alike, but some, that are so every second turn only.
        var (compared, since) = (0L, Stopwatch.GetTimestamp());
        Repeat(Learning, turn =>
        {
            Ask(turn);
            var now = AgentCounters.Read(agent, running.ConfigPath)["cross_checked"];
            (compared, since) = now == compared ? (compared, since) : (now, Stopwatch.GetTimestamp());
            return compared < Names * Agreements || Stopwatch.GetElapsedTime(since) < Settled;
        });

        // 2. The first resolver is poisoned for half of the names that were steady.
        var began = Stopwatch.GetTimestamp();
        for (var number = 0; number < Names / 2; number++)
        {
            first.Say(Name(number), Attacker.Lie);
        }

        var told = new Dictionary<string, double>();
        Repeat(Limit, turn =>
        {
            Ask(turn);
            foreach (var seen in running.Events(seen => seen.Kind == "alert" && seen.Pod?.Uid == client.Uid && seen.Name is not null))
            {
                told.TryAdd(seen.Name!.ToLowerInvariant(), Stopwatch.GetElapsedTime(began, Stopwatch.GetTimestamp()).TotalSeconds);
            }

            return told.Count < Names / 2;
        });
        Repeat(TimeSpan.FromSeconds(30), Ask); // nothing more is told

        var alerts = running.Events(seen => seen.Kind == "alert" && seen.Pod?.Uid == client.Uid);
        var right = alerts.Where(seen => SeenAlert.Of(seen)!.Detection == "dns.answer.disagreement" && Poisoned(seen.Name!)).Select(seen => seen.Name!.ToLowerInvariant()).Distinct().Count();
        var status = AgentCounters.Read(agent, running.ConfigPath);
        yield return Measurement.AtLeast("detect.lab.cross.true_positives", right, "names", Names / 2);
        yield return Measurement.AtMost("detect.lab.cross.false_positives", alerts.Count(seen => !Poisoned(seen.Name!)), "alerts", 0);
        if (told.Count > 0)
        {
            yield return Measurement.Of("detect.lab.cross.alert_s", Measurement.Median(told.Values), "s");
        }


        yield return Measurement.Of("detect.lab.cross.compared", status["cross_checked"], "answers");
        yield return Measurement.Of("detect.lab.cross.differed", status["cross_check_differed"], "answers");
        yield return Measurement.AtMost("detect.lab.cross.failed", status["cross_check_failed"], "questions", 0);

        bool Ask(int turn)
        {
            for (var number = 0; number < Restless; number++)
            {
                first.Say(Name(Names + number), turn % 2 == 0 ? "192.0.2.200" : "198.51.100.7");
            }

            for (var number = 0; number < Names + Restless; number++)
            {
                Dig.Ask(client, $"{first.Address}", Name(number));
            }

            return true;
        }
    }

    /// <summary>Of a domain of its own.</summary>
    private static string Name(int number) => $"www.owner{number}.example";

    private static bool Poisoned(string name) => Enumerable.Range(0, Names / 2).Any(number => name.Equals(Name(number), StringComparison.OrdinalIgnoreCase));

    /// <summary>Until the time is over or it says that it is enough.</summary>
    private static void Repeat(TimeSpan time, Func<int, bool> ask)
    {
        var began = Stopwatch.GetTimestamp();
        for (var turn = 0; Stopwatch.GetElapsedTime(began) < time; turn++)
        {
            var turnBegan = Stopwatch.GetTimestamp();
            if (!ask(turn))
            {
                return;
            }

            if (Turn - Stopwatch.GetElapsedTime(turnBegan) is { Ticks: > 0 } rest)
            {
                Thread.Sleep(rest); // a client's own pace
            }
        }
    }
}
