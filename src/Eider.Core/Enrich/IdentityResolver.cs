// Enrich's door: the kernel sensor's records in, and for each DNS event its owner's identity out.

namespace Eider.Core.Enrich;

/// <summary>Tells who an <see cref="Owner"/> is, as it was when the event happened: records and events are given in the order of the ring, all on the
/// pipeline's thread; only <see cref="Statistics"/> may be asked from others. Nothing here fails on what a process, a path or a file says.</summary>
public sealed class IdentityResolver
{
    // How long a name that is missing from an identity is taken as missing.
    private static readonly TimeSpan RetryInterval = UserTable.CheckInterval;

    private readonly TimeProvider _time;
    private readonly ProcReader _proc;
    private readonly ProcessTable _processes;
    private readonly CgroupTable _cgroups;
    private readonly UserTable _users;
    private readonly bool _isHybrid;

    /// <summary>Reads nothing yet: see <see cref="Scan"/>.</summary>
    /// <param name="clock">For start times; the sensor refreshes it.</param>
    public IdentityResolver(HostPaths paths, BootClock clock, TimeProvider time)
    {
        var names = new StringPool();
        _time = time;
        _proc = new ProcReader(paths.ProcRoot, names);
        _processes = new ProcessTable(_proc, names, clock, time);
        _cgroups = new CgroupTable(paths.Cgroups, _proc, time);
        _users = new UserTable(paths.PasswdFile, time);
        _isHybrid = paths.Cgroups?.IsHybrid ?? false;
    }

    public EnrichStatistics Statistics => new(
        _processes.Count,
        _processes.EndedCount,
        _processes.ImageOctets,
        _cgroups.Count,
        _cgroups.UnresolvedCount,
        _processes.IdentityCount,
        _processes.Evictions,
        _cgroups.Evictions,
        _processes.UnresolvedCount);

    /// <summary>Reads all processes and cgroups there are. Called once the kernel's records flow, so that nothing is missed between, and again after records
    /// were lost.</summary>
    /// <exception cref="IOException">There is no procfs.</exception>
    public void Scan()
    {
        _cgroups.Scan();
        _processes.Scan();
    }

    /// <summary>Who <paramref name="owner"/> is. The same object for every event of a process, user and cgroup, until the process becomes another program;
    /// without allocation but for the first.</summary>
    public Identity Resolve(in Owner owner)
    {
        if (!owner.IsKnown)
        {
            return ResolveOwnerless(owner.CgroupId);
        }

        var process = _processes.Find(owner.Pid, owner.StartTimeNs);
        for (var known = process?.Identities; known is not null; known = known.Next)
        {
            if (known.Uid == owner.Uid && known.CgroupId == owner.CgroupId)
            {
                return known.RetryAt == long.MaxValue || _time.GetTimestamp() < known.RetryAt ? known.Identity : Resolve(owner, known);
            }
        }

        return Resolve(owner, null);
    }

    public void OnExec(ExecRecord exec) => _processes.OnExec(exec);

    public void OnFork(ForkRecord fork) => _processes.OnFork(fork);

    /// <param name="startTimeNs">Start of the process, nanoseconds of CLOCK_BOOTTIME.</param>
    public void OnExit(int pid, ulong startTimeNs) => _processes.OnExit(pid, startTimeNs);

    /// <param name="id">Of the v2 hierarchy: the hierarchies of v1 count for themselves.</param>
    /// <param name="path">Below the root of cgroup v2; ends at NUL or with the span.</param>
    public void OnCgroupCreated(ulong id, ReadOnlySpan<byte> path) => _cgroups.OnCreated(id, path);

    public void OnCgroupRemoved(ulong id) => _cgroups.OnRemoved(id);

    private Identity Resolve(in Owner owner, IdentityEntry? known)
    {
        var process = _processes.FindOrAdd(owner);
        var user = _users.Find(owner.Uid);
        var cgroup = owner.CgroupId == 0 ? null : _cgroups.Find(owner.CgroupId, process.IsGone ? 0 : process.Pid);
        var isWhole = user.Name is not null && cgroup is not { IsResolved: false };
        var retryAt = isWhole ? long.MaxValue : _time.GetTimestamp() + (long)(RetryInterval.TotalSeconds * _time.TimestampFrequency);
        if (known is null)
        {
            known = new IdentityEntry(owner.Uid, owner.CgroupId) { Identity = Describe(process, user, cgroup), RetryAt = retryAt };
            _processes.Remember(process, known);
            return known.Identity;
        }

        known.RetryAt = retryAt;
        if (user != known.Identity.User || cgroup?.Info != known.Identity.Cgroup)
        {
            // A process that has ended cannot be asked again for what it said of its container.
            known.Identity = process.IsGone && known.Identity.ContainerId is not null
                ? known.Identity with { User = user, Cgroup = cgroup?.Info }
                : Describe(process, user, cgroup);
        }

        return known.Identity;
    }

    private Identity Describe(ProcessEntry process, UserInfo user, CgroupEntry? cgroup)
    {
        var info = _processes.Describe(process);
        var names = NamesOf(process, cgroup);
        return new Identity
        {
            Process = info,
            User = user,
            Cgroup = cgroup?.Info,
            Unit = names.Unit,
            ContainerId = names.ContainerId,
            Pod = names == cgroup?.Names ? cgroup.Pod : names.PodUid is { } uid ? new PodInfo(uid) : null,
        };
    }

    private Identity ResolveOwnerless(ulong cgroupId)
    {
        if (cgroupId == 0)
        {
            return Identity.Unknown;
        }

        var cgroup = _cgroups.Find(cgroupId, 0);
        return cgroup.Ownerless ??= new Identity
        {
            Cgroup = cgroup.Info,
            Unit = cgroup.Names.Unit,
            ContainerId = cgroup.Names.ContainerId,
            Pod = cgroup.Pod,
        };
    }

    // On a hybrid host the runtimes and units may live in cgroup v1 only, and cgroup v2 shows the root or an outer service.
    private CgroupPath NamesOf(ProcessEntry process, CgroupEntry? cgroup)
    {
        var names = cgroup?.Names ?? CgroupPath.None;
        if (!_isHybrid || names.ContainerId is not null || process.IsGone || _proc.SystemdCgroup(process.Pid) is not { } path)
        {
            return names;
        }

        var v1 = CgroupPath.Parse(path);
        return v1.ContainerId is not null || names.Unit is null ? v1 : names;
    }
}
