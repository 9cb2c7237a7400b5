// What policies select: a cgroup with what is known of who lives in it.

using Eider.Core.Enrich;

namespace Eider.Core.Policy;

/// <summary>Immutable. Everything is null, or empty, where it is not known.</summary>
public sealed record Workload
{
    private static readonly IReadOnlyDictionary<string, string> NoLabels = new Dictionary<string, string>();

    public CgroupInfo? Cgroup { get; init; }

    /// <summary>The service or scope as the system's own service manager made it: the outermost of the path. What stands below it was named by whoever it was
    /// delegated to, and so can claim to be anything.</summary>
    public string? Unit { get; init; }

    /// <summary>64 lower-case hexadecimal digits, or a machine's name.</summary>
    public string? ContainerId { get; init; }

    /// <summary>Lower case, as <see cref="CgroupPath.PodUid"/>.</summary>
    public string? PodUid { get; init; }

    /// <summary>Of the pod, from a <see cref="WorkloadDirectory"/>, as everything below.</summary>
    public string? Namespace { get; init; }

    public string? PodName { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = NoLabels;

    public IReadOnlyDictionary<string, string> NamespaceLabels { get; init; } = NoLabels;

    /// <summary>What is known of a cgroup from its path and, where a pod lives in it, from the directory.</summary>
    public static Workload Of(CgroupInfo cgroup, WorkloadDirectory directory)
    {
        var path = CgroupPath.Parse(cgroup.Path);
        var pod = path.PodUid is null ? null : directory.Find(path.PodUid);
        var workload = pod is null ? new Workload { PodUid = path.PodUid } : Of(pod, directory);
        return workload with { Cgroup = cgroup, Unit = SystemUnit(cgroup.Path), ContainerId = path.ContainerId };
    }

    /// <summary>What is known of a pod from the directory.</summary>
    public static Workload Of(PodInfo pod, WorkloadDirectory directory) => new()
    {
        PodUid = pod.Uid,
        Namespace = pod.Namespace,
        PodName = pod.Name,
        Labels = pod.Labels ?? NoLabels,
        NamespaceLabels = pod.Namespace is null ? NoLabels : directory.NamespaceLabels(pod.Namespace),
    };

    /// <summary>The first component of the path that is not a slice, where it is a unit at all.</summary>
    private static string? SystemUnit(ReadOnlySpan<char> path)
    {
        foreach (var range in path.Split('/'))
        {
            var component = path[range];
            if (component.IsEmpty || component.EndsWith(".slice"))
            {
                continue;
            }

            // systemd puts an underscore before names the kernel would take for its own files.
            var name = component[0] == '_' ? component[1..] : component;
            return name.EndsWith(".service") || name.EndsWith(".scope") || name.EndsWith(".socket") || name.EndsWith(".mount") || name.EndsWith(".swap")
                ? name.ToString()
                : null;
        }

        return null;
    }
}
