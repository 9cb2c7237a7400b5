// The second part of make demo: policies, and what becomes of them when the agent is killed.

namespace Eider.Lab;

/// <summary>Three pods, each with a policy. Each step says whether it went as it should.</summary>
internal sealed class PolicyDemo : IDisposable
{
    private const int Burst = 4;
    private const string Listed = $"tracker.{LabZone.Clients}";

    private readonly Lab _lab;
    private readonly string _program;
    private readonly PinSpace _pins = new();
    private readonly Pod _guarded;
    private readonly Pod _redirected;
    private readonly Pod _limited;
    private AgentProcess _agent;
    private int _wrong;

    private PolicyDemo(Lab lab, string agent)
    {
        _lab = lab;
        _program = agent;
        _lab.Own(_pins.Holder);
        _guarded = lab.AddPod("guarded");
        _redirected = lab.AddPod("redirected");
        _limited = lab.AddPod("limited");
        WritePolicies();
        Story.Show(File.ReadLines(PolicyFile));
        _agent = Start();
    }

    private string PolicyFile => _lab.PathOf("policies.yaml");

    /// <returns>Steps that went wrong.</returns>
    public static int Run(Lab lab, string agent)
    {
        Story.Title("Now with policies: a domain list for one pod, another resolver for a second, a rate for a third");
        using var demo = new PolicyDemo(lab, agent);
        demo.DenyListed();
        demo.KillAgent();
        demo.Redirect();
        demo.Limit();
        return demo._wrong;
    }

    public void Dispose()
    {
        _agent.Dispose();
        _pins.Dispose();
    }

    private void DenyListed()
    {
        Story.Title($"The guarded pod asks for {Listed}, which is on its list, and for a name that is not");
        Expect(Dig.Ask(_guarded, _lab.ResolverV4.ToString(), Listed), "NXDOMAIN", "EDE: 15");
        Expect(Dig.Ask(_guarded, _lab.ResolverV4.ToString(), $"news.{LabZone.Clients}"), "NOERROR");
        var seen = _agent.WaitForExchange(Listed);
        Console.WriteLine($"    the agent says: {seen.Verdict?.Action} by policy {seen.Verdict?.Policy}, list {seen.Verdict?.List}, answered in {seen.LatencyUs:0} µs");
    }

    private void KillAgent()
    {
        Story.Title("The agent is killed (SIGKILL), and the pod asks again: the kernel goes on answering");
        _agent.Process.Kill();
        _agent.Dispose();
        Expect(Dig.Ask(_guarded, _lab.ResolverV4.ToString(), Listed), "NXDOMAIN", "EDE: 15");
        Expect(Dig.Ask(_guarded, _lab.ResolverV4.ToString(), Listed, "+tcp"), "connection reset");
        Story.Title("A new agent takes over what is in force");
        _agent = Start();
        Expect(Dig.Ask(_guarded, _lab.ResolverV4.ToString(), Listed), "NXDOMAIN", "EDE: 15");
    }

    private void Redirect()
    {
        Story.Title($"The redirected pod asks {_lab.SilentV4}, where nobody is, and gets an answer from there");
        Expect(Dig.Ask(_redirected, _lab.SilentV4.ToString(), $"moved.{LabZone.Clients}"), "NOERROR", $"SERVER: {_lab.SilentV4}");
        Expect(Dig.Ask(_redirected, _lab.SilentV6.ToString(), $"moved6.{LabZone.Clients}"), "NOERROR", $"SERVER: {_lab.SilentV6}");
        Console.WriteLine($"    the agent says: it was {_agent.WaitForExchange($"moved.{LabZone.Clients}").Server?.Ip} who answered");
    }

    private void Limit()
    {
        Story.Title($"The limited pod has {Burst} queries at once, and asks {Burst + 2}");
        for (var number = 1; number <= Burst + 2; number++)
        {
            Expect(Dig.Ask(_limited, _lab.ResolverV4.ToString(), $"often{number}.{LabZone.Clients}"), number <= Burst ? "NOERROR" : "REFUSED");
        }
    }

    private void Expect(string said, params string[] wanted) => _wrong += Story.Expect(said, wanted) ? 0 : 1;

    private AgentProcess Start()
    {
        var agent = AgentProcess.Start(_program, _lab.PathOf("enforcing"), enforcing: new Enforcing(_pins, PolicyFile));
        _lab.Own(agent.Process);
        Story.Show(agent.Process.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return agent;
    }

    private void WritePolicies()
    {
        File.WriteAllText(_lab.PathOf("trackers.txt"), $"# a hosts file, as block lists come\n0.0.0.0 {Listed}\n0.0.0.0 ads.example\n");
        File.WriteAllText(PolicyFile, $$"""
            apiVersion: eider.dev/v1alpha1
            kind: DnsPolicy
            metadata: {name: guarded}
            spec:
              subjects: [{podUid: {{_guarded.Uid}} }]
              rules: [{action: deny, lists: [trackers]}]
            ---
            apiVersion: eider.dev/v1alpha1
            kind: DomainList
            metadata: {name: trackers}
            spec: {source: {file: trackers.txt} }
            ---
            apiVersion: eider.dev/v1alpha1
            kind: DnsPolicy
            metadata: {name: redirected}
            spec:
              subjects: [{podUid: {{_redirected.Uid}} }]
              redirect: {v4: {{_lab.ResolverV4}}, v6: "{{_lab.ResolverV6}}" }
            ---
            apiVersion: eider.dev/v1alpha1
            kind: DnsPolicy
            metadata: {name: limited}
            spec:
              subjects: [{podUid: {{_limited.Uid}} }]
              rateLimit: {queriesPerSecond: 0.1, burst: {{Burst}}}

            """);
    }
}
