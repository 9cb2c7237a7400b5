// The agent dies, comes back, is given bad policies and taken away, while pods go on asking.

using Eider.Kernel.Tests.EndToEnd;
using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.Enforcement;

public sealed class LifecycleTests : IDisposable
{
    private readonly Lab.Lab _lab;
    private readonly PinSpace _pins = new();
    private readonly Pod _pod;
    private readonly string _policy;

    public LifecycleTests()
    {
        Host.RequireRoot();
        _lab = Eider.Lab.Lab.Create();
        _pod = _lab.AddPod("pod");
        _policy = _lab.PathOf("policy.yaml");
        File.WriteAllText(_policy, LabPolicies.For(_pod, Deny(EnforcedLab.Denied)));
    }

    public void Dispose()
    {
        _pins.Dispose();
        _lab.Dispose();
    }

    [Theory]
    [InlineData("udp=1", false)]
    [InlineData("udp=1", true)]
    [InlineData("tcp=1", false)]
    public void Kill_under_load_and_the_next_agent_leave_no_gap(string transport, bool v6)
    {
        using var first = Start();
        using var asking = Asked.Start(_pod, "loop", v6 ? _lab.ResolverV6 : _lab.ResolverV4, $"n%.{EnforcedLab.Denied}", transport);
        WaitForHundreds(asking, 1);

        first.Process.Kill();
        WaitForHundreds(asking, 2);
        using var second = Start();
        WaitForHundreds(asking, 2);
        asking.CloseInput();
        var asked = Asked.Of(asking);

        Assert.True(asked.Numbers("denied")[0] >= 500, asked.Said);
        Assert.Equal(asked.Numbers("denied"), asked.Numbers("allowed"));
        foreach (var wrong in (string[])["passed", "silent", "failed", "disallowed"])
        {
            Assert.True(asked.Numbers(wrong)[0] == 0, asked.Said);
        }
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    public void Denied_stays_denied_when_the_agent_has_ended(string signal)
    {
        using (var agent = Start())
        {
            agent.Process.Signal(signal);
            agent.Process.Wait(AgentProcess.Patience);
        }

        Asked.By(_pod, "connected", _lab.ResolverV4, $"orphan.{EnforcedLab.Denied}").AssertDenied();
        Asked.By(_pod, "stream", _lab.ResolverV6, $"orphan.{EnforcedLab.Denied}").AssertDenied();
        Assert.False(Asked.By(_pod, "connected", _lab.ResolverV4, $"orphan.{LabZone.Clients}").Answer.IsDenial);
    }

    [Fact]
    public void Next_agent_takes_over_what_is_pinned_and_counts_on()
    {
        File.AppendAllText(_policy, $"---\n{LabPolicies.For(_lab.AddPod("limited"), $"rateLimit: {{queriesPerSecond: 0.01, burst: {LabPolicies.Burst}}}")}");
        IReadOnlyList<string> pinned;
        using (var first = Start())
        {
            pinned = Pinned();
            Assert.Equal([.. Enumerable.Repeat(0, LabPolicies.Burst)], Rated("before", LabPolicies.Burst));
            first.Process.Kill();
        }

        using var second = Start();

        Assert.NotEmpty(pinned);
        Assert.Equal(pinned, Pinned());
        Assert.Equal([5, 5], Rated("after", 2)); // what was used is not given back by a restart

        // Loopbacks are those of every network namespace of this machine, which come and go without us.
        IReadOnlyList<string> Pinned() => [.. _pins.Pinned().Where(path => !path.Contains("/wire_host@", StringComparison.Ordinal))];
    }

    [Fact]
    public void Agent_without_policies_says_that_others_are_in_force_and_leaves_them_so()
    {
        using (var first = Start())
        {
            first.Process.Kill();
        }

        using var second = AgentProcess.Start(Host.Agent, _lab.PathOf("agent"), enforcing: new Enforcing(_pins, null));

        second.Process.WaitFor("in force", AgentProcess.Patience);
        Asked.By(_pod, "connected", _lab.ResolverV4, $"still.{EnforcedLab.Denied}").AssertDenied();
    }

    [Fact]
    public void Policy_with_a_mistake_is_told_at_its_place_and_the_one_before_stays_until_it_is_mended()
    {
        using var agent = Start();

        Replace(LabPolicies.For(_pod, "rules: [{action: dney, names: [x.example]}]"));
        agent.Process.WaitFor("what was in force before stays in force", AgentProcess.Patience);
        var meanwhile = Asked.By(_pod, "connected", _lab.ResolverV4, $"meanwhile.{EnforcedLab.Denied}");
        Replace(LabPolicies.For(_pod, Deny($"other.{LabZone.Clients}")));
        agent.Process.WaitUntil(() => agent.Process.Error.Split("policies in force").Length == 3, "new policies in force", AgentProcess.Patience);

        meanwhile.AssertDenied();
        Assert.Contains("policy.yaml:6:20", agent.Process.Error, StringComparison.Ordinal);
        Assert.Contains("\"dney\"", agent.Process.Error, StringComparison.Ordinal);
        Asked.By(_pod, "connected", _lab.ResolverV4, $"now.other.{LabZone.Clients}").AssertDenied();
        Assert.False(Asked.By(_pod, "connected", _lab.ResolverV4, $"now.{EnforcedLab.Denied}").Answer.IsDenial);
    }

    [Fact]
    public void Pod_that_comes_while_no_agent_runs_gets_what_holds_for_all()
    {
        File.WriteAllText(_policy, LabPolicies.For(_pod, Deny(EnforcedLab.Denied)).Replace($"{{podUid: {_pod.Uid}}}", "{cgroup: \"/kubepods.slice/**/*\"}", StringComparison.Ordinal));
        using (var agent = Start())
        {
            agent.Process.Kill();
        }

        var late = _lab.AddPod("late");
        using var tap = new WireTap(_lab.ResolverPod);

        // Nobody was there to attach the wire layer: the query is not answered, and does not leave either.
        var asked = Asked.By(late, "connected", _lab.ResolverV4, $"late.{EnforcedLab.Denied}");
        var stream = Asked.Start(late, "stream", _lab.ResolverV4, $"late.{EnforcedLab.Denied}");
        Asked.By(late, "connected", _lab.ResolverV4, $"afterwards.{LabZone.Clients}");

        Assert.Equal("EPERM", asked.End);
        Assert.Empty(asked.Answers);
        Assert.False(tap.HasSeen("late\u0006denied", "afterwards"));
        stream.Dispose();
    }

    [Fact]
    public void Cgroup_that_is_made_while_no_agent_runs_is_judged_as_its_parent_is()
    {
        using (var agent = Start())
        {
            agent.Process.Kill();
        }

        var child = $"{CgroupTree.MountPoint}{_pod.CgroupPath}/child";
        Directory.CreateDirectory(child);
        try
        {
            using var client = new RawClient(_pod, RawClient.Transport.Udp, _lab.ResolverV4);
            File.WriteAllText($"{child}/cgroup.procs", $"{client.Process.Pid}");
            using var tap = new WireTap(_lab.ResolverPod);

            client.Send(RawMessage.Query($"inherited.{EnforcedLab.Denied}"));
            client.Receive();
            client.Send(RawMessage.Query($"afterwards.{LabZone.Clients}"));

            Assert.False(tap.HasSeen("inherited", "afterwards"));
        }
        finally
        {
            Directory.Delete(child);
        }
    }

    [Theory]
    [InlineData(RawClient.Transport.Udp, false)]
    [InlineData(RawClient.Transport.Udp, true)]
    [InlineData(RawClient.Transport.Tcp, false)]
    [InlineData(RawClient.Transport.Tcp, true)]
    public void Socket_older_than_the_policy_is_judged_by_it(RawClient.Transport transport, bool v6)
    {
        var query = RawMessage.Query($"older.{EnforcedLab.Denied}");
        using var client = new RawClient(_pod, transport, v6 ? _lab.ResolverV6 : _lab.ResolverV4);
        using var tap = new WireTap(_lab.ResolverPod);
        using var agent = Start();

        client.Send(transport == RawClient.Transport.Udp ? query : RawMessage.OnTcp(query));

        Assert.Equal("deny", agent.WaitForEvent("its query", seen => seen.Role == "client" && seen.IsFor($"older.{EnforcedLab.Denied}")).Verdict?.Action);
        Asked.By(_pod, "connected", _lab.ResolverV4, $"afterwards.{LabZone.Clients}");
        Assert.False(tap.HasSeen("older\u0006denied", "afterwards"));
    }

    [Fact]
    public void Verdicts_go_on_when_nobody_reads_the_ring_and_what_is_lost_is_counted()
    {
        using var agent = AgentProcess.Start(Host.Agent, _lab.PathOf("agent"), enforcing: new Enforcing(_pins, _policy), config: "ring: {size: 256KiB}");
        agent.Process.Signal("STOP");
        Asked asked;
        try
        {
            asked = Asked.By(_pod, "burst", _lab.ResolverV4, $"ring.{EnforcedLab.Denied}", "count=3000");
        }
        finally
        {
            agent.Process.Signal("CONT");
        }

        Assert.Equal(3, asked.Answer.Rcode);
        Assert.True(agent.WaitForEvent("the loss", seen => seen.Kind == "loss").Count > 0);
    }

    [Fact]
    public void Uninstall_leaves_nothing()
    {
        using (var agent = Start())
        {
            agent.Process.Kill();
        }

        Assert.NotEmpty(_pins.Pinned());
        _pins.Run(Host.Agent, "uninstall", "--config", _lab.PathOf("agent/eider.yaml")).MustSucceed("eider uninstall");

        Assert.Empty(_pins.Pinned());
        Assert.False(Asked.By(_pod, "connected", _lab.ResolverV4, $"free.{EnforcedLab.Denied}").Answer.IsDenial);
    }

    private static string Deny(string name) => $"rules: [{{action: deny, names: [{name}, \"*.{name}\"]}}]";

    private static void WaitForHundreds(LabProcess asking, int more)
    {
        var wanted = Hundreds(asking) + more;
        asking.WaitUntil(() => Hundreds(asking) >= wanted, $"{wanted}00 queries", AgentProcess.Patience * 2);
    }

    private static int Hundreds(LabProcess asking) => asking.Output.Split("hundred").Length - 1;

    private AgentProcess Start() => AgentProcess.Start(Host.Agent, _lab.PathOf("agent"), enforcing: new Enforcing(_pins, _policy));

    private IReadOnlyList<int> Rated(string label, int count) =>
        Asked.By(_lab.Workload("limited"), "many", _lab.ResolverV4, $"{label}-%.{LabZone.Clients}", $"count={count}").Numbers("rcodes");

    /// <summary>As editors do: the new file takes the place of the old one whole.</summary>
    private void Replace(string text)
    {
        File.WriteAllText($"{_policy}.new", text);
        File.Move($"{_policy}.new", _policy, overwrite: true);
    }
}
