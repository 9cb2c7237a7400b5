// The third part of make demo: answers that lie, and what becomes of them.

namespace Eider.Lab;

/// <summary>A pod whose policy judges answers, one whose policy responds to alerts, one without, a resolver far away, and two attackers. Each step says whether it went as it should.</summary>
internal sealed class AnswerDemo : IDisposable
{
    private const string Truth = "192.0.2.200";
    private const string Settling = "id-www.settling.example";
    private const string Bank = "login.bank.example";
    private const string News = "www.news.example";
    private const string Mail = "www.mail.example";
    private const int Port = 40_000; // of a client that does not change it
    private const int Id = Attacker.FirstUnguessedId + 0x123;
    private const int Guesses = 1_000;
    private const int GuessesPerSecond = 4_000;

    private static readonly TimeSpan Far = TimeSpan.FromMilliseconds(150);

    private readonly Lab _lab;
    private readonly string _program;
    private readonly PinSpace _pins = new();
    private readonly Pod _shop;
    private readonly Pod _free;
    private readonly Pod _till;
    private readonly string _policy;
    private readonly FarResolver _resolver;
    private readonly AgentProcess _agent;
    private readonly Attacker[] _onThePath;
    private readonly Attacker _guessing;
    private int _wrong;

    private AnswerDemo(Lab lab, string agent)
    {
        _lab = lab;
        _program = agent;
        _lab.Own(_pins.Holder);
        _shop = lab.AddPod("shop");
        _free = lab.AddPod("free");
        _till = lab.AddPod("till");
        lab.Own(_till.Start("sleep", "infinity"));
        lab.Own(_shop.Start("sleep", "infinity")); // as every pod has its sandbox's process, by which its device is known
        _resolver = FarResolver.Add(lab, Far, ("game.evil.example", "192.168.1.1"), (Bank, Attacker.Lie));
        _onThePath = [Attacker.OnThePathOf(_free, lab.SilentV4), Attacker.OnThePathOf(_shop, lab.SilentV4)];
        _guessing = Attacker.Guessing(lab.AddPod("attacker"), _resolver.Address);
        _policy = lab.PathOf("answers.yaml");
        File.WriteAllText(_policy, $$"""
            apiVersion: eider.dev/v1alpha1
            kind: DnsPolicy
            metadata: {name: shop}
            spec:
              subjects: [{podUid: {{_shop.Uid}} }]
              answers: {forged: drop, rebinding: deny}
            ---
            apiVersion: eider.dev/v1alpha1
            kind: DnsPolicy
            metadata: {name: till}
            spec:
              subjects: [{podUid: {{_till.Uid}} }]
              respond: [{to: [dns.answer.protected], action: denyName, for: 10m}]

            """);
        Story.Show(File.ReadLines(_policy));
        const string Config = $"detect: {{protectedNames: [{{name: {Bank}, addresses: [192.0.2.0/24]}}]}}";
        Story.Show([$"and in the configuration: {Config}"]);
        _agent = AgentProcess.Start(agent, lab.PathOf("answers"), enforcing: new Enforcing(_pins, _policy), config: Config);
        _lab.Own(_agent.Process);
    }

    /// <returns>Steps that went wrong.</returns>
    public static int Run(Lab lab, string agent)
    {
        Story.Title("Now with answers that lie: policies for the pods \"shop\" and \"till\", none for the pod \"free\", and a resolver far away");
        using var demo = new AnswerDemo(lab, agent);
        demo.Rebind();
        demo.Hijack();
        new RespondScene(agent, demo._agent, demo._policy, demo._till, demo._free, $"{demo._resolver.Address}", demo.Expect).Play(Bank);
        demo.ForgeOnThePath();
        demo.List(demo.Guess());
        return demo._wrong;
    }

    public void Dispose()
    {
        _guessing.Dispose();
        Array.ForEach(_onThePath, attacker => attacker.Dispose());
        _agent.Dispose();
        _pins.Dispose();
    }

    private void Rebind()
    {
        Story.Title("DNS rebinding: evil.example answers with an address inside the network");
        Expect($"free: {Dig.Ask(_free, $"{_resolver.Address}", "game.evil.example")}", "192.168.1.1");
        Expect($"shop: {Dig.Ask(_shop, $"{_resolver.Address}", "game.evil.example")}", "NOERROR", "EDE: 15", "ANSWER: 0");
        ShowAlert("dns.answer.rebinding", _shop, "denied");
    }

