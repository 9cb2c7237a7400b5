// A lab whose resolver answers protected names with addresses they must not have, and an agent whose policies respond to that.

using Eider.Kernel.Tests.EndToEnd;
using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.Enforcement;

[CollectionDefinition(Name)]
public sealed class RespondingLabCollection : ICollectionFixture<RespondingLab>
{
    public const string Name = "a lab where policies respond to alerts";
}

/// <summary>Shared by the tests that neither change policies nor stop the agent. Each test has names of its own.</summary>
public sealed class RespondingLab : IDisposable
{
    /// <summary>Everything below is protected, and hijacked by every resolver of the lab.</summary>
    public const string Bank = $"bank.{LabZone.Clients}";

    public const string Config = $$"""
        detect:
          protectedNames:
            - {name: "*.{{Bank}}", addresses: [192.0.2.0/24]}
        """;

    private Lab.Lab? _lab;
    private PinSpace? _pins;
    private AgentProcess? _agent;

    public Lab.Lab Lab => Ready()._lab!;

    public AgentProcess Agent => Ready()._agent!;

    /// <summary>Of a policy that denies what is hijacked.</summary>
    /// <param name="time">As of <c>for</c>.</param>
    public static string Deny(string time, string more = "") => $"respond: [{{to: [dns.answer.protected], action: denyName, for: {time}{more}}}]";

    public string PolicyPath { get; private set; } = "";

    public Pod Pod(string name) => (Pod)Lab.Workload(name);

    /// <summary>Asks for a protected name once, which is answered, and returns the response to that.</summary>
    public static SeenEvent Hijack(AgentProcess agent, Lab.Lab lab, Pod pod, string name, string step = "started")
    {
        var answer = Asked.By(pod, "connected", lab.ResolverV4, name).Answer;
        Assert.False(answer.IsDenial, "the answer that gives rise to the alert");
        return agent.WaitForEvent($"{step} for {name}", seen => seen.Kind == "action" && seen.Step == step && seen.Line.Contains(pod.Uid, StringComparison.Ordinal)
            && (seen.Name is null || seen.IsFor(name)));
    }

    public SeenEvent Hijack(Pod pod, string name, string step = "started") => Hijack(Agent, Lab, pod, name, step);

    public void Dispose()
    {
        _agent?.Dispose();
        _pins?.Dispose();
        _lab?.Dispose();
    }

    private RespondingLab Ready()
    {
        if (_agent is null)
        {
            Host.RequireRoot();
            _lab ??= Eider.Lab.Lab.Create();
            _pins ??= new PinSpace();
            var path = PolicyPath = _lab.PathOf("policies.yaml");
            var safe = _lab.AddResolver("safe");
            string[] policies =
            [
                LabPolicies.For(AddRunning("victim"), Deny("1h")),
                LabPolicies.For(_lab.AddPod("neighbour"), Deny("1h")),
                LabPolicies.For(_lab.AddPod("told"), Deny("1h")),
                LabPolicies.For(_lab.AddPod("explained"), Deny("1h")),
                LabPolicies.For(_lab.AddPod("brief"), Deny("2s")),
                LabPolicies.For(_lab.AddPod("dry"), Deny("1h", ", mode: dryRun")),
                LabPolicies.For(_lab.AddPod("audited"), $"mode: audit\n  {Deny("1h")}"),
                LabPolicies.For(_lab.AddPod("allowed"), $"rules: [{{action: allow, names: [\"*.{Bank}\"]}}]\n  {Deny("1h")}"),
                LabPolicies.For(AddRunning("moved"), $"respond: [{{to: [dns.answer.protected], action: quarantine, resolver: {{v4: {safe.V4}, v6: \"{safe.V6}\"}}, for: 1h}}]"),
                LabPolicies.For(_lab.AddPod("pinned"), $"resolvers: [{_lab.ResolverV4}]\n  respond: [{{to: [dns.answer.protected], action: quarantine, resolver: {safe.V4}, for: 1h}}]"),
            ];
            File.WriteAllText(path, string.Join("---\n", policies));
            _agent = AgentProcess.Start(Host.Agent, _lab.PathOf("agent"), enforcing: new Enforcing(_pins, path), config: Config);
        }

        return this;
    }

    /// <summary>A pod with a process in it, by which its device is known.</summary>
    private Pod AddRunning(string name)
    {
        var pod = _lab!.AddPod(name);
        _lab.Own(pod.Start("sleep", "infinity"));
        return pod;
    }
}
