// A resolver that asks from one port, and somebody who sees nothing and guesses ids: Kaminsky's attack of 2008, at both sides of the resolver.

using Eider.Lab;

namespace Eider.Bench;

internal sealed class LabPoisoning : IDisposable
{
    private const string Zone = "bank.example";
    private const int Rate = 30_000; // packets a second

    /// <summary>For each of the resolver's questions: a sixth of all ids at that rate.</summary>
    private static readonly TimeSpan Far = TimeSpan.FromMilliseconds(350);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly string _agent;
    private readonly Eider.Lab.Lab _lab = Eider.Lab.Lab.Create();
    private readonly PinSpace _pins = new();
    private readonly FarResolver _guarded;
    private readonly FarResolver _free;
    private readonly Pod _client;
    private readonly LabProcess _running;

    private LabPoisoning(string agent)
    {
        _agent = agent;
        _guarded = FarResolver.AddCareless(_lab, "guarded", Far);
        _free = FarResolver.AddCareless(_lab, "free", Far);
        _client = _lab.AddPod("client");
        _running = QuietAgent.Start(agent, _lab.PathOf("agent"), new Enforcing(_pins, GuardPolicy.Write(_lab, _guarded.Pod)),
            $"detect: {{protectedNames: [{{name: \"*.{Zone}\", addresses: [192.0.2.0/24]}}]}}");
    }

    private string Config => QuietAgent.ConfigIn(_lab.PathOf("agent"));

    public static IEnumerable<Measurement> Measure(string agent)
    {
        using var poisoning = new LabPoisoning(agent);
        return [.. poisoning.Attack(poisoning._free, "unguarded"), .. poisoning.Attack(poisoning._guarded, "guarded")];
    }

    public void Dispose()
    {
        _running.Dispose();
        _pins.Dispose();
        _lab.Dispose();
    }

    private IEnumerable<Measurement> Attack(FarResolver resolver, string name)
    {
        var figure = $"detect.lab.poisoning.{name}";
        var domain = $"{name}.{Zone}";
        var before = AgentCounters.Read(_agent, Config);
        using var attacker = Attacker.Guessing(_lab.AddPod($"{name}-attacker"), resolver.Behind.V4);
        var done = attacker.Poison(resolver.Address, FarResolver.OnlyPort, domain, Rate, Limit);
        // What its clients get now: from its cache, and whether it still answers.
        var poisoned = done.Name is null ? "" : Dig.Ask(_client, $"{resolver.Address}", done.Name);
        var answer = Dig.Ask(_client, $"{resolver.Address}", $"www.{domain}");
        var after = AgentCounters.Read(_agent, Config);

        yield return Measurement.Of($"{figure}.sent", done.Packets, "packets");
        yield return Measurement.Of($"{figure}.per_s", done.Packets / Math.Max(1e-6, (done.Last - done.First).TotalSeconds), "1/s");
        yield return Measurement.Of($"{figure}.questions", done.Rounds, "questions");
        yield return Measurement.Of($"{figure}.dropped", after.Forged - before.Forged, "packets");
        yield return Measurement.Of($"{figure}.to_closed_ports", after.Undelivered - before.Undelivered, "packets");
        yield return Measurement.Of($"{figure}.asked_again_over_tcp", after["answers_replaced"] - before["answers_replaced"], "answers");
        yield return resolver == _guarded ? Measurement.AtMost($"{figure}.poisoned", done.Name is null ? 0 : 1, "names", 0) : Measurement.Of($"{figure}.poisoned", done.Name is null ? 0 : 1, "names");
        yield return Measurement.Of($"{figure}.client_believed", poisoned.Contains(Attacker.Lie, StringComparison.Ordinal) ? 1 : 0, "answers");
        yield return Measurement.AtLeast($"{figure}.still_answers", answer.Contains("192.0.2.200", StringComparison.Ordinal) ? 1 : 0, "answers", 1);
        foreach (var (what, pod, detection, since) in new[]
        {
            ("guessing", resolver.Pod, "dns.answer.guessing", done.First),
            ("resolver_protected", resolver.Pod, "dns.answer.protected", done.Last),
            ("client_protected", _client, "dns.answer.protected", done.Last),
        })
        {
            if (done.Name is null && what != "guessing")
            {
                continue;
            }

            var alerts = LabAlerts.Await(_agent, Config, pod, alert => alert.Detection == detection && alert.Seen.Name?.EndsWith($".{domain}", StringComparison.OrdinalIgnoreCase) == true);
            yield return Measurement.AtLeast($"{figure}.{what}_alerts", alerts.Count, "alerts", 1);
            if (alerts.Count > 0)
            {
                yield return Measurement.Of($"{figure}.{what}_ms", alerts.Min(alert => (alert.Seen.Time - since).TotalMilliseconds), "ms");
            }
        }

        yield return Measurement.Of($"{figure}.records_lost", after["ring_full"] - before["ring_full"], "records");
    }
}
