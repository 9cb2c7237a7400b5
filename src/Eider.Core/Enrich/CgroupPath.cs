// Reads unit, container and pod out of a cgroup path: the layouts of systemd, kubelet and the container runtimes.

namespace Eider.Core.Enrich;

/// <summary>What a cgroup path says of who lives there. The names were given by whoever may create cgroups at that place: a delegated subtree can claim
/// to be any container, so this is for telling and never proof. Pods are not believed below <c>user.slice</c>, where any user can make cgroups.</summary>
/// <param name="Unit">Innermost systemd unit that runs processes, as systemd writes its name (escapes kept). Null for a container's own scope, which
/// <paramref name="ContainerId"/> tells already.</param>
/// <param name="Slice">Innermost systemd slice.</param>
/// <param name="ContainerId">Innermost container: 64 hexadecimal digits, or the machine's name for LXC and systemd-nspawn.</param>
/// <param name="Runtime">Who made the container: <c>containerd</c>, <c>cri-o</c>, <c>docker</c>, <c>podman</c>, <c>lxc</c>, <c>nspawn</c>; null where the path does not say.</param>
/// <param name="PodUid">Innermost Kubernetes pod, lower case: a UUID, or the 32 digits of a static pod's configuration hash.</param>
public sealed record CgroupPath(string? Unit, string? Slice, string? ContainerId, string? Runtime, string? PodUid)
{
    /// <summary>Says nothing.</summary>
    public static readonly CgroupPath None = new(null, null, null, null, null);

    // PATH_MAX: no real path is longer.
    private const int MaxLength = 4096;

    /// <summary>Never fails: what is not understood is left out.</summary>
    public static CgroupPath Parse(ReadOnlySpan<char> path)
    {
        if (path.Length > MaxLength)
        {
            return None;
        }

        var reader = default(CgroupPathReader);
        foreach (var range in path.Split('/'))
        {
            reader.Read(path[range]);
        }

        return reader.Result;
    }
}
