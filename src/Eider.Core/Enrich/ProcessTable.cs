// (pid, start time) -> process: from the kernel's records, from /proc at the start, and from /proc again for what neither told.

namespace Eider.Core.Enrich;

/// <summary>Ended processes are kept for a grace time, because events of theirs come after them and their children name them as parents. Pipeline thread only,
/// but for the counts.</summary>
internal sealed partial class ProcessTable
{
    public const int DefaultCapacity = 32_768;

    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    // Command lines are as long as their processes like: beyond this the table forgets as if it were full.
    private const long MaxImageOctets = 16 << 20;

    private readonly Dictionary<int, ProcessEntry> _newest = [];
    private readonly Retention<ProcessEntry> _retention;
    private readonly ProcReader _proc;
    private readonly StringPool _names;
    private readonly BootClock _clock;
    private long _imageOctets;
    private long _evictions;
    private long _unresolved;
    private int _identities;

    public ProcessTable(ProcReader proc, StringPool names, BootClock clock, TimeProvider time, int capacity = DefaultCapacity)
    {
        _proc = proc;
        _names = names;
        _clock = clock;
        _retention = new Retention<ProcessEntry>(capacity, Grace, time);
    }

    public int Count => _retention.Count;

    public int EndedCount => _retention.GoneCount;

    public int IdentityCount => Volatile.Read(ref _identities);

    /// <summary>Entries forgotten for want of room.</summary>
    public long Evictions => Volatile.Read(ref _evictions);

    /// <summary>Owners of whom nothing but their own record could be found.</summary>
    public long UnresolvedCount => Volatile.Read(ref _unresolved);

    /// <summary>Memory of command lines, octets.</summary>
    public long ImageOctets => Volatile.Read(ref _imageOctets);

    /// <summary>The process as it is remembered; no I/O, no allocation.</summary>
    /// <param name="startNs">Nanoseconds of CLOCK_BOOTTIME; 0 for whichever has the pid now.</param>
    public ProcessEntry? Find(int pid, ulong startNs)
    {
        var process = _newest.GetValueOrDefault(pid);
        while (process is not null && !process.IsStartedAt(startNs))
        {
            process = process.Earlier;
        }

        return process;
    }

    /// <summary>The owner's process: remembered, or read from /proc, or else made of what the owner says.</summary>
    public ProcessEntry FindOrAdd(in Owner owner)
    {
        Trim();
        if ((Find(owner.Pid, owner.StartTimeNs) ?? Read(owner.Pid, owner.StartTimeNs)) is { } process)
        {
            return process;
        }

        Volatile.Write(ref _unresolved, _unresolved + 1);
        process = new ProcessEntry(owner.Pid, owner.StartTimeNs, isExact: true) { Comm = owner.Comm, Image = new ProcessImage() };
        Add(process);
        _retention.MarkGone(process);
        return process;
    }

    public void OnFork(ForkRecord fork)
    {
        Trim();
        var parent = Find(fork.ParentPid, 0);
        if (Find(fork.Pid, fork.StartTimeNs) is { } known)
        {
            // Seen in /proc before its record came: /proc may already show another program than its parent's.
            SetParent(known, fork.ParentPid, parent);
            return;
        }

        var child = new ProcessEntry(fork.Pid, fork.StartTimeNs, isExact: true)
        {
            Comm = _names.Get(fork.Comm.UntilNul()),
            Image = parent?.Image ?? new ProcessImage(),
        };
        SetParent(child, fork.ParentPid, parent);
        Add(child);
    }

    public void OnExec(ExecRecord exec)
    {
        Trim();
        var comm = _names.Get(exec.Comm.UntilNul());
        var image = new ProcessImage(_names.Get(exec.Path.UntilNul()), exec.Args, exec.ArgsCut);
        if (Find(exec.Pid, exec.StartTimeNs) is { } process)
        {
            Become(process, comm, image);
            return;
        }

        process = new ProcessEntry(exec.Pid, exec.StartTimeNs, isExact: true) { Comm = comm, Image = image };
        SetParent(process, exec.ParentPid, Find(exec.ParentPid, 0));
        Add(process);
    }

    public void OnExit(int pid, ulong startNs)
    {
        if (Find(pid, startNs) is { } process)
        {
            _retention.MarkGone(process);
        }

        Trim();
    }

    /// <summary>Gives <paramref name="process"/> an identity to be found again.</summary>
    public void Remember(ProcessEntry process, IdentityEntry identity)
    {
        // Sockets of a few users and cgroups: beyond that, e.g. in a hostile process, start over.
        const int maxIdentities = 8;
        var length = IdentitiesOf(process);
        if (length >= maxIdentities)
        {
            process.Identities = null;
            _identities -= length;
        }

        identity.Next = process.Identities;
        process.Identities = identity;
        _identities++;
    }

    private void Add(ProcessEntry process)
    {
        Attach(process.Image);
        _retention.Add(process);
        var newer = _newest.GetValueOrDefault(process.Pid);
        if (newer is null || newer.StartTicks <= process.StartTicks)
        {
            // Its pid was given away, so the one before has ended, even where its exit record was lost.
            if (newer is not null)
            {
                _retention.MarkGone(newer);
            }

            process.Earlier = newer;
            _newest[process.Pid] = process;
            return;
        }

        while (newer.Earlier is { } between && between.StartTicks > process.StartTicks)
        {
            newer = between;
        }

        process.Earlier = newer.Earlier;
        newer.Earlier = process;
        _retention.MarkGone(process);
    }

    private void Become(ProcessEntry process, string comm, ProcessImage image)
    {
        Detach(process.Image);
        Attach(image);
        Forget(process);
        process.Comm = comm;
        process.Image = image;
        process.Info = null;
        process.IsSettled = false;
    }

    private void Trim()
    {
        while (_retention.TryForget(_imageOctets > MaxImageOctets, out var process, out var evicted))
        {
            _evictions += evicted ? 1 : 0;
            Detach(process.Image);
            Forget(process);
            Unlink(process);
        }
    }

    private void Unlink(ProcessEntry process)
    {
        var newer = _newest[process.Pid];
        if (newer == process)
        {
            if (process.Earlier is null)
            {
                _newest.Remove(process.Pid);
            }
            else
            {
                _newest[process.Pid] = process.Earlier;
            }

            return;
        }

        while (newer.Earlier != process)
        {
            newer = newer.Earlier!;
        }

        newer.Earlier = process.Earlier;
    }

    private void Forget(ProcessEntry process)
    {
        _identities -= IdentitiesOf(process);
        process.Identities = null;
    }

    private void Attach(ProcessImage image)
    {
        if (image.Users++ == 0)
        {
            _imageOctets += image.Size;
        }
    }

    private void Detach(ProcessImage image)
    {
        if (--image.Users == 0)
        {
            _imageOctets -= image.Size;
        }
    }

    private static void SetParent(ProcessEntry process, int parentPid, ProcessEntry? parent)
    {
        process.ParentPid = parentPid;
        process.ParentStartNs = parent is not null && parent.StartTicks <= process.StartTicks ? parent.StartNs : 0;
    }

    private static int IdentitiesOf(ProcessEntry process)
    {
        var count = 0;
        for (var identity = process.Identities; identity is not null; identity = identity.Next)
        {
            count++;
        }

        return count;
    }
}
