// cgroup id -> path and what the path says, from kernel records, from the mounted tree, and from processes that are still there.

using System.Text;
using Eider.Bpf;

namespace Eider.Core.Enrich;

/// <summary>One cgroup. <see cref="Info"/> has no path until one is found.</summary>
internal sealed class CgroupEntry(ulong id) : Retained<CgroupEntry>
{
    public ulong Id { get; } = id;

    public CgroupInfo Info { get; private set; } = new(id, null);

    public CgroupPath Names { get; private set; } = CgroupPath.None;

    public PodInfo? Pod { get; private set; }

    public bool IsResolved => Info.Path is not null;

    /// <summary>What is known of an event whose process is not known.</summary>
    public Identity? Ownerless { get; set; }

    internal long RetryAt { get; set; }

    internal TimeSpan Patience { get; set; }

    internal void Resolve(string path)
    {
        Info = new CgroupInfo(Id, path);
        Names = CgroupPath.Parse(path);
        Pod = Names.PodUid is { } uid ? new PodInfo(uid) : null;
        Ownerless = null;
    }
}

/// <summary>Ids of cgroup v2 are never used twice until the next boot, so an entry is true for good; those removed are kept for a grace time because their
/// last events come after. Pipeline thread only, but for the counts.</summary>
internal sealed class CgroupTable
{
    public const int Capacity = 16_384;

    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    private const int MaxDepth = 64;
    private const int MaxRecordedPath = 1023; // EIDER_CGROUP_PATH_LEN of bpf/abi.h without its NUL

    // A cgroup that cannot be found is looked for again at these intervals, doubling: it may never be found.
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastPatience = TimeSpan.FromMinutes(5);

    // Walking the tree stops the pipeline: never oftener than this, nor more than 1/20 of the time.
    private static readonly TimeSpan WalkInterval = TimeSpan.FromSeconds(1);
    private const int WalkShare = 20;

    private readonly Dictionary<ulong, CgroupEntry> _cgroups = [];
    private readonly Retention<CgroupEntry> _retention;
    private readonly CgroupPaths? _paths;
    private readonly ProcReader _proc;
    private readonly TimeProvider _time;
    private long _nextWalkAt;
    private long _evictions;
    private int _unresolved;

    /// <param name="mount">Null where there is no cgroup v2: then only kernel records give paths.</param>
    public CgroupTable(CgroupMount? mount, ProcReader proc, TimeProvider time)
    {
        _paths = mount is null ? null : new CgroupPaths(mount);
        _proc = proc;
        _time = time;
        _retention = new Retention<CgroupEntry>(Capacity, Grace, time);
        _nextWalkAt = time.GetTimestamp();
    }

    public int Count => _retention.Count;

    public int UnresolvedCount => Volatile.Read(ref _unresolved);

    /// <summary>Entries forgotten for want of room.</summary>
    public long Evictions => Volatile.Read(ref _evictions);

    /// <summary>Reads the whole mounted tree; what is not there any more begins its grace time.</summary>
    public void Scan()
    {
        if (_paths is null)
        {
            return;
        }

        var startedAt = _time.GetTimestamp();
        var seen = new HashSet<ulong>();
        var pending = new Stack<(string Directory, int Depth)>();
        pending.Push((_paths.Directory, 0));
        while (seen.Count < Capacity && pending.TryPop(out var next))
        {
            if (Inode.Of(next.Directory) is var id and not 0 && seen.Add(id))
            {
                SetPath(id, _paths.Of(next.Directory));
                PushChildren(pending, next.Directory, next.Depth + 1);
            }
        }

        if (pending.Count == 0)
        {
            MarkGoneExcept(seen);
        }

        Trim();
        var pause = _time.GetElapsedTime(startedAt) * WalkShare;
        _nextWalkAt = After(pause > WalkInterval ? pause : WalkInterval);
    }

