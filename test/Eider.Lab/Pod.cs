// One emulated pod: a network namespace on the lab's bridge, and a cgroup laid out as kubelet does.

using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Eider.Lab;

/// <summary>A pod of a <see cref="Lab"/>; lives as long as the lab.</summary>
public sealed class Pod
{
    private readonly Slot _slot;

    internal Pod(Slot slot, string name, int host)
    {
        _slot = slot;
        Name = name;
        V4 = slot.V4(host);
        V6 = slot.V6(host);
        Netns = slot.Netns(name);
        Uid = $"{host:x8}{slot.PodUidSuffix}";
        ContainerId = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{slot.Number}/{name}")));
        CgroupPath = CgroupTree.ContainerPath(Uid, ContainerId);
        Create(host);
    }

    public string Name { get; }

    public IPAddress V4 { get; }

    public IPAddress V6 { get; }

    public string Netns { get; }

    public string Uid { get; }

    /// <summary>64 hexadecimal digits.</summary>
    public string ContainerId { get; }

    /// <summary>Below the cgroup v2 mount, with leading slash.</summary>
    public string CgroupPath { get; }

    /// <summary>Writes the pod's /etc/resolv.conf, for processes started from now on.</summary>
    public void UseResolver(IPAddress resolver, bool tcp = false, string options = "timeout:2 attempts:2", string? search = null) =>
        WriteEtc("resolv.conf", $"""
            nameserver {resolver}
            options {options}{(tcp ? " use-vc" : "")}
            {(search is null ? "" : $"search {search}")}

            """);

    /// <summary>Starts a program inside the pod. The pid is the program's own: the shell and ip that lead there exec into it.</summary>
    public LabProcess Start(string program, params string[] arguments) => LabProcess.Start("/bin/sh",
        ["-c", "echo $$ > \"$0/cgroup.procs\" && exec ip netns exec \"$@\"", CgroupTree.MountPoint + CgroupPath, Netns, program, .. arguments]);

    /// <summary>Runs a program inside the pod to its end, at most 30 s.</summary>
    public Finished Run(string program, params string[] arguments)
    {
        using var running = Start(program, arguments);
        running.CloseInput();
        return running.Wait(TimeSpan.FromSeconds(30));
    }

    private void Create(int host)
    {
        CgroupTree.Create(CgroupPath);
        // Bound over /etc by "ip netns exec"; without it glibc could go to the host's systemd-resolved instead of the network.
        WriteEtc("nsswitch.conf", "hosts: files dns\n");
        WriteEtc("hosts", "127.0.0.1 localhost\n::1 localhost\n");
        WriteEtc("resolv.conf", "");
        var link = _slot.HostLink(host);
        Command.Ip(null, $"netns add {Netns}", $"link add {link} type veth peer name eth0 netns {Netns}", $"link set {link} master {_slot.Bridge} up");
        Command.Ip(Netns,
            "link set lo up",
            $"addr add {V4}/24 dev eth0",
            $"addr add {V6}/64 dev eth0 nodad",
            "link set eth0 up",
            $"route add default via {_slot.V4(1)}",
            // Nobody has this link address: what is sent there is never answered, not even by an error.
            $"neigh add {_slot.V4(Lab.SilentHost)} lladdr 02:00:00:00:00:01 dev eth0 nud permanent",
            $"neigh add {_slot.V6(Lab.SilentHost)} lladdr 02:00:00:00:00:01 dev eth0 nud permanent");
    }

    private void WriteEtc(string file, string text)
    {
        Directory.CreateDirectory($"/etc/netns/{Netns}");
        File.WriteAllText($"/etc/netns/{Netns}/{file}", text);
    }
}
