// The control groups of this machine, and which policies hold for each: its own, and those of every cgroup around it.

using System.Diagnostics.CodeAnalysis;
using Eider.Bpf;
using Eider.Core.Abi;
using Eider.Core.Enrich;

namespace Eider.Core.Policy;

/// <summary>One cgroup.</summary>
internal sealed class WorkloadNode(ulong id, string path, WorkloadNode? parent)
{
    public ulong Id => id;

    public string Path => path;

    /// <summary>The nearest cgroup above that is known; null at the top.</summary>
    public WorkloadNode? Parent => parent;

    public int Depth { get; } = parent is null ? 0 : parent.Depth + 1;

    /// <summary>The pod, container or unit that it belongs to, by name; null outside of all.</summary>
    public string? Group { get; } = GroupOf(path);

    /// <summary>How deep it lies is not known: the kernel tells no more of a path than fits its record.</summary>
    public bool IsCut { get; init; }

    /// <summary>By itself, worked out for <see cref="SelectedBy"/>.</summary>
    public Selection Own { get; set; }

    public CompiledPolicies? SelectedBy { get; set; }

    /// <summary>What holds for it in what is in force.</summary>
    public WorkloadPosture Held { get; set; }

    private static string? GroupOf(string path)
    {
        var workload = Workload.Of(new CgroupInfo(0, path), WorkloadDirectory.Empty);
        return workload.PodUid ?? workload.ContainerId ?? workload.Unit;
    }
}

/// <param name="Selection">With what holds for the cgroups around.</param>
/// <param name="First">The first of its postures.</param>
/// <param name="HasEntry">In the kernel's table; else it inherits.</param>
/// <param name="Levels">Below the nearest cgroup that has an entry.</param>
/// <param name="Number">Of the workload it belongs to.</param>
internal readonly record struct WorkloadPosture(Selection Selection, uint First, bool HasEntry, int Levels, uint Number)
{
    /// <summary>Null: none.</summary>
    public WorkloadRecord? Entry => HasEntry ? new WorkloadRecord(First, Number) : null;
}

/// <summary>Not thread-safe.</summary>
internal sealed class WorkloadTree
{
    /// <summary>The kernel looks so many cgroups up for an entry, MAX_CGROUP_DEPTH of bpf/lib/workload.h, and half of them leave room for those it makes itself.</summary>
    private const int LevelsWithoutEntry = 8;

    private const int MaxDepth = 64;

    /// <summary>EIDER_CGROUP_PATH_LEN of bpf/abi.h without its NUL; characters, of which a path has no more than octets.</summary>
    private const int MaxTold = 1023;

    private readonly Dictionary<ulong, WorkloadNode> byId = [];
    private readonly Dictionary<string, WorkloadNode> byPath = new(StringComparer.Ordinal);

    /// <summary>Room in the kernel's table is for so many.</summary>
    public const int Capacity = PolicyLimits.Workloads;

    public int Count => byId.Count;

    public int EntryCount => byId.Values.Count(node => node.Held.HasEntry);

    /// <summary>Those around before those within.</summary>
    public WorkloadNode[] Nodes => [.. byId.Values.OrderBy(node => node.Depth)];

    public WorkloadNode? Find(ulong id) => byId.GetValueOrDefault(id);

    public WorkloadNode? Find(string path) => byPath.GetValueOrDefault(path);

    /// <returns>False where it is known already, or there is no room.</returns>
    public bool TryAdd(ulong id, string path, [NotNullWhen(true)] out WorkloadNode? node)
    {
        node = null;
        if (id == 0 || byId.Count >= Capacity || byId.ContainsKey(id) || !path.StartsWith('/'))
        {
            return false;
        }

        var isCut = path.Length >= MaxTold;
        if (isCut)
        {
            path = path[..(path.LastIndexOf('/') + 1)] + "…";
        }

        node = new WorkloadNode(id, path, NearestAbove(path)) { IsCut = isCut };
        byId.Add(id, node);

        // A path is used again once its cgroup is gone; the newer one is meant.
        byPath[path] = node;
        return true;
    }

    public WorkloadNode? Remove(ulong id)
    {
        if (byId.Remove(id, out var node) && byPath.GetValueOrDefault(node.Path) == node)
        {
            byPath.Remove(node.Path);
        }

        return node;
    }

    /// <summary>Adds what stands below the mount and forgets what does not. Cgroups that come and go meanwhile are told by the kernel.</summary>
    public void Scan(CgroupPaths paths)
    {
        var seen = new HashSet<ulong>();
        var pending = new Queue<(string Directory, int Depth)>([(paths.Directory, 0)]);
        while (seen.Count < Capacity && pending.TryDequeue(out var next))
        {
            var id = Inode.Of(next.Directory);
            seen.Add(id);
            TryAdd(id, paths.Of(next.Directory), out _);
            foreach (var child in next.Depth < MaxDepth ? ChildrenOf(next.Directory) : [])
            {
                pending.Enqueue((child, next.Depth + 1));
            }
        }

        foreach (var gone in byId.Keys.Where(id => !seen.Contains(id)).ToArray())
        {
            Remove(gone);
        }
    }

    /// <summary>What holds for a node once it holds for those around it.</summary>
    /// <param name="selection">Its own and that of those around it.</param>
    /// <param name="above">Of its parent; null at the top.</param>
    /// <param name="first">Of the selection that comes of it.</param>
    /// <param name="isOfItsOwn">Whether workloads have a rate or responses there, each its own.</param>
    /// <param name="defaultPosture">Of what has no entry anywhere above.</param>
    public static WorkloadPosture Settle(WorkloadNode node, in Selection selection, WorkloadPosture? above, uint first, bool isOfItsOwn, uint defaultPosture)
    {
        var levels = node.IsCut ? LevelsWithoutEntry : above?.Levels + 1 ?? 0;
        var isWithin = above is not null && IsOfOne(node, first, above.Value);
        var hasEntry = first != (above?.First ?? defaultPosture) || (first != defaultPosture && levels >= LevelsWithoutEntry) || (isOfItsOwn && !isWithin);
        return new WorkloadPosture(selection, first, hasEntry, hasEntry ? 0 : levels, isWithin ? above!.Value.Number : NumberOf(node.Id));
    }

    /// <summary>A workload is a pod, else a container, else a unit, each with all cgroups in it; outside of those it is what the policies select, with all that is in there.</summary>
    private static bool IsOfOne(WorkloadNode node, uint first, in WorkloadPosture above) =>
        node.Group is not null ? node.Parent?.Group == node.Group : node.Parent?.Group is null && above.First == first;

    /// <summary>The lower half of an id is an inode number, which no two cgroups that live at the same time share.</summary>
    private static uint NumberOf(ulong id) => (uint)id is 0 ? 1 : (uint)id;

    /// <summary>A policy that selects a cgroup holds for everything within it, whoever lives there: nobody gets out by making a cgroup of his own.</summary>
    public static Selection Within(in Selection own, WorkloadPosture? above) =>
        above is { } around ? own with { Selecting = own.Selecting | around.Selection.Selecting } : own;

    private WorkloadNode? NearestAbove(string path)
    {
        for (var end = path.LastIndexOf('/'); path != "/" && end >= 0; end = end == 0 ? -1 : path.LastIndexOf('/', end - 1))
        {
            if (byPath.TryGetValue(end == 0 ? "/" : path[..end], out var node))
            {
                return node;
            }
        }

        return null;
    }

    private static string[] ChildrenOf(string directory)
    {
        try
        {
            return Directory.GetDirectories(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Removed while we looked.
            return [];
        }
    }
}
