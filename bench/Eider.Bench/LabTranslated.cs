// Answers that come back through translators of addresses: dropping or telling of one is a mistake.

using System.Net;
using Eider.Bpf;
using Eider.Lab;

namespace Eider.Bench;

internal static class LabTranslated
{
    private const string Figure = "detect.lab.nat";
    private const int Names = 1_000;
    private const int TimesEach = 20;
    private const int Rate = 4_000; // queries a second

    /// <summary>Longer than answers pass because their questions may be older than the policy.</summary>
    private const int WarmupSeconds = 6;

    public static IEnumerable<Measurement> Measure(string agent) =>
    [
        .. OnTheNode(agent),
        .. AtTheSocket(agent, "connect_before", isFirst: true, static pod => CgroupTree.MountPoint),
        .. AtTheSocket(agent, "connect_after", isFirst: false, static pod => CgroupTree.MountPoint),
        .. AtTheSocket(agent, "connect_in_pod", isFirst: false, static pod => CgroupTree.MountPoint + pod.CgroupPath),
    ];

    /// <summary>A service address, and masquerading as well, by the node's own connection tracking.</summary>
    private static List<Measurement> OnTheNode(string agent)
    {
        using var lab = Eider.Lab.Lab.Create();
        var translator = Translator.Add(lab);
        var pod = lab.AddPod("guarded");
        translator.Reach(pod);
        using var pins = new PinSpace();
        using var running = QuietAgent.Start(agent, lab.PathOf("agent"), new Enforcing(pins, GuardPolicy.Write(lab, pod)));
        List<Measurement> figures = [.. Ask(agent, lab, pod, "service", translator.Service)];
        figures.AddRange(Ask(agent, lab, pod, "masquerade", translator.Masqueraded));
        figures.Add(Guess(agent, lab, pod, "masquerade", translator.Masqueraded, isBlind: false));
        return figures;
    }

    /// <summary>A service address that another program than Eider's exchanges when a socket connects or sends.</summary>
    /// <param name="isFirst">It is there before Eider's.</param>
    /// <param name="place">The control group it sits at.</param>
    private static List<Measurement> AtTheSocket(string agent, string name, bool isFirst, Func<Pod, string> place)
    {
        using var lab = Eider.Lab.Lab.Create();
        var pod = lab.AddPod("guarded");
        var service = IPAddress.Parse("10.96.0.10");
        using var programs = BpfObject.Open(BenchObject.Read("service.bpf.o"), "service");
        programs.SetGlobal("service_v4", BitConverter.ToUInt32(service.GetAddressBytes()));
        programs.SetGlobal("server_v4", BitConverter.ToUInt32(lab.ResolverV4.GetAddressBytes()));
        programs.Load();
        var links = isFirst ? Attach() : [];
        using var pins = new PinSpace();
        using var running = QuietAgent.Start(agent, lab.PathOf("agent"), new Enforcing(pins, GuardPolicy.Write(lab, pod)));
        links = isFirst ? links : Attach();
        List<Measurement> figures = [.. Ask(agent, lab, pod, name, service)];
        figures.Add(Guess(agent, lab, pod, name, service, isBlind: name == "connect_after"));
        links.ForEach(link => link.Dispose());
        figures.Add(Measurement.AtLeast($"{Figure}.{name}.translations", programs.GetGlobal<ulong>("translations"), "times", 1));
        return figures;

        List<BpfLink> Attach() => [.. programs.Programs.Select(program => program.AttachCgroup(place(pod)))];
    }

