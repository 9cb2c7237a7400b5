// What hold-on costs where nobody attacks: answers held back for nothing, and the time that takes.

using Eider.Lab;

namespace Eider.Bench;

internal sealed class LabHoldBenign : IDisposable
{
    private const int Rate = 1_000; // questions a second

    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(20);

    private readonly string _agent;
    private readonly Eider.Lab.Lab _lab = Eider.Lab.Lab.Create();
    private readonly PinSpace _pins = new();
    private readonly DistantServer _first;
    private readonly DistantServer _second;
    private readonly Pod _pod;
    private readonly LabProcess _running;

    private LabHoldBenign(string agent)
    {
        _agent = agent;
        _first = DistantServer.Add(_lab, "first", RoundTrip);
        _second = DistantServer.Add(_lab, "second", RoundTrip * 2);
        _pod = _lab.AddPod("patient");
        _running = QuietAgent.Start(agent, _lab.PathOf("agent"), new Enforcing(_pins, GuardPolicy.WriteHolding(_lab, _pod)));
    }

    private string Config => QuietAgent.ConfigIn(_lab.PathOf("agent"));

    /// <param name="count">Questions of each case.</param>
    public static IEnumerable<Measurement> Measure(string agent, int count)
    {
        using var hold = new LabHoldBenign(agent);
        Crowd.Ask(hold._pod, [hold._first.Address(false), hold._second.Address(false)], "plain", "learning.example", 500, Rate);
        List<Measurement> figures = [.. hold.Ask("plain", "plain", count)];
        figures.AddRange(hold.Ask("mixed", "plain,cdn,twice,nx,plain,cdn,plain,plain,lost,cdn", count));
        hold._first.Move(64, 60, 57);
        figures.AddRange(hold.Ask("anycast", "plain,cdn", count));
        hold._first.Move(52);
        figures.AddRange(hold.Ask("moved", "plain,cdn", count));
        hold._first.Move(64, 63, 62, 61, 60, 59);
        figures.AddRange(hold.Ask("six_ways", "plain,cdn", count));
        return figures;
    }

    public void Dispose()
    {
        _running.Dispose();
        _pins.Dispose();
        _lab.Dispose();
    }

    private IEnumerable<Measurement> Ask(string name, string words, int count)
    {
        var figure = $"detect.lab.hold_benign.{name}";
        var before = AgentCounters.Read(_agent, Config);
        var asked = Crowd.Ask(_pod, [_first.Address(false), _second.Address(false)], words, $"{name}.example", count, Rate);
        var after = AgentCounters.Read(_agent, Config);
        long Since(string counter) => after[counter] - before[counter];
        yield return Measurement.Of($"{figure}.questions", asked.Asked, "questions");
        yield return Measurement.AtMost($"{figure}.unanswered", asked.None, "questions", 0);
        yield return Measurement.Of($"{figure}.resent", asked.Resends, "questions");
        yield return Measurement.Of($"{figure}.held", Since("held"), "answers");
        yield return Measurement.Of($"{figure}.released", Since("held_released"), "answers");
        yield return Measurement.AtMost($"{figure}.false_drops", Since("forged") + Since("answers_denied"), "packets", 0);
        yield return Measurement.AtMost($"{figure}.false_alerts", LabAlerts.Of(_agent, Config, _pod).Count(alert => alert.Seen.Name?.EndsWith($"{name}.example", StringComparison.Ordinal) == true), "alerts", 0);
        yield return Measurement.Of($"{figure}.p50_ms", asked.P50 ?? 0, "ms");
        yield return Measurement.Of($"{figure}.p99_ms", asked.P99 ?? 0, "ms");
    }
}
