// Hold-On against somebody on the path: his first answer is right in everything, and comes from too far away or too soon, or from just as far and late enough.

using Eider.Lab;

namespace Eider.Bench;

/// <summary>Each case has a client of its own: what one has learnt of the server's ways, or an attacker has taught it, is no other's.</summary>
internal sealed class LabHold : IDisposable
{
    private const int Rate = 500; // questions a second: what the scripts keep up with while they keep to their times
    private const int Learning = 200;
    private const int ServerHops = 64;
    private const int OtherHops = 61;

    // Long against what a busy machine adds to it.
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(100);

    /// <summary>When the forged answer comes, in per cent of the round trip.</summary>
    private static readonly int[] Times = [1, 10, 30, 45, 55, 80, 95];

    private static readonly bool[] Families = [false, true];

    private static readonly int[] HopLimits = [OtherHops, ServerHops];

    private readonly string _agent;
    private readonly Eider.Lab.Lab _lab = Eider.Lab.Lab.Create();
    private readonly PinSpace _pins = new();
    private readonly DistantServer _server;
    private readonly LabProcess _running;

    private LabHold(string agent)
    {
        _agent = agent;
        _server = DistantServer.Add(_lab, "distant", RoundTrip);
        var cases = Cases().ToList();
        var pods = cases.Select(name => _lab.AddPod(name.Name)).ToList();
        _running = QuietAgent.Start(agent, _lab.PathOf("agent"), new Enforcing(_pins, GuardPolicy.WriteHolding(_lab, [.. pods])));
    }

    private string Config => QuietAgent.ConfigIn(_lab.PathOf("agent"));

    /// <param name="count">Questions of each case.</param>
    public static IEnumerable<Measurement> Measure(string agent, int count)
    {
        using var hold = new LabHold(agent);
        List<Measurement> figures = [];
        foreach (var (name, v6, hops, percent) in Cases())
        {
            figures.AddRange(hold.Attack(name, v6, hops, percent, count));
        }

        return figures;
    }

    public void Dispose()
    {
        _running.Dispose();
        _pins.Dispose();
        _lab.Dispose();
    }

    private static IEnumerable<(string Name, bool V6, int Hops, int Percent)> Cases() =>
        from v6 in Families
        from hops in HopLimits
        from percent in Times
        select ($"{(v6 ? "v6" : "v4")}-{(hops == ServerHops ? "same" : "other")}-{percent:00}", v6, hops, percent);

    private IEnumerable<Measurement> Attack(string name, bool v6, int hops, int percent, int count)
    {
        var pod = (Pod)_lab.Workload(name);
        var figure = $"detect.lab.hold.{name.Replace('-', '_')}";
        var learnt = Crowd.Ask(pod, [_server.Address(v6)], "plain", "learning.example", Learning, Rate);
        var before = AgentCounters.Read(_agent, Config);
        var began = DateTimeOffset.UtcNow;
        Crowd asked;
        (int Sent, TimeSpan Late) forged;
        using (var forger = EarlyForger.OnThePathOf(pod, RoundTrip * percent / 100, hops))
        {
            asked = Crowd.Ask(pod, [_server.Address(v6)], "lie", $"{name}.example", count, Rate);
            forged = forger.Stop();
        }

        var after = AgentCounters.Read(_agent, Config);
        var alerts = LabAlerts.Await(_agent, Config, pod, alert => alert.Detection is "dns.answer.early" or "dns.answer.conflict");
        // Half the round trip is where hold-on ends for somebody whose packets have the server's hop limit. Just before it, a forger on a busy machine misses it.
        var isHeld = hops != ServerHops || percent < 40;
        yield return Measurement.Of($"{figure}.questions", asked.Asked, "questions");
        yield return Measurement.Of($"{figure}.forged", forged.Sent, "answers");
        yield return Measurement.Of($"{figure}.forged_by_ms", forged.Late.TotalMilliseconds, "ms");
        yield return isHeld ? Measurement.AtMost($"{figure}.believed", asked.Lies, "answers", 0) : Measurement.Of($"{figure}.believed", asked.Lies, "answers");
        yield return Measurement.Of($"{figure}.true_answers", asked.Truths, "answers");
        yield return Measurement.AtMost($"{figure}.unanswered", asked.None, "questions", 0);
        yield return Measurement.Of($"{figure}.held", after["held"] - before["held"], "answers");
        yield return Measurement.Of($"{figure}.not_held", after["not_held"] - before["not_held"], "answers");
        yield return Measurement.Of($"{figure}.added_ms", (asked.P50 - learnt.P50) ?? 0, "ms");
        yield return Measurement.AtLeast($"{figure}.alerts", alerts.Count, "alerts", 1);
        if (alerts.Count > 0)
        {
            yield return Measurement.Of($"{figure}.first_alert_ms", alerts.Min(alert => (alert.Seen.Time - began).TotalMilliseconds), "ms");
        }
    }
}