    private void Hijack()
    {
        Story.Title($"A protected name: somebody has taken over {Bank}, and the resolver believes it");
        Expect($"shop: {Dig.Ask(_shop, $"{_resolver.Address}", Bank)}", Attacker.Lie);
        ShowEvidence(ShowAlert("dns.answer.protected", _shop, "none", "severity critical"));
    }

    private void ForgeOnThePath()
    {
        Story.Title("Forged answers: somebody sees the questions of both pods and answers first, from another address or with another id");
        Array.ForEach(_onThePath, attacker => attacker.AwaitReady());
        foreach (var (lie, detection) in new[] { ("source", "dns.answer.source"), ("id", "dns.answer.wrong_id") })
        {
            if (lie == "id")
            {
                // For 5 s after the policy came into force, an answer that fits no question may belong to one that was asked before.
                _agent.Process.WaitUntil(() => TrustingClient.Ask(_shop, _resolver.Address, Settling).Count == 1, "forged ids to be dropped", AgentProcess.Patience);
            }

            var free = TrustingClient.Ask(_free, _resolver.Address, $"{lie}-{News}");
            Expect($"free: its socket receives {string.Join(", then ", free)}", Attacker.Lie, Truth);
            var shop = TrustingClient.Ask(_shop, _resolver.Address, $"{lie}-{News}");
            Expect($"shop: its socket receives {string.Join(", then ", shop)}", Truth);
            _wrong += shop.Count == 1 ? 0 : 1;
            ShowEvidence(ShowAlert(detection, _shop, "dropped"));
        }
    }

    private SeenAlert Guess()
    {
        Story.Title($"Guessing: somebody who sees nothing sends {Guesses:n0} forged answers with other ids, and {Guesses:n0} to other ports");
        var before = AgentCounters.Read(_program, _agent.ConfigPath);
        using var client = TrustingClient.StartAsking(_shop, _resolver.Address, Mail, Port, Id);
        var ids = _guessing.TryIds(_shop.V4, Port, Mail, GuessesPerSecond, Guesses);
        var ports = _guessing.TryPorts(_shop.V4, Id, Mail, GuessesPerSecond, Guesses);
        var received = client.Stop();
        var forged = received.Count(answer => answer.StartsWith(Attacker.Lie, StringComparison.Ordinal));
        var after = AgentCounters.Read(_program, _agent.ConfigPath);
        Expect($"shop: of {ids.Packets + ports.Packets:n0} forged answers its socket receives {forged}, of its own {received.Count - forged}: {received.Distinct().First()}", "receives 0,", Truth);
        Console.WriteLine($"    the kernel dropped {after.Forged - before.Forged:n0} at the socket, and saw {after.Undelivered - before.Undelivered:n0} at ports where nobody listens");
        return ShowAlert("dns.answer.guessing", _shop, "dropped");
    }

    private void List(SeenAlert guessing)
    {
        Story.Title("eider alerts");
        // As wide as a terminal that shows all columns.
        Console.Write(Command.Run(_program, ["alerts", "-o", "table", "--config", _agent.ConfigPath]).MustSucceed("eider alerts").Output);
        Story.Title($"eider alerts explain {guessing.AlertId}");
        Console.Write(Command.Run(_program, ["alerts", "explain", guessing.AlertId, "--config", _agent.ConfigPath]).MustSucceed("eider alerts explain").Output);
    }

    /// <summary>The first alert of a kind for a pod.</summary>
    private SeenAlert ShowAlert(string detection, Pod pod, string action, string wanted = "")
    {
        var alert = SeenAlert.Of(_agent.WaitForEvent($"the alert {detection}", seen => seen.Pod?.Uid == pod.Uid && SeenAlert.Of(seen) is { } found
            && found.Detection == detection && !seen.IsFor(Settling)))!;
        Expect($"alert {alert.AlertId}, severity {alert.Severity}, {alert.Detection}, action {alert.Action}: {alert.Summary}", $"action {action}", wanted);
        return alert;
    }

    private static void ShowEvidence(SeenAlert alert) => Story.Show(alert.Evidence.Select(fact => $"    {fact.Key.Replace('_', ' ')}: {fact.Value}"));

    private void Expect(string said, params string[] wanted) => _wrong += Story.Expect(said, wanted) ? 0 : 1;
}
