// make demo: the lab, the agent on it, every client in turn, and what the agent said of each.

namespace Eider.Lab;

/// <summary>Tells the story on standard output.</summary>
internal sealed class Demo : IDisposable
{
    private readonly Lab _lab = Lab.Create();
    private readonly string _program;
    private readonly AgentProcess _agent;
    private readonly LabProcess _live;
    private readonly List<(string Client, int Pid, Pod Pod, string Name)> _asked = [];

    private Demo(string agent)
    {
        _program = agent;
        _agent = AgentProcess.Start(agent, _lab.PathOf("agent"));
        _lab.Own(_agent.Process);
        // What a user would type in a second terminal; the lines appear as the agent sees the traffic.
        _live = _lab.Own(LabProcess.Start(agent, ["observe", "--since", "1m", "--follow", "-o", "compact", "--config", _agent.ConfigPath], line => Console.WriteLine($"    {line}")));
    }

    /// <returns>Exit code: 0 when every client's query was attributed to it, every policy did as it says, and no forged answer came through that a policy drops.</returns>
    public static int Run(string agent)
    {
        Story.Title("Making a lab: pods with their own network namespaces and cgroups, and unbound as their resolver");
        using var demo = new Demo(Path.GetFullPath(agent));
        Console.WriteLine($"    resolver {demo._lab.ResolverV4} and {demo._lab.ResolverV6}; the agent is watching, pid {demo._agent.Process.Pid}");
        demo.AskFirst();
        demo.RunClients();
        demo.RunOddities();
        var missed = demo.Summarise();
        demo.StopObserving();
        var wrong = PolicyDemo.Run(demo._lab, demo._program) + AnswerDemo.Run(demo._lab, demo._program);
        Story.Title(wrong == 0 ? "Every policy did as it says. Everything is taken away again." : $"{wrong} steps went wrong.");
        return missed + wrong == 0 ? 0 : 1;
    }

    public void Dispose()
    {
        StopObserving();
        _lab.Dispose();
    }

    private void StopObserving()
    {
        _live.Dispose();
        _agent.Dispose();
    }

    /// <summary>Returns when the second terminal shows what happens.</summary>
    private void AskFirst()
    {
        Story.Title("A first query, to see that all of it stands");
        _lab.WebPod.Run("dig", $"@{_lab.ResolverV4}", $"first.{LabZone.Clients}", "A");
        _live.WaitFor($"first.{LabZone.Clients}", AgentProcess.Patience);
    }

    private void RunClients()
    {
        foreach (var client in LabClient.All)
        {
            var via = client.Name switch { "getent" => Via.UdpV6, "python3" => Via.TcpV4, "curl" => Via.TcpV6, _ => Via.UdpV4 };
            var name = $"{client.Name}.{LabZone.Clients}";
            Story.Title($"{client.Name} asks over {(via is Via.UdpV4 or Via.UdpV6 ? "UDP" : "TCP")} and {(via is Via.UdpV4 or Via.TcpV4 ? "IPv4" : "IPv6")}");
            var pod = _lab.AddPod(client.Name);
            Ask(client.Name, pod, name, () => client.Start(_lab, pod, name, via));
        }

        Story.Title("getent asks a stub resolver on loopback, which asks unbound");
        var stub = StubPod.Add(_lab, "stub");
        var stubName = $"stub.{LabZone.Clients}";
        Ask("getent by stub", stub.Pod, stubName, () => stub.Pod.Start("getent", "ahostsv4", stubName));
    }

    private void RunOddities()
    {
        var pod = _lab.AddPod("odd");
        string server = $"@{_lab.ResolverV4}";
        Story.Title("A name that does not exist; an alias; an answer that does not fit a datagram");
        pod.Run("dig", server, LabZone.Missing, "A");
        pod.Run("dig", server, LabZone.Alias, "A");
        pod.Run("dig", server, LabZone.Big, "TXT");
        Story.Pause();

        Story.Title("A message with a compression loop, sent by hand");
        using (var hostile = new RawClient(pod, RawClient.Transport.Udp, _lab.ResolverV4))
        {
            hostile.Send([.. RawMessage.Header(questions: 1), 0xc0, 12, .. RawMessage.Question()]);
            Story.Pause();
        }

        Story.Title("A resolver that never answers");
        pod.Run("dig", $"@{_lab.SilentV4}", $"silence.{LabZone.Clients}", "A", "+tries=1", "+timeout=1");
        _agent.WaitForEvent("the unanswered query", seen => seen.Unanswered && seen.IsFor($"silence.{LabZone.Clients}"));
        Story.Pause();
    }

    private void Ask(string client, Pod pod, string name, Func<LabProcess> start)
    {
        using var running = start();
        running.CloseInput();
        var finished = running.Wait(AgentProcess.Patience);
        _asked.Add((client, finished.Pid, pod, name));
        Story.Pause();
    }

    /// <returns>Clients that were not attributed.</returns>
    private int Summarise()
    {
        Story.Title("What the agent knows of each client");
        Console.WriteLine($"    {"client",-15} {"pid",7}  {"exe",-28} {"pod",-14} {"query",-34} {"answer",-13} {"latency",10}  attributed");
        var missed = 0;
        foreach (var (client, pid, pod, name) in _asked)
        {
            // A stub's own query is about the same name.
            var seen = _agent.Events(seen => seen.Process?.Pid == pid && seen.IsFor(name)) is [var own, ..] ? own : _agent.WaitForExchange(name);
            var right = seen.Process?.Pid == pid && seen.Pod?.Uid == pod.Uid && seen.Container?.Id == pod.ContainerId;
            missed += right ? 0 : 1;
            var exe = seen.Process?.Exe is { Length: > 28 } path ? "..." + path[^25..] : seen.Process?.Exe ?? "?";
            Console.WriteLine($"    {client,-15} {pid,7}  {exe,-28} {pod.Name,-14} {name,-34} {seen.Answers?[0].Data,-13} {seen.LatencyUs,7:0} µs  {(right ? Story.Good("yes") : Story.Bad("NO"))}");
        }

        Story.Title("eider status");
        Console.Write(Command.Run(_program, ["status", "--config", _agent.ConfigPath]).MustSucceed("eider status").Output);
        Story.Title(missed == 0 ? $"All {_asked.Count} clients were attributed to the right process, container and pod." : $"{missed} of {_asked.Count} clients were not attributed.");
        return missed;
    }
}
