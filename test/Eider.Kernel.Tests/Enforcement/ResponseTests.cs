// What policies do about alerts: names denied to the workload that was alerted, and workloads in quarantine.

using System.Net;
using Eider.Kernel.Tests.EndToEnd;
using Eider.Lab;
using Xunit;
using static Eider.Kernel.Tests.Enforcement.RespondingLab;

namespace Eider.Kernel.Tests.Enforcement;

[Collection(RespondingLabCollection.Name)]
public sealed class ResponseTests(RespondingLab responding)
{
    [Theory]
    [InlineData("connected", false)]
    [InlineData("connected", true)]
    [InlineData("unconnected", false)]
    [InlineData("stream", false)]
    [InlineData("stream", true)]
    [InlineData("raw_socket", false)]
    [InlineData("frame", false)]
    [InlineData("frame", true)]
    public void Hijacked_name_is_denied_however_it_is_asked_for(string way, bool v6)
    {
        var victim = responding.Pod("victim");
        var name = $"{way.Replace('_', '-')}-{v6}.{Bank}".ToLowerInvariant();
        responding.Hijack(victim, name);

        Asked.By(victim, way, v6 ? responding.Lab.ResolverV6 : responding.Lab.ResolverV4, name).AssertDenied();
    }

    [Fact]
    public void Denial_says_why_and_the_alert_what_was_done()
    {
        // The first of its domain, which is told at once.
        var pod = responding.Pod("told");
        var name = $"told.{Bank}";
        var started = responding.Hijack(pod, name);

        var answer = Asked.By(pod, "connected", responding.Lab.ResolverV4, name.ToUpperInvariant(), "edns=1").Answer;

        Assert.Equal((3, 15), (answer.Rcode, answer.ExtendedErrorCode));
        var verdict = responding.Agent.WaitForEvent("the denial", seen => seen.Kind == "transaction" && seen.IsFor(name) && seen.Verdict?.Action == "deny").Verdict!;
        Assert.Equal(("response", "told", "respond"), (verdict.Reason, verdict.Policy, verdict.Rule));
        var alert = SeenAlert.Of(responding.Agent.WaitForEvent("the alert", seen => seen.Kind == "alert" && seen.IsFor(name)))!;
        Assert.Equal(("dns.answer.protected", "name_denied"), (alert.Detection, alert.Action));
        Assert.Equal($"the name is denied to the workload by told respond[0], as {started.ActionId}", alert.Evidence["response"]);
        Assert.Contains($"\"alert_id\":\"{alert.AlertId}\"", started.Line, StringComparison.Ordinal);
    }

    [Fact]
    public void Others_and_other_names_are_left_alone()
    {
        var victim = responding.Pod("victim");
        var name = $"mine.{Bank}";
        responding.Hijack(victim, name);

        Asked.By(victim, "connected", responding.Lab.ResolverV4, name).AssertDenied();
        Assert.False(Asked.By(victim, "connected", responding.Lab.ResolverV4, $"below.{name}").Answer.IsDenial);
        Assert.False(Asked.By(victim, "connected", responding.Lab.ResolverV4, $"mine-too.{LabZone.Clients}").Answer.IsDenial);
        Assert.False(Asked.By(responding.Pod("neighbour"), "connected", responding.Lab.ResolverV4, name).Answer.IsDenial);
    }

    [Fact]
    public void Response_ends_by_itself_and_is_told()
    {
        var brief = responding.Pod("brief");
        var name = $"brief.{Bank}";
        var started = responding.Hijack(brief, name);

        responding.Agent.WaitForEvent("its end", seen => seen.ActionId == started.ActionId && seen.Step == "ended");

        Assert.False(Asked.By(brief, "connected", responding.Lab.ResolverV4, name).Answer.IsDenial);
    }

    [Theory]
    [InlineData("dry")]
    [InlineData("audited")]
    public void Dry_run_tells_and_denies_nothing(string who)
    {
        var name = $"{who}.{Bank}";
        var told = responding.Hijack(responding.Pod(who), name, "dry_run");

        Assert.False(Asked.By(responding.Pod(who), "connected", responding.Lab.ResolverV4, name).Answer.IsDenial);
        Assert.Contains("dry run: " + name + " denied", Line(told), StringComparison.Ordinal);
        var alert = SeenAlert.Of(responding.Agent.WaitForEvent("the alert", seen => seen.Kind == "alert" && seen.IsFor(name)))!;
        Assert.Equal("none", alert.Action);
        Assert.StartsWith("none: ", alert.Evidence["response"], StringComparison.Ordinal);
    }

