// What this kernel and these privileges allow, found out by trying it. Versions say little: vendors backport, builds leave out, containers forbid.

using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>One thing that was tried.</summary>
/// <param name="Name">E.g. <c>map ring buffer</c>; stable.</param>
/// <param name="Available">Whether it worked.</param>
/// <param name="Detail">What was found, for a person.</param>
/// <param name="Mend">What to do about it; null where it worked.</param>
public sealed record ProbeResult(string Name, bool Available, string Detail, string? Mend);

/// <summary>
/// Feature probes. Each loads a tiny program, makes a tiny map, or attaches and detaches one that lets everything pass; nothing stays. All but
/// <see cref="Environment"/> need root or the capabilities of BPF, without which everything is reported as unavailable, with that reason. Thread-safe.
/// </summary>
public static partial class BpfProbe
{
    private const int HelperLoop = 181;
    private const int HelperSocketStorageGet = 107;
    private const int HelperNetnsCookie = 122;
    private const int HelperSkbCgroupId = 79;

    /// <summary>Everything, in the order in which a person would mend it: surroundings, then what the kernel offers. Takes some tenths of a second.
    /// Without libbpf the kernel cannot be asked, so only the surroundings are told, that among them.</summary>
    public static IReadOnlyList<ProbeResult> All()
    {
        var surroundings = Environment();
        return surroundings[0].Available ? [.. surroundings, .. Kernel()] : surroundings;
    }

    /// <summary>libbpf first, then privileges and mounts; needs no privilege.</summary>
    public static IReadOnlyList<ProbeResult> Environment() =>
    [
        LibbpfVersion(), Privileges(), Lockdown(), LockedMemory(), Unprivileged(), KernelTypeInformation(), CgroupMounted(), BpfFileSystemMounted(),
    ];

    /// <summary>Types of program and map, helpers and hooks.</summary>
    /// <exception cref="LibbpfMissingException">libbpf is not installed.</exception>
    public static IReadOnlyList<ProbeResult> Kernel() =>
    [
        OfProgram("program cgroup_skb", ProgramType.CgroupSkb, "4.10"),
        OfProgram("program cgroup_sock", ProgramType.CgroupSock, "4.10"),
        OfProgram("program cgroup_sock_addr", ProgramType.CgroupSockAddr, "4.17"),
        OfProgram("program tc", ProgramType.TcClassifier, "4.1"),
        OfProgram("program xdp", ProgramType.Xdp, "4.8"),
        OfProgram("program raw_tp", ProgramType.RawTracepoint, "4.17"),
        OfTracing("program tp_btf", "sched_process_exec", AttachType.TraceRawTracepoint, "5.5"),
        OfTracing("program iter", "task_file", AttachType.TraceIterator, "5.8"),
        OfMap("map hash", MapType.Hash, "3.19"),
        OfMap("map lru hash", MapType.LruHash, "4.10"),
        OfMap("map per-CPU array", MapType.PerCpuArray, "4.6"),
        OfMap("map lpm trie", MapType.LpmTrie, "4.11"),
        OfMap("map array of maps", MapType.ArrayOfMaps, "4.12"),
        OfMap("map socket storage", MapType.SocketStorage, "5.2"),
        OfMap("map ring buffer", MapType.RingBuffer, "5.8"),
        MappableArray(),
        OfHelper("helper bpf_loop", ProgramType.CgroupSkb, HelperLoop, "5.17"),
        OfHelper("helper bpf_sk_storage_get in cgroup_skb", ProgramType.CgroupSkb, HelperSocketStorageGet, "5.2"),
        OfHelper("helper bpf_skb_cgroup_id in cgroup_skb", ProgramType.CgroupSkb, HelperSkbCgroupId, "5.10"),
        OfHelper("helper bpf_get_netns_cookie in cgroup_skb", ProgramType.CgroupSkb, HelperNetnsCookie, "6.15"),
        CgroupAttach(),
        Tcx(),
    ];

    /// <summary>Whether programs of this type load.</summary>
    public static bool HasProgramType(ProgramType type)
    {
        Libbpf.Require();
        using var messages = LibbpfMessages.Collect();
        return Libbpf.libbpf_probe_bpf_prog_type((int)type, 0) == 1;
    }

    /// <summary>Whether maps of this type can be made.</summary>
    public static bool HasMapType(MapType type)
    {
        Libbpf.Require();
        using var messages = LibbpfMessages.Collect();
        return Libbpf.libbpf_probe_bpf_map_type((int)type, 0) == 1;
    }

    /// <summary>Whether programs of this type may call a helper.</summary>
    /// <param name="type">One that loads without an attach target.</param>
    /// <param name="helper">BPF_FUNC_* of the kernel's bpf.h.</param>
    public static bool HasHelper(ProgramType type, int helper)
    {
        // The call has no arguments, so it is refused in any case; the verifier's words tell whether for its arguments or for itself.
        var fd = ProbeProgram.Load(type, [ProbeProgram.Call(helper), ProbeProgram.Exit], out var log);
        if (fd >= 0)
        {
            _ = Libc.close(fd);
            return true;
        }

        return log.Length > 0 && !log.Contains("unknown func") && !log.Contains("invalid func") && !log.Contains("cannot use helper");
    }

    /// <summary>Whether tracing programs load on this target.</summary>
    /// <param name="target">A tracepoint for <see cref="AttachType.TraceRawTracepoint"/>, an object kind for <see cref="AttachType.TraceIterator"/>, a
    /// kernel function for <see cref="AttachType.TraceFentry"/>.</param>
    /// <param name="kind">One of those three.</param>
    public static bool HasTracing(string target, AttachType kind)
    {
        Libbpf.Require();
        using var messages = LibbpfMessages.Collect();
        var id = Libbpf.libbpf_find_vmlinux_btf_id(target, (int)kind);
        if (id <= 0)
        {
            return false;
        }

        var fd = ProbeProgram.Load(ProgramType.Tracing, ProbeProgram.Returning(0), out _, kind, (uint)id);
        return ProbeProgram.Close(fd);
    }

    /// <summary>Whether the kernel has tcx links (6.6). Nothing is attached: the kernel is asked for an interface that cannot be, and its answer differs.</summary>
    public static unsafe bool HasTcx()
    {
        const int NoInterface = int.MaxValue;
        var fd = ProbeProgram.Load(ProgramType.TcClassifier, ProbeProgram.Returning(0), out _);
        if (fd < 0)
        {
            return false;
        }

        var link = Libbpf.bpf_link_create(fd, NoInterface, (int)AttachType.TcxIngress, null);
        _ = Libc.close(fd);
        return link == -Errno.NoDevice;
    }
}
