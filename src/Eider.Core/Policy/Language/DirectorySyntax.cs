// The workload directory as a file: a list of pods, or pods and namespaces.

using Eider.Core.Config;

namespace Eider.Core.Policy.Language;

/// <summary>A directory in the making.</summary>
internal sealed record DirectoryDraft(IReadOnlyList<Placed<PodInfo>> Pods, IReadOnlyList<Placed<NamespaceDraft>> Namespaces);

internal sealed record NamespaceDraft(string Name, IReadOnlyDictionary<string, string> Labels);

internal static class DirectorySyntax
{
    private const int MaxPods = 100_000;

    private static readonly Dictionary<string, string> NoLabels = [];

    public static readonly ObjectSyntax<PodInfo> Pod = new(
        "a pod",
        [
            Field<PodInfo>.Of("podUid", SubjectSyntax.PodUid, "As in the path of the pod's cgroup.", (target, uid) => target with { Uid = uid }, required: true),
            Field<PodInfo>.Of("namespace", Values.NamespaceName, "Of the pod.", (target, name) => target with { Namespace = name }, required: true),
            Field<PodInfo>.Of("name", Values.ObjectName, "Of the pod, as events show it.", (target, name) => target with { Name = name }, required: true),
            Field<PodInfo>.Of("labels", SelectorSyntax.Labels, "By which `podSelector` selects.", (target, labels) => target with { Labels = labels }, fallback: "none"),
        ])
    {
        Misplaced = new Dictionary<string, string> { ["uid"] = "write \"podUid\"", ["metadata"] = "its keys stand here, without \"metadata\" around them" },
    };

    public static readonly ObjectSyntax<NamespaceDraft> Namespace = new(
        "a namespace",
        [
            Field<NamespaceDraft>.Of("name", Values.NamespaceName, "Of the namespace.", (target, name) => target with { Name = name }, required: true),
            Field<NamespaceDraft>.Of("labels", SelectorSyntax.Labels, "By which `namespaceSelector` selects.", (target, labels) => target with { Labels = labels }, fallback: "none"),
        ]);

    private static readonly Syntax<IReadOnlyList<Placed<PodInfo>>> Pods = Values.List("pods", Pod.From(_ => new PodInfo("")), MaxPods, least: 0);

    public static readonly ObjectSyntax<DirectoryDraft> Directory = new(
        "a workload directory",
        [
            Field<DirectoryDraft>.Of("pods", Pods, "Those of this node, or of the whole cluster.", (target, pods) => target with { Pods = pods }, required: true),
            Field<DirectoryDraft>.Of("namespaces", Values.List("namespaces", Namespace.From(_ => new NamespaceDraft("", NoLabels)), MaxPods, least: 0),
                "Labels of namespaces.", (target, namespaces) => target with { Namespaces = namespaces }, fallback: "none"),
        ]);

    public static DirectoryDraft Read(YamlNode root, Diagnostics found)
    {
        var nothing = new DirectoryDraft([], []);
        return root is YamlList ? nothing with { Pods = Pods.Read(root, found)?.Value ?? [] } : Directory.Read(root, found, nothing);
    }

    /// <summary>Each pod and each namespace once.</summary>
    public static void CheckUnique(DirectoryDraft draft, Diagnostics found)
    {
        Check(draft.Pods, pod => pod.Uid, uid => $"the pod {YamlScalar.Quote(uid)}", found);
        Check(draft.Namespaces, space => space.Name, name => $"the namespace {YamlScalar.Quote(name)}", found);
    }

    private static void Check<T>(IReadOnlyList<Placed<T>> items, Func<T, string> key, Func<string, string> name, Diagnostics found)
    {
        var first = new Dictionary<string, Place>();
        foreach (var item in items.Where(item => key(item.Value).Length > 0))
        {
            if (!first.TryAdd(key(item.Value), item.Place))
            {
                found.Error(item.Place, $"{name(key(item.Value))} is there twice; the first is at {first[key(item.Value)]}", "leave one out");
            }
        }
    }
}
