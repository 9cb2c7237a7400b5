// The node as a translator of addresses, as kube-proxy makes one of it: nftables and the kernel's connection tracking.

using System.Net;

namespace Eider.Lab;

/// <summary>Two service addresses of the lab's resolver. They are known to the node alone; it ends with the lab.</summary>
public sealed class Translator
{
    private readonly Slot _slot;

    private Translator(Lab lab)
    {
        _slot = lab.Slot;
        // Both belong to the bridge and go with it.
        File.WriteAllText($"/proc/sys/net/ipv4/conf/{_slot.Bridge}/forwarding", "1");
        File.WriteAllText($"/proc/sys/net/ipv4/conf/{_slot.Bridge}/send_redirects", "0");
        Command.Run("nft", ["-f", "-"], $$"""
            table ip {{_slot.Bridge}} {
                chain before {
                    type nat hook prerouting priority dstnat;
                    iifname {{_slot.Bridge}} ip daddr { {{Service}}, {{Masqueraded}} } meta l4proto { tcp, udp } th dport 53 ct mark set {{_slot.Number + 1}} dnat to {{lab.ResolverV4}}
                }
                chain after {
                    type nat hook postrouting priority srcnat;
                    ip saddr {{Network(98)}} return
                    ct mark {{_slot.Number + 1}} masquerade random
                }
            }

            """).MustSucceed("nft");
        Command.Ip(null, $"route add {Network(98)} dev {_slot.Bridge}");
    }

    /// <summary>Led to the resolver, which sees who asked. Pods ask it after <see cref="Reach"/>.</summary>
    public IPAddress Service => At(96, 10);

    /// <summary>Led to the resolver, which sees the node ask from a port of its own.</summary>
    public IPAddress Masqueraded => At(97, 10);

    /// <exception cref="LabException">nft is missing, or the kernel translates no addresses.</exception>
    public static Translator Add(Lab lab) => new(lab);

    /// <summary>Has a pod ask <see cref="Service"/> from an address whose answers come back by way of the node: what comes over the bridge alone is not translated back.</summary>
    public void Reach(Pod pod)
    {
        var own = At(98, pod.V4.GetAddressBytes()[3]);
        Command.Ip(pod.Netns, $"addr add {own}/32 dev eth0", $"route add {Service} via {_slot.V4(1)} src {own}");
    }

    /// <summary>Takes away what a killed lab left.</summary>
    internal static void Remove(Slot slot)
    {
        if (File.Exists("/usr/sbin/nft"))
        {
            Command.Run("nft", ["delete", "table", "ip", slot.Bridge]); // there is none as a rule
        }
    }

    private string Network(int second) => $"10.{second}.{_slot.Number}.0/24";

    private IPAddress At(int second, int host) => IPAddress.Parse($"10.{second}.{_slot.Number}.{host}");
}
