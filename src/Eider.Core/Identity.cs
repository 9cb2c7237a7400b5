// Who did it, as it was when it happened. Enrich fills these in; every later stage only reads them.

namespace Eider.Core;

/// <summary>What the kernel said of a socket's user at the moment of the packet; the key that Enrich resolves to an <see cref="Identity"/>.</summary>
/// <param name="Pid">Thread group id in the initial pid namespace; 0 where it is not known.</param>
/// <param name="StartTimeNs">Start of the process, nanoseconds of CLOCK_BOOTTIME; with <paramref name="Pid"/> it names one process for good.</param>
/// <param name="Uid">In the initial user namespace.</param>
/// <param name="CgroupId">cgroup v2 id (the inode of its directory); 0 where it is not known.</param>
/// <param name="NetnsCookie">Network namespace; 0 where it is not known.</param>
/// <param name="Comm">Name of the thread that used the socket.</param>
public readonly record struct Owner(int Pid, ulong StartTimeNs, uint Uid, ulong CgroupId, ulong NetnsCookie, string Comm)
{
    public static readonly Owner Unknown = new(0, 0, 0, 0, 0, "");

    public bool IsKnown => Pid != 0;
}

/// <summary>One process. Strings come from the process itself and are hostile: escape them where they are shown.</summary>
public sealed record ProcessInfo(int Pid, DateTimeOffset StartTime, string Comm, string? Exe, string? CommandLine, IReadOnlyList<ParentInfo> Parents);

/// <summary>A parent, the nearest first, up to and including pid 1.</summary>
public readonly record struct ParentInfo(int Pid, string Comm, string? Exe);

/// <param name="Name">From the host's passwd file; null where the uid has no entry.</param>
public sealed record UserInfo(uint Uid, string? Name);

/// <param name="Path">Below the cgroup v2 mount, with a leading slash; null where the id could not be resolved.</param>
public sealed record CgroupInfo(ulong Id, string? Path);

/// <summary>A Kubernetes pod; only <paramref name="Uid"/> can be told from a cgroup path, the rest needs a workload directory.</summary>
public sealed record PodInfo(string Uid, string? Namespace = null, string? Name = null, IReadOnlyDictionary<string, string>? Labels = null);

/// <summary>Everything known of an event's process and workload. Immutable and shared between the events of one process.</summary>
public sealed record Identity
{
    public static readonly Identity Unknown = new();

    public ProcessInfo? Process { get; init; }

    public UserInfo? User { get; init; }

    public CgroupInfo? Cgroup { get; init; }

    /// <summary>systemd unit, e.g. <c>nginx.service</c>.</summary>
    public string? Unit { get; init; }

    /// <summary>64 hexadecimal digits for containerd, CRI-O, Docker and Podman.</summary>
    public string? ContainerId { get; init; }

    public PodInfo? Pod { get; init; }
}