    [Fact]
    public void Name_that_a_rule_allows_is_not_denied_and_that_is_told()
    {
        var name = $"allowed.{Bank}";
        var refused = responding.Hijack(responding.Pod("allowed"), name, "refused");

        Assert.Equal("a rule allows the name", refused.Reason);
        Assert.False(Asked.By(responding.Pod("allowed"), "connected", responding.Lab.ResolverV4, name).Answer.IsDenial);
    }

    [Fact]
    public void Lifted_response_denies_no_longer()
    {
        var victim = responding.Pod("victim");
        var name = $"lifted.{Bank}";
        var started = responding.Hijack(victim, name);
        Assert.Contains($"{name} denied", Line(started), StringComparison.Ordinal);

        var said = Eider("respond", "lift", started.ActionId!).MustSucceed("eider respond lift").Output;

        Assert.Contains($"response {started.ActionId} lifted", said, StringComparison.Ordinal);
        Assert.False(Asked.By(victim, "connected", responding.Lab.ResolverV4, name).Answer.IsDenial);
        Assert.Equal("by hand", responding.Agent.WaitForEvent("its end", seen => seen.ActionId == started.ActionId && seen.Step == "lifted").Reason);
        var again = Eider("respond", "lift", started.ActionId!);
        Assert.NotEqual(0, again.ExitCode);
        Assert.Contains($"no response \"{started.ActionId}\" is in force", again.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connected", false)]
    [InlineData("connected", true)]
    [InlineData("unconnected", false)]
    [InlineData("mapped", false)]
    [InlineData("stream", false)]
    [InlineData("stream", true)]
    public void Workload_in_quarantine_asks_its_resolver_whomever_it_asks(string way, bool v6)
    {
        var moved = Quarantined("moved");
        var name = $"{way}-{v6}.{LabZone.Clients}".ToLowerInvariant();
        var asked = v6 ? responding.Lab.SilentV6 : responding.Lab.SilentV4;

        var answer = Asked.By(moved, way, asked, name).Answer;

        Assert.Equal($"{responding.Lab.WebPod.V4}", Assert.Single(answer.Data));
        Assert.Equal(way == "mapped" ? $"::ffff:{asked}" : $"{asked}", answer.From);
        var safe = responding.Pod("safe");
        Assert.Equal(v6 ? $"{safe.V6}" : $"{safe.V4}", responding.Agent.WaitForExchange(name).Server!.Ip);
    }

    [Theory]
    [InlineData("dig", "+notcp")]
    [InlineData("dig", "+tcp")]
    [InlineData("getent", null)]
    public void Clients_do_not_notice_the_quarantine(string program, string? option)
    {
        var moved = Quarantined("moved");
        var name = $"{program}{option?.Length}.{LabZone.Clients}";
        moved.UseResolver(responding.Lab.SilentV4);

        var said = program == "dig" ? moved.Run("dig", $"@{responding.Lab.SilentV4}", name, "A", option!, "+tries=1") : moved.Run("getent", "ahostsv4", name);

        Assert.Contains($"{responding.Lab.WebPod.V4}", said.MustSucceed(program).Output, StringComparison.Ordinal);
        if (program == "dig")
        {
            Assert.Contains($"SERVER: {responding.Lab.SilentV4}#53", said.Output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Frames_of_a_quarantined_pod_reach_no_other_server(bool v6)
    {
        var moved = Quarantined("moved");
        var server = v6 ? responding.Lab.ResolverV6 : responding.Lab.ResolverV4;
        moved.Run("busybox", v6 ? "ping6" : "ping", "-c", "1", $"{server}").MustSucceed("ping, for the link address");

        Asked.By(moved, "frame", server, $"frame-{v6}.{LabZone.Clients}").AssertDenied();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Frame_of_a_quarantined_pod_to_its_resolver_is_let_through(bool v6)
    {
        var (moved, safe) = (Quarantined("moved"), responding.Pod("safe"));
        var server = v6 ? safe.V6 : safe.V4;
        moved.Run("busybox", v6 ? "ping6" : "ping", "-c", "1", $"{server}").MustSucceed("ping, for the link address");

        Assert.Contains(Asked.By(moved, "frame", server, $"frame-home-{v6}.{LabZone.Clients}").Answers, answer => !answer.IsDenial);
    }

    [Fact]
    public void Explain_says_which_response_is_in_force_and_what_would_be_done()
    {
        var pod = responding.Pod("explained");
        var name = $"explained.{Bank}";
        string Explain(string asked) => Eider("policy", "explain", "--policy", responding.PolicyPath, "--subject", $"podUid={pod.Uid}", "--name", asked).MustSucceed("eider policy explain").Output;
        Assert.Contains(": allowed\n", Explain(name), StringComparison.Ordinal);
        var started = responding.Hijack(pod, name);

        var said = Explain(name);

        Assert.Contains($"{name} A for podUid={pod.Uid}: denied\n  by policy explained, respond (", said, StringComparison.Ordinal);
        Assert.Contains("  answered: NXDOMAIN, extended error 15\n", said, StringComparison.Ordinal);
        Assert.Contains($" as response {started.ActionId} by explained respond[0], because of alert ", said, StringComparison.Ordinal);
        Assert.Contains("  after dns.answer.protected (high or worse, confidence 75 or more) the name is denied for 1h by policy explained, respond[0]\n", said, StringComparison.Ordinal);
        Assert.Contains(": allowed\n", Explain($"other.{Bank}"), StringComparison.Ordinal);
        Eider("respond", "lift", started.ActionId!).MustSucceed("eider respond lift");
        Assert.Contains(": allowed\n", Explain(name), StringComparison.Ordinal);
    }

    [Fact]
    public void Quarantine_goes_before_the_resolvers_of_the_policy()
    {
        var pinned = Quarantined("pinned");

        var led = Asked.By(pinned, "connected", responding.Lab.ResolverV4, $"led.{LabZone.Clients}").Answer;
        var other = Asked.By(pinned, "connected", responding.Lab.ResolverV6, $"other.{LabZone.Clients}", "fence=none", "edns=1").Answer;

        Assert.Equal($"{responding.Lab.WebPod.V4}", Assert.Single(led.Data));
        Assert.Equal($"{responding.Pod("safe").V4}", responding.Agent.WaitForExchange($"led.{LabZone.Clients}").Server!.Ip);
        Assert.Equal((5, 18), (other.Rcode, other.ExtendedErrorCode)); // nowhere to lead it: the quarantine is for IPv4
        Assert.Equal("quarantine", responding.Agent.WaitForExchange($"other.{LabZone.Clients}").Verdict?.Reason);
    }

    /// <summary>In quarantine since this test or another.</summary>
    private Pod Quarantined(string who)
    {
        var pod = responding.Pod(who);
        if (responding.Agent.Events(seen => IsStart(seen, pod)).Count == 0)
        {
            responding.Hijack(pod, $"{who}.{Bank}");
        }

        return pod;
    }

    private static bool IsStart(SeenEvent seen, Pod pod) => seen is { Kind: "action", Step: "started" } && seen.Line.Contains(pod.Uid, StringComparison.Ordinal);

    /// <summary>Of `eider respond`.</summary>
    private string Line(SeenEvent response) =>
        Assert.Single(Eider("respond").MustSucceed("eider respond").Output.Split('\n'), line => line.StartsWith(response.ActionId!, StringComparison.Ordinal));

    private Finished Eider(params string[] arguments) => Command.Run(Host.Agent, [.. arguments, "--socket", responding.Agent.SocketPath]);
}

/// <summary>The agent dies, comes back and is given other policies while responses are in force.</summary>
public sealed class ResponseLifecycleTests : IDisposable
{
    private readonly Lab.Lab _lab;
    private readonly PinSpace _pins = new();
    private readonly Pod _pod;
    private readonly string _policy;

    public ResponseLifecycleTests()
    {
        Host.RequireRoot();
        _lab = Eider.Lab.Lab.Create();
        _pod = _lab.AddPod("pod");
        _policy = _lab.PathOf("policy.yaml");
        File.WriteAllText(_policy, LabPolicies.For(_pod, Deny("1h")));
    }

    public void Dispose()
    {
        _pins.Dispose();
        _lab.Dispose();
    }

    [Fact]
    public void Response_outlives_the_agent_and_the_next_one_takes_it_over()
    {
        var name = $"kept.{Bank}";
        string id;
        using (var first = Start())
        {
            id = Hijack(first, _lab, _pod, name).ActionId!;
            first.Process.Kill();
        }

        Asked.By(_pod, "connected", _lab.ResolverV4, name).AssertDenied();
        Asked.By(_pod, "stream", _lab.ResolverV6, name).AssertDenied();
        using var second = Start();
        Asked.By(_pod, "connected", _lab.ResolverV4, name).AssertDenied();
        var listed = Command.Run(Host.Agent, ["respond", "--socket", second.SocketPath]).MustSucceed("eider respond").Output;

        Assert.Contains(id, listed, StringComparison.Ordinal);
        Assert.Contains($"{name} denied", listed, StringComparison.Ordinal);
        Command.Run(Host.Agent, ["respond", "lift", id, "--socket", second.SocketPath]).MustSucceed("eider respond lift");
        Assert.False(Asked.By(_pod, "connected", _lab.ResolverV4, name).Answer.IsDenial);
        Assert.Contains("\"detection\":\"dns.answer.protected\"", second.WaitForEvent("its end", seen => seen.ActionId == id && seen.Step == "lifted").Line, StringComparison.Ordinal);
    }

    [Fact]
    public void Response_ends_when_its_time_is_over_though_no_agent_runs()
    {
        File.WriteAllText(_policy, LabPolicies.For(_pod, Deny("3s")));
        var name = $"over.{Bank}";
        using (var agent = Start())
        {
            Hijack(agent, _lab, _pod, name);
            agent.Process.Kill();
        }

        var isOver = SpinWait.SpinUntil(() => !Asked.By(_pod, "connected", _lab.ResolverV4, name).Answer.IsDenial, AgentProcess.Patience);

        Assert.True(isOver, "the name is denied for longer than it should be");
    }

    [Theory]
    [InlineData("respond: [{to: [dns.answer.protected], action: denyName, for: 1h, mode: dryRun}]", "its policy does not say so any more")]
    [InlineData("rules: [{action: deny, names: [bad.example]}]", "its policy does not say so any more")]
    [InlineData($"rules: [{{action: allow, names: [\"*.{Bank}\"]}}, {{action: deny, names: [bad.example]}}]\n  respond: [{{to: [dns.answer.protected], action: denyName, for: 1h}}]", "a rule allows the name")]
    public void Response_ends_with_the_policy_that_said_so(string spec, string why)
    {
        var name = $"unsaid.{Bank}";
        using var agent = Start();
        var started = Hijack(agent, _lab, _pod, name);

        File.WriteAllText($"{_policy}.new", LabPolicies.For(_pod, spec));
        File.Move($"{_policy}.new", _policy, overwrite: true);

        var lifted = agent.WaitForEvent("its end", seen => seen.ActionId == started.ActionId && seen.Step == "lifted");
        Assert.Equal(why, lifted.Reason);
        Assert.False(Asked.By(_pod, "connected", _lab.ResolverV4, name).Answer.IsDenial);
    }

    [Fact]
    public void Uninstall_ends_responses()
    {
        var name = $"uninstalled.{Bank}";
        using (var agent = Start())
        {
            Hijack(agent, _lab, _pod, name);
            agent.Process.Kill();
        }

        _pins.Run(Host.Agent, "uninstall", "--config", _lab.PathOf("agent/eider.yaml")).MustSucceed("eider uninstall");

        Assert.Empty(_pins.Pinned());
        Assert.False(Asked.By(_pod, "connected", _lab.ResolverV4, name).Answer.IsDenial);
    }

    private AgentProcess Start() => AgentProcess.Start(Host.Agent, _lab.PathOf("agent"), enforcing: new Enforcing(_pins, _policy), config: Config);
}
