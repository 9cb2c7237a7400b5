// Real attacks in the lab: packets forged in another namespace against real clients of a real unbound, with a policy that drops what is forged.

using Eider.Lab;

namespace Eider.Bench;

internal sealed class LabAttacks : IDisposable
{
    private const int Watched = 20;

    // An attacker has this long for each question.
    private static readonly TimeSpan Far = TimeSpan.FromMilliseconds(150);

    private static readonly (string Name, int Rate, int Packets)[] Sweeps = [("ids_1", 1, 12), ("ids_1000", 1_000, 5_000), ("ids_20000", 20_000, 40_000), ("ids_50000", 50_000, 100_000)];

    private readonly string _agent;
    private readonly Eider.Lab.Lab _lab = Eider.Lab.Lab.Create();
    private readonly PinSpace _pins = new();
    private readonly FarResolver _resolver;
    private readonly Pod _guarded;
    private readonly Pod _free;
    private readonly AgentProcess _running;
    private readonly Attacker _guessing;

    private LabAttacks(string agent)
    {
        _agent = agent;
        _resolver = FarResolver.Add(_lab, Far);
        _guarded = _lab.AddPod("guarded");
        _free = _lab.AddPod("free");
        _guessing = Attacker.Guessing(_lab.AddPod("attacker"), _resolver.Address, _resolver.AddressV6);
        _running = AgentProcess.Start(agent, _lab.PathOf("agent"), enforcing: new Enforcing(_pins, GuardPolicy.Write(_lab, _guarded)));
    }

    public static IEnumerable<Measurement> Measure(string agent)
    {
        using var attacks = new LabAttacks(agent);
        List<Measurement> figures = [.. attacks.OnThePath(attacks._free, "source_unguarded", "source"), .. attacks.OnThePath(attacks._guarded, "source", "source")];
        attacks.AwaitAllQuestionsKnown();
        figures.AddRange(attacks.OnThePath(attacks._guarded, "id", "id"));
        // Nothing is wrong with it: where the packets alone decide, nobody can tell.
        figures.AddRange(attacks.OnThePath(attacks._guarded, "fits", "fits"));
        figures.AddRange(attacks.Guess(attacks._free, "ids_1000_unguarded", 1_000, 5_000, ports: false));
        foreach (var (name, rate, packets) in Sweeps)
        {
            figures.AddRange(attacks.Guess(attacks._guarded, name, rate, packets, ports: false));
        }

        figures.AddRange(attacks.Guess(attacks._guarded, "ports_1000", 1_000, 5_000, ports: true));
        figures.AddRange(attacks.Guess(attacks._guarded, "ids_v6_1000", 1_000, 5_000, ports: false, v6: true));
        figures.AddRange(attacks.Guess(attacks._guarded, "ports_v6_1000", 1_000, 5_000, ports: true, v6: true));
        return figures;
    }

    public void Dispose()
    {
        _guessing.Dispose();
        _running.Dispose();
        _pins.Dispose();
        _lab.Dispose();
    }

    /// <summary>For 5 s after the policy came into force, an answer that fits no question may belong to one that was asked before.</summary>
    private void AwaitAllQuestionsKnown()
    {
        using var attacker = Attacker.OnThePathOf(_guarded, _lab.SilentV4);
        attacker.AwaitReady();
        _running.Process.WaitUntil(() => TrustingClient.Ask(_guarded, _resolver.Address, "id-www.settling.example").Count == 1, "forged ids to be dropped", AgentProcess.Patience);
    }

    /// <summary>Somebody sees each question and answers first; the client's socket takes what the kernel gives it.</summary>
    private IEnumerable<Measurement> OnThePath(Pod victim, string name, string lie)
    {
        using var attacker = Attacker.OnThePathOf(victim, _lab.SilentV4);
        attacker.AwaitReady();
        var domain = $"{name.Replace('_', '-')}.example";
        var before = AgentCounters.Read(_agent, _running.ConfigPath);
        var received = Enumerable.Range(0, Watched).SelectMany(number => TrustingClient.Ask(victim, _resolver.Address, $"{lie}-{number}.{domain}")).ToList();
        var forged = received.Count(answer => answer.StartsWith(Attacker.Lie, StringComparison.Ordinal));
        return Report(name, victim, domain, before, attacker.Sent.Count, attacker.Sent[0].Time, forged, received.Count - forged);
    }

    /// <summary>Somebody who sees nothing tries ids or ports, while dig asks again and again.</summary>
    private IEnumerable<Measurement> Guess(Pod victim, string name, int rate, int packets, bool ports, bool v6 = false)
    {
        var domain = $"{name.Replace('_', '-')}.example";
        var before = AgentCounters.Read(_agent, _running.ConfigPath);
        var address = v6 ? victim.V6 : victim.V4;
        using var digging = DigLoop.Start(_lab, victim, v6 ? _resolver.AddressV6 : _resolver.Address, $"www.{domain}");
        var swept = ports
            ? _guessing.TryPorts(address, Attacker.FirstUnguessedId, $"www.{domain}", rate, packets)
            : _guessing.TryIds(address, DigLoop.Port, $"www.{domain}", rate, packets);
        var dug = digging.Stop();
        return [Measurement.Of($"detect.lab.{name}.per_s", swept.PerSecond, "1/s"), .. Report(name, victim, domain, before, swept.Packets, swept.First, dug.Forged, dug.True)];
    }

    private IEnumerable<Measurement> Report(string name, Pod victim, string domain, AgentCounters before, int sent, DateTimeOffset first, int delivered, int answered)
    {
        IReadOnlyList<SeenEvent> Alerts(string detection = "") => _running.Events(seen => seen.Pod?.Uid == victim.Uid && seen.Name?.EndsWith(domain, StringComparison.OrdinalIgnoreCase) == true
            && SeenAlert.Of(seen) is { } alert && alert.Detection.StartsWith(detection, StringComparison.Ordinal));
        var after = AgentCounters.Read(_agent, _running.ConfigPath);
        var alerts = Alerts();
        var guarded = victim == _guarded && name != "fits";
        yield return Measurement.Of($"detect.lab.{name}.sent", sent, "packets");
        yield return Measurement.Of($"detect.lab.{name}.dropped", after.Forged - before.Forged, "packets");
        yield return Measurement.Of($"detect.lab.{name}.to_closed_ports", after.Undelivered - before.Undelivered, "packets");
        yield return guarded ? Measurement.AtMost($"detect.lab.{name}.delivered", delivered, "packets", 0) : Measurement.Of($"detect.lab.{name}.delivered", delivered, "packets");
        yield return Measurement.Of($"detect.lab.{name}.true_answers", answered, "answers");
        yield return Measurement.AtLeast($"detect.lab.{name}.alerts", alerts.Count, "alerts", 1);
        if (alerts is [var earliest, ..])
        {
            yield return Measurement.Of($"detect.lab.{name}.first_alert_ms", (earliest.ReadAt - first).TotalMilliseconds, "ms");
        }

        if (Alerts("dns.answer.guessing") is [var guessing, ..])
        {
            yield return Measurement.Of($"detect.lab.{name}.guessing_ms", (guessing.ReadAt - first).TotalMilliseconds, "ms");
        }
    }
}
