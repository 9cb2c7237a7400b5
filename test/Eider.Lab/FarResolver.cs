// unbound in front of a server far away: each of its answers takes the time in which an attacker may be quicker.

using System.Net;

namespace Eider.Lab;

/// <summary>A pod with unbound that asks another pod for everything and keeps nothing. It believes what it is told, private addresses too.</summary>
public sealed class FarResolver
{
    /// <summary>From which one asks that has no choice.</summary>
    public const int OnlyPort = 5301;

    private readonly LabProcess _authority;

    private FarResolver(Pod pod, Pod behind, LabProcess process, LabProcess authority)
    {
        _authority = authority;
        Pod = pod;
        Behind = behind;
        Process = process;
    }

    public Pod Pod { get; }

    /// <summary>Where the server is that it asks.</summary>
    public Pod Behind { get; }

    public IPAddress Address => Pod.V4;

    public IPAddress AddressV6 => Pod.V6;

    public LabProcess Process { get; }

    /// <summary>Returns when it answers. It ends with the lab.</summary>
    /// <param name="delay">Until the server behind it answers.</param>
    /// <param name="records">Addresses of names; any other name has 192.0.2.200.</param>
    /// <exception cref="LabException">A part of it did not come up.</exception>
    public static FarResolver Add(Lab lab, TimeSpan delay, params (string Name, string Address)[] records) => Add(lab, "far-resolver", delay, isCareless: false, records);

    /// <summary>The same beside another one.</summary>
    public static FarResolver Add(Lab lab, string name, TimeSpan delay) => Add(lab, name, delay, isCareless: false);

    /// <summary>From now on a name has this address.</summary>
    public void Say(string name, string address)
    {
        var line = $"{name}={address}";
        _authority.Write(line + "\n");
        _authority.WaitFor(line, AgentProcess.Patience);
    }

    /// <summary>The same, from one port and with a cache: as resolvers were before 2008, and still are behind some address translators.</summary>
    public static FarResolver AddCareless(Lab lab, string name, TimeSpan delay) => Add(lab, name, delay, isCareless: true);

    private static FarResolver Add(Lab lab, string name, TimeSpan delay, bool isCareless, params (string Name, string Address)[] records)
    {
        var behind = lab.AddPod($"{name}-behind");
        var authority = lab.Own(behind.Start("/usr/bin/python3", ["-B", Attacker.ScriptPath("authority.py"), $"{behind.V4}", $"{delay.TotalMilliseconds:0}",
            .. records.Select(record => $"{record.Name}={record.Address}")]));
        authority.WaitFor("bound", AgentProcess.Patience);
        var pod = lab.AddPod(name);
        var config = lab.PathOf($"{name}.conf");
        File.WriteAllText(config, $"""
            server:
              directory: "{Path.GetDirectoryName(config)}"
              chroot: ""
              username: ""
              pidfile: ""
              do-daemonize: no
              use-syslog: no
              interface: {pod.V4}
              interface: {pod.V6}
              access-control: 0.0.0.0/0 allow
              access-control: ::/0 allow
              module-config: "iterator"
              num-threads: 1
              {(isCareless ? $"outgoing-port-avoid: 0-65535\n  outgoing-port-permit: {OnlyPort}\n  outgoing-range: 1" : "cache-max-ttl: 0")}
              local-zone: "example" transparent
            remote-control:
              control-enable: no
            forward-zone:
              name: "."
              forward-addr: {behind.V4}

            """);
        var process = lab.Own(pod.Start("unbound", "-d", "-c", config));
        process.WaitFor("start of service", AgentProcess.Patience);
        return new FarResolver(pod, behind, process, authority);
    }
}
