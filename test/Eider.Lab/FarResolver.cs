// unbound in front of a server far away: each of its answers takes the time in which an attacker may be quicker.

using System.Net;

namespace Eider.Lab;

/// <summary>A pod with unbound that asks another pod for everything and keeps nothing. It believes what it is told, private addresses too.</summary>
public sealed class FarResolver
{
    private FarResolver(Pod pod, LabProcess process)
    {
        Pod = pod;
        Process = process;
    }

    public Pod Pod { get; }

    public IPAddress Address => Pod.V4;

    public LabProcess Process { get; }

    /// <summary>Returns when it answers. It ends with the lab.</summary>
    /// <param name="delay">Until the server behind it answers.</param>
    /// <param name="records">Addresses of names; any other name has 192.0.2.200.</param>
    /// <exception cref="LabException">A part of it did not come up.</exception>
    public static FarResolver Add(Lab lab, TimeSpan delay, params (string Name, string Address)[] records)
    {
        var behind = lab.AddPod("authority");
        var authority = lab.Own(behind.Start("/usr/bin/python3", ["-B", Attacker.ScriptPath("authority.py"), $"{behind.V4}", $"{delay.TotalMilliseconds:0}",
            .. records.Select(record => $"{record.Name}={record.Address}")]));
        authority.WaitFor("bound", AgentProcess.Patience);
        var pod = lab.AddPod("far-resolver");
        var config = lab.PathOf("far-unbound.conf");
        File.WriteAllText(config, $"""
            server:
              directory: "{Path.GetDirectoryName(config)}"
              chroot: ""
              username: ""
              pidfile: ""
              do-daemonize: no
              use-syslog: no
              interface: {pod.V4}
              access-control: 0.0.0.0/0 allow
              module-config: "iterator"
              num-threads: 1
              cache-max-ttl: 0
              do-ip6: no
              local-zone: "example" transparent
            remote-control:
              control-enable: no
            forward-zone:
              name: "."
              forward-addr: {behind.V4}

            """);
        var process = lab.Own(pod.Start("unbound", "-d", "-c", config));
        process.WaitFor("start of service", AgentProcess.Patience);
        return new FarResolver(pod, process);
    }
}
