// Names for processes: what /proc adds to the records, at the first event of a process, and its line of parents.

namespace Eider.Core.Enrich;

internal sealed partial class ProcessTable
{
    private const int MaxParents = 32;

    // As much as an exec record carries (EIDER_ARGS_LEN of bpf/abi.h): the rest is read when a process asks for a name.
    private const int ScannedCommandLine = 512;

    /// <summary>Reads every process there is. At the start, and again after records were lost: what /proc contradicts is put right.</summary>
    /// <exception cref="IOException">There is no procfs.</exception>
    public void Scan()
    {
        var seen = new HashSet<int>();
        foreach (var pid in _proc.Pids())
        {
            if (_proc.TryLook(pid, null, ScannedCommandLine, out var look))
            {
                seen.Add(pid);
                Scanned(pid, look);
            }
        }

        foreach (var process in _newest.Values)
        {
            if (!seen.Contains(process.Pid))
            {
                _retention.MarkGone(process);
            }
        }

        Trim();
    }

    /// <summary>Everything that is to be told of a process; the same object until it becomes another program.</summary>
    public ProcessInfo Describe(ProcessEntry process)
    {
        if (process.Info is null)
        {
            Settle(process);
            process.Info = new ProcessInfo(
                process.Pid, _clock.ToTime(process.StartNs), process.Comm, process.Image.Exe, process.Image.CommandLine, ParentsOf(process));
        }

        return process.Info;
    }

    private void Scanned(int pid, ProcLook look)
    {
        if (Find(pid, look.Stat.StartTicks * ProcReader.NsPerTick) is not { } known)
        {
            AddRead(pid, look);
        }
        else if (!known.Image.IsSeenIn(look))
        {
            Become(known, look.Stat.Comm, new ProcessImage(look.Exe, look.CommandLine, look.IsCut));
        }
    }

    // What /proc shows of the pid, if that is the process that started then: for somebody who asks for its name.
    private ProcessEntry? Read(int pid, ulong startNs)
    {
        ulong? startTicks = startNs == 0 ? null : startNs / ProcReader.NsPerTick;
        if (!_proc.TryLook(pid, startTicks, ProcReader.MaxCommandLine, out var look))
        {
            return null;
        }

        var process = AddRead(pid, look);
        process.IsStartedAt(startNs);
        process.IsSettled = true;
        return process;
    }

    private ProcessEntry AddRead(int pid, ProcLook look)
    {
        var process = new ProcessEntry(pid, look.Stat.StartTicks * ProcReader.NsPerTick, isExact: false)
        {
            Comm = look.Stat.Comm,
            Image = new ProcessImage(look.Exe, look.CommandLine, look.IsCut),
            ParentPid = look.Stat.ParentPid,
        };
        Add(process);
        return process;
    }

    // Asks /proc once for each program of a process.
    private void Settle(ProcessEntry process)
    {
        if (process.IsGone || process.IsSettled)
        {
            return;
        }

        if (!_proc.TryLook(process.Pid, process.StartTicks, ProcReader.MaxCommandLine, out var look))
        {
            // Ended: its exit record is on the way, or was lost.
            _retention.MarkGone(process);
            return;
        }

        process.IsSettled = true;
        if (process.Image.IsSeenIn(look))
        {
            // A process may rename itself without exec.
            process.Comm = look.Stat.Comm;
            var size = process.Image.Size;
            process.Image.Settle(look);
            _imageOctets += process.Image.Size - size;
        }
    }

    private ParentInfo[] ParentsOf(ProcessEntry process)
    {
        var parents = new List<ParentInfo>();
        var current = process;
        while (parents.Count < MaxParents && ParentOf(current) is { } parent && !IsAmong(parents, parent.Pid) && parent != process)
        {
            Settle(parent);
            parents.Add(new ParentInfo(parent.Pid, parent.Comm, parent.Image.Exe));
            current = parent;
        }

        return [.. parents];
    }

    // Who made the process, as long as that is remembered; after that, who /proc says took it over.
    private ProcessEntry? ParentOf(ProcessEntry process)
    {
        var parent = process.ParentStartNs != 0
            ? FindOrRead(process.ParentPid, process.ParentStartNs)
            : Older(process, process.ParentPid);

        if (parent is null && !process.IsGone && _proc.TryStat(process.Pid, out var stat) && stat.StartTicks == process.StartTicks)
        {
            process.ParentPid = stat.ParentPid;
            parent = Older(process, stat.ParentPid);
        }

        process.ParentStartNs = parent?.StartNs ?? 0;
        return parent;
    }

    // A parent is older than its child: a process that is not got the parent's pid later.
    private ProcessEntry? Older(ProcessEntry child, int pid)
    {
        var process = FindOrRead(pid, 0);
        while (process is not null && process.StartTicks > child.StartTicks)
        {
            process = process.Earlier;
        }

        return process;
    }

    private ProcessEntry? FindOrRead(int pid, ulong startNs) => pid <= 0 ? null : Find(pid, startNs) ?? Read(pid, startNs);

    private static bool IsAmong(List<ParentInfo> parents, int pid)
    {
        foreach (var parent in parents)
        {
            if (parent.Pid == pid)
            {
                return true;
            }
        }

        return false;
    }
}
