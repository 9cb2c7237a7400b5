// Real traffic without an attack: what is dropped of it, or told, is a mistake.

using System.Globalization;
using System.Net;
using Eider.Lab;

namespace Eider.Bench;

internal static class LabBenign
{
    private const int Names = 1_000;
    private const int TimesEach = 200;
    private const int UsualRate = 10_000; // queries a second

    /// <summary>Longer than answers pass because their questions may be older than the policy.</summary>
    private const int WarmupSeconds = 6;

    /// <summary>At a rate that a node has, and as fast as dnsperf and unbound can, which is more than the agent keeps up with on a small machine.</summary>
    public static IEnumerable<Measurement> Measure(string agent) =>
        Measure(agent, "detect.lab.benign", GuardPolicy.Write, ["-Q", $"{UsualRate}"]).Concat(Measure(agent, "detect.lab.benign_flood", GuardPolicy.Write, []));

    /// <summary>The same where suspicious answers are held back too: a resolver near by, whose answers from its cache take as long as the machine is busy.</summary>
    public static IEnumerable<Measurement> MeasureHolding(string agent) =>
        Measure(agent, "detect.lab.benign_hold", static (lab, pod) => GuardPolicy.WriteHolding(lab, pod), ["-Q", $"{UsualRate}"]);

    private static IEnumerable<Measurement> Measure(string agent, string name, Func<Eider.Lab.Lab, Workload, string> policy, string[] rate)
    {
        using var lab = Eider.Lab.Lab.Create();
        var pod = lab.AddPod("guarded");
        var queries = lab.PathOf("queries.txt");
        File.WriteAllLines(queries, Enumerable.Range(0, Names).Select(index => $"name{index}.{LabZone.Clients} A"));
        using var pins = new PinSpace();
        using var running = QuietAgent.Start(agent, lab.PathOf("agent"), new Enforcing(pins, policy(lab, pod)));
        var config = QuietAgent.ConfigIn(lab.PathOf("agent"));
        Dnsperf(pod, lab.ResolverV4, queries, ["-l", $"{WarmupSeconds}", .. rate]);
        var before = AgentCounters.Read(agent, config);
        var output = Dnsperf(pod, lab.ResolverV4, queries, ["-n", $"{TimesEach}", .. rate]);
        var after = AgentCounters.Read(agent, config);
        long Since(string counter) => after[counter] - before[counter];

        yield return Measurement.AtLeast($"{name}.queries", Number(output, "Queries completed:"), "queries", Names * TimesEach);
        yield return Measurement.AtMost($"{name}.false_drops", Since("forged") + Since("answers_denied"), "packets", 0);
        var alerts = LabAlerts.Of(agent, config, pod);
        foreach (var alert in alerts)
        {
            Console.Error.WriteLine($"  wrong: {alert.Seen.Line}");
        }

        yield return Measurement.AtMost($"{name}.false_alerts", alerts.Count, "alerts", 0);
        yield return Measurement.AtMost($"{name}.unanswered", Number(output, "Queries lost:"), "queries", 0);
        yield return Measurement.Of($"{name}.held", Since("held"), "answers");
        yield return Measurement.Of($"{name}.unjudged", Since("unjudged"), "packets");
        yield return Measurement.Of($"{name}.questions_shed", Since("questions_shed"), "questions");
        yield return Measurement.Of($"{name}.records_lost", after["ring_full"], "records");
    }

    /// <returns>What it says at its end.</returns>
    public static string Dnsperf(Pod pod, IPAddress server, string queries, params string[] options) =>
        pod.Run("dnsperf", ["-s", $"{server}", "-d", queries, .. options, "-c", "4", "-q", "100"]).MustSucceed("dnsperf").Output;

    /// <summary>The first number behind a label.</summary>
    public static long Number(string output, string label)
    {
        var line = output.Split('\n').First(line => line.Contains(label, StringComparison.Ordinal));
        return long.Parse(line.Split(':')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture);
    }
}
