// Answers that lie in what they say: a hijacked name of one's own, and a private address for a public name. Each attack once for each client, honest questions among them.

using Eider.Lab;

namespace Eider.Bench;

internal sealed class LabContent : IDisposable
{
    private const int Clients = 10;
    private const int Honest = 50; // questions of each client before the attack, and after it

    private const string Bank = "login.bank.example";
    private const string Mail = "mail.bank.example";
    private const string Game = "game.evil.example";

    private readonly string _agent;
    private readonly Eider.Lab.Lab _lab = Eider.Lab.Lab.Create();
    private readonly PinSpace _pins = new();
    private readonly FarResolver _resolver;
    private readonly List<Pod> _pods;
    private readonly AgentProcess _running;

    private LabContent(string agent)
    {
        _agent = agent;
        _resolver = FarResolver.Add(_lab, TimeSpan.FromMilliseconds(5), (Bank, Attacker.Lie), (Game, "192.168.1.1"));
        _pods = [.. Enumerable.Range(0, Clients).Select(number => _lab.AddPod($"client{number}"))];
        _running = AgentProcess.Start(agent, _lab.PathOf("agent"), enforcing: new Enforcing(_pins, GuardPolicy.WriteHolding(_lab, [.. _pods.Take(Clients / 2)])),
            config: "detect: {protectedNames: [{name: \"*.bank.example\", addresses: [192.0.2.0/24]}]}");
    }

    public static IEnumerable<Measurement> Measure(string agent)
    {
        using var content = new LabContent(agent);
        content._pods.ForEach(content.AskHonestly);
        return
        [
            .. content.Attack("protected", Bank, "dns.answer.protected", guarded: Attacker.Lie),
            .. content.Attack("rebinding", Game, "dns.answer.rebinding", guarded: null),
            .. content.Count(),
        ];
    }

    public void Dispose()
    {
        _running.Dispose();
        _pins.Dispose();
        _lab.Dispose();
    }

    private void AskHonestly(Pod pod) => Crowd.Ask(pod, [_resolver.Address], "www,api,cdn", "honest.example", Honest, 200);

    /// <param name="guarded">What a client whose policy denies rebinding gets; null: nothing.</param>
    private IEnumerable<Measurement> Attack(string name, string asked, string detection, string? guarded)
    {
        var figure = $"detect.lab.{name}";
        var (found, right, times) = (0, 0, new List<double>());
        foreach (var (pod, isGuarded) in _pods.Select((pod, number) => (pod, number < Clients / 2)))
        {
            var began = DateTimeOffset.UtcNow;
            var said = Dig.Ask(pod, $"{_resolver.Address}", asked);
            var lied = said.Contains(Attacker.Lie, StringComparison.Ordinal) || said.Contains("192.168.1.1", StringComparison.Ordinal);
            right += lied == (!isGuarded || guarded is not null) ? 1 : 0;
            _running.WaitForEvent($"{detection} for {pod.Name}", seen => Is(seen, pod, detection));
            times.Add(_running.Events(seen => Is(seen, pod, detection)).Min(seen => (seen.ReadAt - began).TotalMilliseconds));
            found++;
            Dig.Ask(pod, $"{_resolver.Address}", Mail);
            AskHonestly(pod);
        }

        yield return Measurement.AtLeast($"{figure}.true_positives", found, "attacks", Clients);
        yield return Measurement.AtLeast($"{figure}.treated_by_policy", right, "answers", Clients);
        yield return Measurement.Of($"{figure}.alert_ms", Measurement.Median(times), "ms");
    }

    private static bool Is(SeenEvent seen, Pod pod, string detection) => seen.Pod?.Uid == pod.Uid && SeenAlert.Of(seen)?.Detection == detection;

    /// <summary>Alerts about anything but the two names.</summary>
    private IEnumerable<Measurement> Count()
    {
        var wrong = _running.Events(seen => seen.Kind == "alert" && _pods.Any(pod => pod.Uid == seen.Pod?.Uid) && seen.Name is not (Bank or Game));
        foreach (var alert in wrong)
        {
            Console.Error.WriteLine($"  wrong: {alert.Line}");
        }

        var status = AgentCounters.Read(_agent, _running.ConfigPath);
        yield return Measurement.Of("detect.lab.content.honest_questions", (2 * Clients * (Honest + 1)) + (Clients * Honest), "questions");
        yield return Measurement.AtMost("detect.lab.content.false_positives", wrong.Count, "alerts", 0);
        yield return Measurement.AtMost("detect.lab.content.held", status["held"], "answers", 0);
    }
}
