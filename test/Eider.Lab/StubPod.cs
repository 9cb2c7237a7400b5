// A pod whose programs ask a stub resolver on loopback, as on hosts with systemd-resolved.

using System.Net;

namespace Eider.Lab;

/// <summary>A pod with dnsmasq on 127.0.0.53, which forwards to the lab's resolver and caches nothing.</summary>
public sealed class StubPod
{
    public static readonly IPAddress Address = IPAddress.Parse("127.0.0.53");

    private StubPod(Pod pod, LabProcess server)
    {
        Pod = pod;
        Server = server;
    }

    public Pod Pod { get; }

    public LabProcess Server { get; }

    /// <exception cref="LabException">dnsmasq did not come up.</exception>
    public static StubPod Add(Lab lab, string name)
    {
        var pod = lab.AddPod(name);
        var server = lab.Own(pod.Start("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=", "--user=root", "--no-hosts",
            "--no-resolv", $"--server={lab.ResolverV4}", $"--listen-address={Address}", "--bind-interfaces", "--cache-size=0", "--log-facility=-"));
        server.WaitFor("started", TimeSpan.FromSeconds(10));
        pod.UseResolver(Address);
        return new StubPod(pod, server);
    }
}
