// One process that Enrich remembers, with the identities its events have been given.

namespace Eider.Core.Enrich;

internal sealed class ProcessEntry(int pid, ulong startNs, bool isExact) : Retained<ProcessEntry>
{
    private bool _isExact = isExact;

    public int Pid { get; } = pid;

    /// <summary>Nanoseconds of CLOCK_BOOTTIME; rounded down to ticks until the kernel has told it exactly.</summary>
    public ulong StartNs { get; private set; } = startNs;

    public ulong StartTicks => StartNs / ProcReader.NsPerTick;

    public int ParentPid { get; set; }

    /// <summary>Which process of that pid the parent is; 0 where it has not been found yet.</summary>
    public ulong ParentStartNs { get; set; }

    public required string Comm { get; set; }

    public required ProcessImage Image { get; set; }

    /// <summary>/proc has been asked about its program.</summary>
    public bool IsSettled { get; set; }

    /// <summary>Made at the first event, unmade at exec.</summary>
    public ProcessInfo? Info { get; set; }

    /// <summary>Newest first.</summary>
    public IdentityEntry? Identities { get; set; }

    /// <summary>The process that had this pid before.</summary>
    public ProcessEntry? Earlier { get; set; }

    /// <summary>True when this is the process that started at <paramref name="startNs"/>; 0 is any.</summary>
    public bool IsStartedAt(ulong startNs)
    {
        if (startNs == StartNs || startNs == 0)
        {
            return true;
        }

        if (_isExact || startNs / ProcReader.NsPerTick != StartTicks)
        {
            return false;
        }

        (StartNs, _isExact) = (startNs, true);
        return true;
    }
}

/// <summary>The identity of a process's events, of one user and one cgroup: a process can change both, and its sockets keep theirs.</summary>
internal sealed class IdentityEntry(uint uid, ulong cgroupId)
{
    public uint Uid { get; } = uid;

    public ulong CgroupId { get; } = cgroupId;

    public required Identity Identity { get; set; }

    /// <summary>When to try again for what could not be found; <see cref="long.MaxValue"/> where nothing is missing.</summary>
    public required long RetryAt { get; set; }

    public IdentityEntry? Next { get; set; }
}
