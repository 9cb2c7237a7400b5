// One emulated pod: a network namespace on the lab's bridge, and a cgroup laid out as kubelet does.

using System.Net;

namespace Eider.Lab;

/// <summary>A pod of a <see cref="Lab"/>; lives as long as the lab.</summary>
public sealed class Pod : Workload
{
    private readonly Slot _slot;

    internal Pod(Slot slot, string name, int host)
        : base(slot, name, host)
    {
        _slot = slot;
        V4 = slot.V4(host);
        V6 = slot.V6(host);
        Netns = slot.Netns(name);
        HostLink = slot.HostLink(host);
        Create();
    }

    public IPAddress V4 { get; }

    public IPAddress V6 { get; }

    public string Netns { get; }

    /// <summary>The node's end of its device.</summary>
    public string HostLink { get; }

    private protected override string[] Entrance => ["ip", "netns", "exec", Netns];

    /// <summary>Writes the pod's /etc/resolv.conf, for processes started from now on.</summary>
    public void UseResolver(IPAddress resolver, bool tcp = false, string options = "timeout:2 attempts:2", string? search = null) =>
        WriteEtc("resolv.conf", $"""
            nameserver {resolver}
            options {options}{(tcp ? " use-vc" : "")}
            {(search is null ? "" : $"search {search}")}

            """);

    private void Create()
    {
        // Bound over /etc by "ip netns exec"; without it glibc could go to the host's systemd-resolved instead of the network.
        WriteEtc("nsswitch.conf", "hosts: files dns\n");
        WriteEtc("hosts", "127.0.0.1 localhost\n::1 localhost\n");
        WriteEtc("resolv.conf", "");
        Command.Ip(null, $"netns add {Netns}", $"link add {HostLink} type veth peer name eth0 netns {Netns}", $"link set {HostLink} master {_slot.Bridge} up");
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
