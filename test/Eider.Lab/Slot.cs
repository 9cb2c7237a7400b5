// One of 250 places for a lab on this machine. Everything a lab makes is named by its slot, so that whoever gets the slot next finds what a killed one left.

using System.Net;

namespace Eider.Lab;

/// <summary>A claimed slot. The claim is an flock(2) on a file, so it ends with the process, however that ends.</summary>
public sealed class Slot : IDisposable
{
    private const string Root = "/run/eider-lab";
    private const int Count = 250;

    private readonly FileStream _claim;

    private Slot(int number, FileStream claim)
    {
        Number = number;
        _claim = claim;
    }

    public int Number { get; }

    /// <summary>Files of this lab.</summary>
    public string StateDirectory => $"{Root}/{Number}";

    public string Bridge => $"eiderlab{Number}";

    /// <summary>What the uids of this slot's pods end in; what comes before it tells the pods apart.</summary>
    public string PodUidSuffix => $"-e1de-4000-8000-{Number:x12}";

    public string Netns(string pod) => $"{Bridge}-{pod}";

    /// <summary>At most 15 characters, as the kernel wants (IFNAMSIZ).</summary>
    public string HostLink(int pod) => $"{Bridge}-p{pod}";

    public IPAddress V4(int host) => IPAddress.Parse($"10.201.{Number}.{host}");

    /// <summary>Ends in the same digits as the IPv4 address, for readers.</summary>
    public IPAddress V6(int host) => IPAddress.Parse($"fd00:e1de:0:{Number:x}::{host}");

    /// <summary>Claims a free slot and removes what a killed lab left in it.</summary>
    /// <exception cref="LabException">Not root, or all slots are taken.</exception>
    public static Slot Claim()
    {
        for (var number = 0; number < Count; number++)
        {
            if (TryClaim(number) is { } slot)
            {
                slot.RemoveLeftovers();
                return slot;
            }
        }

        throw new LabException($"all {Count} lab slots are taken; end some of the labs that run (fuser {Root}/*.claim)");
    }

    /// <summary>Removes what killed labs left, in every slot that nobody holds.</summary>
    /// <returns>Slots in which something was found.</returns>
    public static int CleanAll()
    {
        var cleaned = 0;
        for (var number = 0; Directory.Exists(Root) && number < Count; number++)
        {
            if (!File.Exists(ClaimFile(number)) || TryClaim(number) is not { } slot)
            {
                continue;
            }

            using (slot)
            {
                cleaned += slot.RemoveLeftovers() ? 1 : 0;
            }
        }

        return cleaned;
    }

    /// <summary>Removes everything that bears this slot's name: processes, cgroups, namespaces, links, files.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool RemoveLeftovers()
    {
        CgroupTree.RemovePods(PodUidSuffix);
        foreach (var netns in Directory.Exists("/run/netns") ? Directory.GetFiles("/run/netns", $"{Bridge}-*") : [])
        {
            Command.Run("ip", ["netns", "delete", Path.GetFileName(netns)]).MustSucceed($"removing namespace {netns}");
        }

        foreach (var link in Directory.GetDirectories("/sys/class/net", $"{Bridge}-*").Append($"/sys/class/net/{Bridge}").Where(Directory.Exists))
        {
            // The host's end goes with the pod's a moment after the namespace: gone already is as good.
            Command.Run("ip", ["link", "delete", Path.GetFileName(link)]);
        }

        Translator.Remove(this);
        foreach (var directory in Directory.Exists("/etc/netns") ? Directory.GetDirectories("/etc/netns", $"{Bridge}-*") : [])
        {
            Directory.Delete(directory, recursive: true);
        }

        if (!Directory.Exists(StateDirectory))
        {
            return false;
        }

        Directory.Delete(StateDirectory, recursive: true);
        return true;
    }

    /// <summary>Gives the slot back.</summary>
    public void Dispose() => _claim.Dispose();

    private static string ClaimFile(int number) => $"{Root}/{number}.claim";

    private static Slot? TryClaim(int number)
    {
        try
        {
            Directory.CreateDirectory(Root);
            return new Slot(number, new FileStream(ClaimFile(number), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException)
        {
            throw new LabException("the lab makes network namespaces and cgroups: run it as root");
        }
        catch (IOException)
        {
            return null;
        }
    }
}
