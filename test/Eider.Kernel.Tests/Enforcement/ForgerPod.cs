// The pod whose servers lie, for the tests of answers.

using System.Net;
using Eider.Lab;

namespace Eider.Kernel.Tests.Enforcement;

/// <summary>Servers of ways/*.py, which end with the test.</summary>
internal sealed class ForgerPod(EnforcedLab enforced) : IDisposable
{
    public const string Truth = "192.0.2.200";
    public const string Lie = "198.51.100.66";

    private readonly Pod pod = (Pod)enforced.Lab.Workload("forger");
    private readonly List<LabProcess> servers = [];

    /// <summary>The one that was started last.</summary>
    public LabProcess Latest => servers[^1];

    public void Dispose() => servers.ForEach(server => server.Dispose());

    /// <summary>Starts a server, by default the one that forges, and returns its address once it serves.</summary>
    public IPAddress Serve(bool v6, string script = "forger.py")
    {
        var (address, stranger) = v6 ? (pod.V6, enforced.Lab.SilentV6) : (pod.V4, enforced.Lab.SilentV4);
        var server = pod.Start("/usr/bin/python3", "-B", Path.Combine(AppContext.BaseDirectory, "ways", script), $"{address}", $"{stranger}");
        servers.Add(server);
        server.WaitFor("bound", AgentProcess.Patience);
        return address;
    }
}
