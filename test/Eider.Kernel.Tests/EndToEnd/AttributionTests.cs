// The main promise: each query of each real client belongs to that very process, in that very pod.

using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.EndToEnd;

[Collection(WatchedLabCollection.Name)]
public sealed class AttributionTests(WatchedLab watched)
{
    public static TheoryData<string, Via> EveryClientEveryWay()
    {
        var cases = new TheoryData<string, Via>();
        foreach (var client in LabClient.All)
        {
            foreach (var via in Enum.GetValues<Via>().Where(via => client.CanTcp || via is Via.UdpV4 or Via.UdpV6))
            {
                cases.Add(client.Name, via);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(EveryClientEveryWay))]
    public void Query_of_a_client_is_attributed_to_that_process(string clientName, Via via)
    {
        var client = LabClient.Named(clientName);
        var pod = watched.Pod(clientName);
        var name = $"{clientName}-{via}.{LabZone.Clients}".ToLowerInvariant();

        var asked = Finish(client.Start(watched.Lab, pod, name, via));
        var seen = watched.Agent.WaitForExchange(name);

        Assert.NotNull(seen.Process);
        Assert.Equal(asked.Pid, seen.Process.Pid);
        Assert.Contains(seen.Process.Exe, client.ExePaths);
        Assert.Contains(name, seen.Process.Cmdline, StringComparison.Ordinal);
        Assert.False(string.IsNullOrEmpty(seen.Process.Comm));
        Assert.Equal(Environment.ProcessId, seen.Process.Parents[0].Pid);
        Assert.Equal(1, seen.Process.Parents[^1].Pid);
        Assert.Equal(new SeenUser(0, "root"), seen.User);
        AssertIn(pod, seen);
        Assert.Equal(via is Via.TcpV4 or Via.TcpV6 ? "tcp" : "udp", seen.Transport);
        Assert.Equal($"{(via is Via.UdpV4 or Via.TcpV4 ? pod.V4 : pod.V6)}", seen.Client!.Ip);
        Assert.Equal(new SeenEndpoint($"{(via is Via.UdpV4 or Via.TcpV4 ? watched.Lab.ResolverV4 : watched.Lab.ResolverV6)}", 53), seen.Server);
        Assert.Equal("NOERROR", seen.Rcode);
        Assert.Equal([$"{watched.Lab.WebPod.V4}"], seen.Answers!.Select(answer => answer.Data));
        Assert.True(seen.LatencyUs > 0);
        Assert.False(seen.Unanswered);
    }

    [Fact]
    public void Query_is_seen_once_at_each_end_and_the_servers_end_belongs_to_the_resolver()
    {
        var name = $"both-ends.{LabZone.Clients}";

        Finish(LabClient.Named("dig").Start(watched.Lab, watched.Pod("ends"), name, Via.UdpV4));
        watched.Agent.WaitForExchange(name);
        var server = watched.Agent.WaitForExchange(name, role: "server");

        Assert.Equal(watched.Lab.Resolver.Pid, server.Process!.Pid);
        Assert.Equal("unbound", server.Process.Comm);
        Assert.Equal($"{watched.Pod("ends").V4}", server.Client!.Ip);
        AssertIn(watched.Lab.ResolverPod, server);
        Assert.Equal(["client", "server"], watched.Agent.Events(seen => seen.Kind == "transaction" && seen.IsFor(name)).Select(seen => seen.Role).Order());
    }

    [Fact]
    public void Query_through_a_loopback_stub_belongs_to_the_client_and_the_forwarded_one_to_the_stub()
    {
        var name = $"by-stub.{LabZone.Clients}";
        var stub = StubPod.Add(watched.Lab, "stub");

        var asked = stub.Pod.Run("getent", "ahostsv4", name);
        var first = watched.Agent.WaitForEvent("the client's query", seen => IsExchange(seen, name) && seen.Server!.Ip == $"{StubPod.Address}");
        var forwarded = watched.Agent.WaitForEvent("the stub's query", seen => IsExchange(seen, name) && seen.Server!.Ip == $"{watched.Lab.ResolverV4}");
        var served = watched.Agent.WaitForEvent("the stub's answer",
            seen => seen is { Kind: "transaction", Role: "server" } && seen.IsFor(name) && seen.Server!.Ip == $"{StubPod.Address}");

        Assert.Equal(asked.Pid, first.Process!.Pid);
        Assert.Equal(stub.Server.Pid, forwarded.Process!.Pid);
        Assert.Equal(stub.Server.Pid, served.Process!.Pid);
        AssertIn(stub.Pod, first);
        AssertIn(stub.Pod, forwarded);
    }

    [Fact]
    public void Query_of_a_host_process_has_no_pod()
    {
        var name = $"host.{LabZone.Clients}";

        var asked = Command.Run("dig", [$"@{watched.Lab.ResolverV4}", name, "A"]).MustSucceed("dig on the host");
        var seen = watched.Agent.WaitForExchange(name);

        Assert.Equal(asked.Pid, seen.Process!.Pid);
        Assert.Null(seen.Pod);
        Assert.Null(seen.Container);
    }

    [Fact]
    public void Query_of_another_user_names_that_user()
    {
        var name = $"nobody.{LabZone.Clients}";

        watched.Pod("nobody").Run("setpriv", "--reuid=65534", "--clear-groups", "dig", $"@{watched.Lab.ResolverV4}", name, "A").MustSucceed("dig as nobody");

        Assert.Equal(new SeenUser(65534, "nobody"), watched.Agent.WaitForExchange(name).User);
    }

    private static bool IsExchange(SeenEvent seen, string name) => seen is { Kind: "transaction", Role: "client", Qtype: "A" } && seen.IsFor(name);

    private static void AssertIn(Pod pod, SeenEvent seen)
    {
        Assert.Equal(pod.CgroupPath, seen.Cgroup?.Path);
        Assert.Equal(pod.ContainerId, seen.Container?.Id);
        Assert.Equal(pod.Uid, seen.Pod?.Uid);
    }

    private static Finished Finish(LabProcess running)
    {
        using (running)
        {
            running.CloseInput();
            return running.Wait(AgentProcess.Patience).MustSucceed("the client");
        }
    }
}
