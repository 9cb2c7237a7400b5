// The clients whose queries Eider must attribute: programs that people really run, each with its own way to the network.

using System.Net;

namespace Eider.Lab;

/// <summary>How a client reaches its resolver.</summary>
public enum Via
{
    UdpV4,
    UdpV6,
    TcpV4,
    TcpV6,
}

/// <param name="Name">Unique, usable as a DNS label.</param>
/// <param name="Program">As found on PATH, or an absolute path.</param>
/// <param name="CanTcp">Whether it can be told to ask over TCP from the start.</param>
/// <param name="ArgumentsFor">Name to resolve and resolver to ask (also in the pod's /etc/resolv.conf) to arguments; TCP for those that take it as an argument.</param>
public sealed record LabClient(string Name, string Program, bool CanTcp, Func<string, IPAddress, bool, string[]> ArgumentsFor)
{
    private const string Python = "import socket, sys; print(socket.getaddrinfo(sys.argv[1], 80)[0][4][0])";
    private const string NodeLookup = "require('dns').lookup(process.argv[1], (e, a) => { if (e) throw e; console.log(a) })";
    private const string NodeResolve = "require('dns').resolve4(process.argv[1], (e, a) => { if (e) throw e; console.log(a[0]) })";

    public static IReadOnlyList<LabClient> All { get; } =
    [
        new("dig", "dig", true, (name, resolver, tcp) => [$"@{resolver}", name, "A", .. tcp ? (string[])["+tcp"] : []]),
        new("getent", "getent", true, (name, _, _) => ["ahosts", name]),
        new("busybox", "busybox", false, (name, resolver, _) => ["nslookup", name, $"{resolver}"]),
        new("python3", "/usr/bin/python3", true, (name, _, _) => ["-c", Python, name]),
        new("curl", "curl", true, (name, _, _) => ["-sS", "--noproxy", "*", "-o", "/dev/null", "-w", "%{http_code}\\n", $"http://{name}/"]),
        new("node-lookup", "node", true, (name, _, _) => ["-e", NodeLookup, name]),
        new("node-resolve", "node", false, (name, _, _) => ["-e", NodeResolve, name]),
        new("dotnet", Path.Combine(AppContext.BaseDirectory, "eider-lab"), true, (name, _, _) => ["dotnet-client", name]),
    ];

    /// <summary>The executable's paths: as it is started and, where that is a link, the file itself. A process that is over before anybody could read
    /// its /proc/PID/exe is known by the first.</summary>
    public IReadOnlyList<string> ExePaths => [StartedAs, Command.Run("realpath", [StartedAs]).MustSucceed($"realpath {StartedAs}").Output.Trim()];

    private string StartedAs => Program.Contains('/') ? Program : FindOnPath(Program);

    public static LabClient Named(string name) => All.First(client => client.Name == name);

    /// <summary>Starts it in <paramref name="pod"/>, asking the lab's resolver.</summary>
    public LabProcess Start(Lab lab, Pod pod, string name, Via via)
    {
        var resolver = via is Via.UdpV4 or Via.TcpV4 ? lab.ResolverV4 : lab.ResolverV6;
        var tcp = via is Via.TcpV4 or Via.TcpV6;
        pod.UseResolver(resolver, tcp);
        return pod.Start(Program, ArgumentsFor(name, resolver, tcp));
    }

    private static string FindOnPath(string program) => Environment.GetEnvironmentVariable("PATH")!.Split(':')
        .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists)
        ?? throw new LabException($"{program} is not on PATH; 'make deps' installs what the lab needs");
}