    /// <param name="id">Not 0.</param>
    /// <param name="pid">A process that may still be in the cgroup; 0 where none is known.</param>
    /// <returns>An entry without a path where none can be found for now.</returns>
    public CgroupEntry Find(ulong id, int pid)
    {
        var cgroup = Get(id);
        if (!cgroup.IsResolved && _time.GetTimestamp() >= cgroup.RetryAt)
        {
            LookFor(cgroup, pid);
            Trim();
        }

        return cgroup;
    }

    /// <param name="id">Of a cgroup of the v2 hierarchy; those of v1 have ids of their own that may be equal.</param>
    /// <param name="path">From the root of the hierarchy; ended by NUL or by the span.</param>
    public void OnCreated(ulong id, ReadOnlySpan<byte> path)
    {
        // A path that fills the record may have been cut: no name is better than a wrong one, and it can be found later.
        path = path.UntilNul();
        if (id != 0 && path.Length is > 0 and < MaxRecordedPath)
        {
            var told = Encoding.UTF8.GetString(path);
            SetPath(id, _paths?.OfTold(id, told) ?? told);
            Trim();
        }
    }

    public void OnRemoved(ulong id)
    {
        if (_cgroups.TryGetValue(id, out var cgroup))
        {
            _retention.MarkGone(cgroup);
            Trim();
        }
    }

    private CgroupEntry Get(ulong id)
    {
        if (!_cgroups.TryGetValue(id, out var cgroup))
        {
            cgroup = new CgroupEntry(id) { RetryAt = _time.GetTimestamp(), Patience = FirstPatience };
            _cgroups.Add(id, cgroup);
            _retention.Add(cgroup);
            Volatile.Write(ref _unresolved, _unresolved + 1);
        }

        return cgroup;
    }

    private void SetPath(ulong id, string path)
    {
        var cgroup = Get(id);
        if (!cgroup.IsResolved)
        {
            cgroup.Resolve(path);
            Volatile.Write(ref _unresolved, _unresolved - 1);
        }
    }

    private void LookFor(CgroupEntry cgroup, int pid)
    {
        // The process says where it is, and the inode there says whether that is the place: cheaper than a walk, and right even when it has moved.
        // Seen from within a cgroup namespace, a path may begin with "/..": that is no place below the mount.
        if (_paths is not null && pid != 0 && _proc.UnifiedCgroup(pid) is { } path && !path.StartsWith("/..", StringComparison.Ordinal)
            && Inode.Of(_paths.ToDirectory(path)) == cgroup.Id)
        {
            SetPath(cgroup.Id, path);
        }
        else if (_time.GetTimestamp() >= _nextWalkAt)
        {
            Scan();
        }

        if (!cgroup.IsResolved)
        {
            cgroup.RetryAt = After(cgroup.Patience);
            cgroup.Patience = cgroup.Patience * 2 < LastPatience ? cgroup.Patience * 2 : LastPatience;
        }
    }

    private static void PushChildren(Stack<(string Directory, int Depth)> pending, string directory, int depth)
    {
        if (depth > MaxDepth)
        {
            return;
        }

        try
        {
            foreach (var child in Directory.EnumerateDirectories(directory))
            {
                pending.Push((child, depth));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Removed while we looked, or not for us to see: its cgroups stay unresolved, and are counted as that.
        }
    }

    private void MarkGoneExcept(HashSet<ulong> seen)
    {
        foreach (var (id, cgroup) in _cgroups)
        {
            if (!seen.Contains(id))
            {
                _retention.MarkGone(cgroup);
            }
        }
    }

    private void Trim()
    {
        while (_retention.TryForget(crowded: false, out var cgroup, out var evicted))
        {
            _cgroups.Remove(cgroup.Id);
            Volatile.Write(ref _unresolved, _unresolved - (cgroup.IsResolved ? 0 : 1));
            Volatile.Write(ref _evictions, _evictions + (evicted ? 1 : 0));
        }
    }

    private long After(TimeSpan delay) => _time.GetTimestamp() + (long)(delay.TotalSeconds * _time.TimestampFrequency);
}