    private static IEnumerable<Measurement> Ask(string agent, Eider.Lab.Lab lab, Pod pod, string name, IPAddress server)
    {
        var queries = lab.PathOf($"{name}.txt");
        File.WriteAllLines(queries, Enumerable.Range(0, Names).Select(index => $"{name}{index}.{LabZone.Clients} {(index % 2 == 0 ? "A" : "AAAA")}"));
        var config = QuietAgent.ConfigIn(lab.PathOf("agent"));
        LabBenign.Dnsperf(pod, server, queries, "-l", $"{WarmupSeconds}", "-Q", "500");
        var before = AgentCounters.Read(agent, config);
        var output = LabBenign.Dnsperf(pod, server, queries, "-n", $"{TimesEach}", "-Q", $"{Rate}");
        var failed = Clients(pod, server, name).Count(client => !client);
        var after = AgentCounters.Read(agent, config);
        var alerts = LabAlerts.Of(agent, config, pod);
        foreach (var alert in alerts)
        {
            Console.Error.WriteLine($"  wrong: {alert.Seen.Line}");
        }

        yield return Measurement.AtLeast($"{Figure}.{name}.queries", LabBenign.Number(output, "Queries completed:"), "queries", Names * TimesEach);
        yield return Measurement.AtMost($"{Figure}.{name}.unanswered", LabBenign.Number(output, "Queries lost:"), "queries", 0);
        yield return Measurement.AtMost($"{Figure}.{name}.clients_failed", failed, "clients", 0);
        yield return Measurement.AtMost($"{Figure}.{name}.false_drops", after["forged"] + after["answers_denied"] - before["forged"] - before["answers_denied"], "packets", 0);
        yield return Measurement.AtMost($"{Figure}.{name}.false_alerts", alerts.Count, "alerts", 0);
    }

    /// <summary>The answers are looked at: who guesses at a client of the service, in the resolver's name, is still stopped.</summary>
    /// <param name="isBlind">The address is exchanged behind Eider's back: what comes from elsewhere than was asked may be right.</param>
    private static Measurement Guess(string agent, Eider.Lab.Lab lab, Pod pod, string name, IPAddress server, bool isBlind)
    {
        var config = QuietAgent.ConfigIn(lab.PathOf("agent"));
        var asked = $"guessed-{name}.{LabZone.Clients}";
        using var attacker = Attacker.Guessing(lab.AddPod("stranger"), lab.ResolverV4);
        attacker.AwaitReady();
        var before = AgentCounters.Read(agent, config);
        using var asking = TrustingClient.StartAsking(pod, server, asked, DigLoop.Port, Attacker.FirstUnguessedId);
        attacker.TryIds(pod.V4, DigLoop.Port, asked, rate: 1_000, count: 1_000);
        asking.Stop();
        var dropped = AgentCounters.Read(agent, config)["forged"] - before["forged"];
        return isBlind ? Measurement.Of($"{Figure}.{name}.guesses_dropped", dropped, "packets") : Measurement.AtLeast($"{Figure}.{name}.guesses_dropped", dropped, "packets", 1);
    }

    /// <summary>Programs that people run, each with its own kind of sockets; whether each was answered.</summary>
    private static IEnumerable<bool> Clients(Pod pod, IPAddress server, string name)
    {
        pod.UseResolver(server);
        foreach (var client in LabClient.All.Where(client => client.Name is not "curl"))
        {
            var finished = pod.Run(client.Program, client.ArgumentsFor($"{client.Name}-{name}.{LabZone.Clients}", server, false));
            yield return Answered(client.Name, finished);
        }

        yield return Answered("dig over TCP", pod.Run("dig", $"@{server}", $"tcp-{name}.{LabZone.Clients}", "+tcp", "+tries=1"));
        yield return Answered("dig, a long answer", pod.Run("dig", $"@{server}", LabZone.Big, "TXT", "+tries=1"));
        yield return Answered("trusting client", new Finished(0, TrustingClient.Ask(pod, server, $"trusting-{name}.{LabZone.Clients}").Count == 1 ? 0 : 1, "", "not one answer"));
    }

    private static bool Answered(string client, Finished finished)
    {
        if (finished.ExitCode != 0)
        {
            Console.Error.WriteLine($"  {client}: exit code {finished.ExitCode}: {finished.Error.Trim()} {finished.Output.Trim()}");
        }

        return finished.ExitCode == 0;
    }
}
