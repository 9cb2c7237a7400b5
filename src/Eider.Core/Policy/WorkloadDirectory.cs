// Which pods there are and how they are labelled: a snapshot, from a file or from Kubernetes. Enrich and policies read it.

using System.Collections.Frozen;

namespace Eider.Core.Policy;

/// <summary>Immutable; any thread. A change is a new snapshot.</summary>
public sealed class WorkloadDirectory
{
    /// <summary>Every namespace has it, with its name, without being told.</summary>
    public const string NamespaceNameLabel = "kubernetes.io/metadata.name";

    public static readonly WorkloadDirectory Empty = new([], new Dictionary<string, IReadOnlyDictionary<string, string>>());

    private readonly FrozenDictionary<string, PodInfo> _pods;
    private readonly FrozenDictionary<string, IReadOnlyDictionary<string, string>> _namespaces;

    /// <param name="pods">With namespace and labels; uids, in lower case, are unique.</param>
    /// <param name="namespaces">Labels by namespace; those of the pods need not be among them.</param>
    public WorkloadDirectory(IReadOnlyCollection<PodInfo> pods, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> namespaces)
    {
        _pods = pods.ToFrozenDictionary(pod => pod.Uid);
        _namespaces = namespaces.Keys.Concat(pods.Select(pod => pod.Namespace).OfType<string>()).Distinct()
            .ToFrozenDictionary(name => name, IReadOnlyDictionary<string, string> (name) => WithName(name, namespaces.GetValueOrDefault(name)));
    }

    public IReadOnlyCollection<PodInfo> Pods => _pods.Values;

    /// <param name="podUid">As <see cref="Enrich.CgroupPath.PodUid"/>.</param>
    public PodInfo? Find(string podUid) => _pods.GetValueOrDefault(podUid);

    /// <summary>Labels of a namespace; empty where it is not known.</summary>
    public IReadOnlyDictionary<string, string> NamespaceLabels(string name) =>
        _namespaces.TryGetValue(name, out var labels) ? labels : FrozenDictionary<string, string>.Empty;

    /// <summary>The pods as policies see them, without their cgroups.</summary>
    public IEnumerable<Workload> Workloads() => _pods.Values.Select(pod => Workload.Of(pod, this));

    private static FrozenDictionary<string, string> WithName(string name, IReadOnlyDictionary<string, string>? labels)
    {
        var all = new Dictionary<string, string>(labels ?? FrozenDictionary<string, string>.Empty) { [NamespaceNameLabel] = name };
        return all.ToFrozenDictionary();
    }
}
