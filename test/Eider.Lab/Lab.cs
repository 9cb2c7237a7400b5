// A lab of emulated pods on this machine: real namespaces, real cgroups, a real resolver, real clients. Sends nothing beyond its own bridge.

using System.Net;
using System.Runtime.InteropServices;

namespace Eider.Lab;

/// <summary>Pods on a bridge with a resolver. Needs root. Several labs can stand at once; disposing, or the end of the process, removes all of it.
/// What a killed process left is removed by the next lab that takes its slot, or by <c>eider-lab clean</c>. Not thread safe.</summary>
public sealed class Lab : IDisposable
{
    internal const int ResolverHost = 53;
    internal const int WebHost = 80;
    internal const int SilentHost = 250;

    /// <summary>Where resolvers listen besides port 53, and port 853 for TLS.</summary>
    public const int OtherPort = 5300;

    private readonly Lock _lock = new();
    private readonly Slot _slot;
    private readonly PosixSignalRegistration[] _signals;
    private readonly Dictionary<string, Workload> _workloads = [];
    private readonly List<LabProcess> _processes = [];
    private int _nextHost = 2;
    private bool _disposed;

    private Lab(Slot slot)
    {
        _slot = slot;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        // The runtime leaves these to the kernel's default, which would end the process and leave the lab standing.
        _signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
    }

    public Slot Slot => _slot;

    /// <summary>Where the resolver listens, UDP and TCP port 53.</summary>
    public IPAddress ResolverV4 => _slot.V4(ResolverHost);

    public IPAddress ResolverV6 => _slot.V6(ResolverHost);

    /// <summary>An address from which nothing ever comes back.</summary>
    public IPAddress SilentV4 => _slot.V4(SilentHost);

    public IPAddress SilentV6 => _slot.V6(SilentHost);

    /// <summary>The pod that all web names lead to; serves HTTP.</summary>
    public Pod WebPod => (Pod)_workloads["web"];

    /// <summary>The pod that runs the resolver.</summary>
    public Pod ResolverPod => (Pod)_workloads["resolver"];

    /// <summary>What <see cref="ResolverV4"/> shows on port 853, and the name in it.</summary>
    public (string Path, string Name) ResolverCertificate => (PathOf(UnboundServer.CertificateFile), UnboundServer.TlsName);

    /// <summary>The resolver itself.</summary>
    public LabProcess Resolver { get; private set; } = null!;

    /// <summary>Makes the bridge and a resolver that answers from <see cref="LabZone"/>; returns when it does answer.</summary>
    /// <exception cref="LabException">Not root, a program missing, or the resolver did not come up.</exception>
    public static Lab Create()
    {
        var lab = new Lab(Slot.Claim());
        try
        {
            Directory.CreateDirectory(lab._slot.StateDirectory);
            Command.Ip(null,
                $"link add {lab._slot.Bridge} type bridge forward_delay 0 mcast_snooping 0",
                $"addr add {lab._slot.V4(1)}/24 dev {lab._slot.Bridge}",
                $"addr add {lab._slot.V6(1)}/64 dev {lab._slot.Bridge} nodad",
                $"link set {lab._slot.Bridge} up");
            var web = lab.AddPod("web", WebHost);
            var site = Directory.CreateDirectory(lab.PathOf("site")).FullName;
            File.WriteAllText(Path.Combine(site, "index.html"), "Eider's lab\n");
            lab.Own(web.Start("busybox", "httpd", "-f", "-p", "[::]:80", "-h", site));
            var zone = LabZone.ZoneFile(lab.ResolverV4, web.V4, web.V6);
            lab.Resolver = lab.Own(UnboundServer.Start(lab.AddPod("resolver", ResolverHost), zone, lab._slot.StateDirectory));
            return lab;
        }
        catch
        {
            lab.Dispose();
            throw;
        }
    }

    /// <summary>Adds a pod whose /etc/resolv.conf names the lab's resolver.</summary>
    public Pod AddPod(string name)
    {
        var pod = AddPod(name, _nextHost++);
        pod.UseResolver(ResolverV4);
        return pod;
    }

    /// <summary>Adds a pod with a resolver like the lab's own; returns when that answers.</summary>
    public Pod AddResolver(string name)
    {
        var pod = AddPod(name);
        Own(UnboundServer.Start(pod, LabZone.ZoneFile(ResolverV4, WebPod.V4, WebPod.V6), PathOf(name)));
        return pod;
    }

    /// <summary>Adds a workload that has the host's network.</summary>
    public HostWorkload AddHostWorkload(string name) => Add(new HostWorkload(_slot, name, _nextHost++));

    /// <summary>The pod or other workload of that name.</summary>
    public Workload Workload(string name) => _workloads[name];

    /// <summary>Keeps a process for as long as the lab stands.</summary>
    public LabProcess Own(LabProcess process)
    {
        lock (_lock)
        {
            _processes.Add(process);
            return process;
        }
    }

    /// <summary>A file of this lab, gone with it.</summary>
    public string PathOf(string file) => Path.Combine(_slot.StateDirectory, file);

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
            try
            {
                _processes.ForEach(process => process.Dispose());
            }
            finally
            {
                _slot.RemoveLeftovers();
                _slot.Dispose();
            }
        }

        foreach (var signal in _signals)
        {
            signal.Dispose();
        }
    }

    private void OnProcessExit(object? sender, EventArgs e) => Dispose();

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        Environment.Exit(128 + (context.Signal switch { PosixSignal.SIGHUP => 1, PosixSignal.SIGINT => 2, _ => 15 }));
    }

    private Pod AddPod(string name, int host) => Add(new Pod(_slot, name, host));

    private T Add<T>(T workload)
        where T : Workload
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _workloads.Add(workload.Name, workload);
            return workload;
        }
    }
}
