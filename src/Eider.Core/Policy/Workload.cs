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
}
