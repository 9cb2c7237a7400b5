// The agent comes and goes while the machine's programs run on.

using System.Text.Json;
using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.EndToEnd;

public sealed class LifetimeTests : IDisposable
{
    private readonly Lab.Lab _lab = CreateLab();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData(RawClient.Transport.Udp, false)]
    [InlineData(RawClient.Transport.Udp, true)]
    [InlineData(RawClient.Transport.Tcp, false)]
    [InlineData(RawClient.Transport.Tcp, true)]
    public void Socket_older_than_the_agent_is_attributed(RawClient.Transport transport, bool v6)
    {
        var pod = _lab.AddPod("older");
        var name = $"older.{LabZone.Clients}";
        using var client = new RawClient(pod, transport, v6 ? _lab.ResolverV6 : _lab.ResolverV4);
        using var agent = AgentProcess.Start(Host.Agent, _lab.PathOf("agent"));

        client.Send(transport == RawClient.Transport.Udp ? RawMessage.Query(name) : RawMessage.OnTcp(RawMessage.Query(name)));
        client.Receive();
        var seen = agent.WaitForExchange(name);
        var server = agent.WaitForExchange(name, role: "server");

        Assert.Equal(client.Process.Pid, seen.Process!.Pid);
        Assert.Contains(seen.Process.Exe, LabClient.Named("python3").ExePaths);
        Assert.Contains("socket.socket", seen.Process.Cmdline, StringComparison.Ordinal);
        Assert.Equal(pod.Uid, seen.Pod!.Uid);
        Assert.Equal("NOERROR", seen.Rcode);
        Assert.Equal(_lab.Resolver.Pid, server.Process!.Pid);
        Assert.Equal(_lab.ResolverPod.Uid, server.Pod!.Uid);
    }

    [Fact]
    public void Killed_agent_leaves_the_network_whole_and_the_next_one_sees_everything_once()
    {
        var pod = _lab.AddPod("survivor");
        using (var killed = AgentProcess.Start(Host.Agent, _lab.PathOf("agent")))
        {
            Ask(pod, "before");
            killed.WaitForExchange($"before.{LabZone.Clients}");
            killed.Process.Kill();
        }

        Ask(pod, "between");
        using var agent = AgentProcess.Start(Host.Agent, _lab.PathOf("agent"));
        Ask(pod, "after");
        agent.WaitForExchange($"after.{LabZone.Clients}");
        agent.WaitForExchange($"after.{LabZone.Clients}", role: "server");

        Assert.Equal(2, agent.Events(seen => seen.Kind == "transaction" && seen.IsFor($"after.{LabZone.Clients}")).Count);
    }

    [Fact]
    public void History_outlives_the_agent()
    {
        var pod = _lab.AddPod("historian");
        using (var first = AgentProcess.Start(Host.Agent, _lab.PathOf("agent")))
        {
            Ask(pod, "remembered");
            first.WaitForExchange($"remembered.{LabZone.Clients}");
        }

        using var second = AgentProcess.Start(Host.Agent, _lab.PathOf("agent"));
        var history = Command.Run(Host.Agent, ["observe", "--last", "100", "-o", "json", "--config", second.ConfigPath]).MustSucceed("eider observe").Output;

        var remembered = history.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(SeenEvent.Parse).Single(seen => seen.IsFor($"remembered.{LabZone.Clients}"));
        Assert.Equal(pod.Uid, remembered.Pod!.Uid);
        Assert.Equal("NOERROR", remembered.Rcode);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public void Stopped_agent_ends_with_code_0_and_leaves_no_program_behind(string signal)
    {
        var before = AttachedPrograms();
        using var agent = AgentProcess.Start(Host.Agent, _lab.PathOf("agent"));
        var own = AttachedPrograms().Except(before).ToList();

        agent.Process.Signal(signal);
        var finished = agent.Process.Wait(AgentProcess.Patience);

        Assert.Equal(0, finished.ExitCode);
        Assert.NotEmpty(own);
        Assert.Empty(AttachedPrograms().Intersect(own));
    }

    [Fact]
    public void Killed_agent_leaves_no_program_behind()
    {
        var before = AttachedPrograms();
        using var agent = AgentProcess.Start(Host.Agent, _lab.PathOf("agent"));
        var own = AttachedPrograms().Except(before).ToList();

        agent.Process.Kill();

        Assert.NotEmpty(own);
        Assert.Empty(AttachedPrograms().Intersect(own));
    }

    /// <summary>Ids of the programs on the root of cgroup v2.</summary>
    private static List<int> AttachedPrograms()
    {
        var shown = Command.Run("bpftool", ["-j", "cgroup", "show", CgroupTree.MountPoint]).MustSucceed("bpftool cgroup show").Output;
        using var programs = JsonDocument.Parse(string.IsNullOrWhiteSpace(shown) ? "[]" : shown);
        return [.. programs.RootElement.EnumerateArray().Select(program => program.GetProperty("id").GetInt32())];
    }

    private static Lab.Lab CreateLab()
    {
        Host.RequireRoot();
        return Eider.Lab.Lab.Create();
    }

    private void Ask(Pod pod, string label) =>
        pod.Run("dig", $"@{_lab.ResolverV4}", $"{label}.{LabZone.Clients}", "A").MustSucceed("dig");
}
