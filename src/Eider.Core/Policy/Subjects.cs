// The kinds of subject.

using Eider.Core.Filters;

namespace Eider.Core.Policy;

/// <summary>Pods whose labels, and whose namespace's labels, are known to match.</summary>
/// <param name="Namespaces">Null: of every namespace that the policy covers.</param>
public sealed record PodSubject(LabelSelector Pods, LabelSelector? Namespaces) : Subject
{
    public override bool Matches(Workload workload) =>
        workload.Namespace is not null && Pods.Matches(workload.Labels) && (Namespaces is null || Namespaces.Matches(workload.NamespaceLabels));
}

/// <summary>A cgroup and everything below it.</summary>
public sealed record CgroupSubject(CgroupGlob Path) : Subject
{
    public override bool Matches(Workload workload) => workload.Cgroup?.Path is { } path && Path.Matches(path);
}

/// <summary>A unit of the system's service manager: the workload's service or scope, or a slice around it.</summary>
public sealed record UnitSubject(string Pattern) : Subject
{
    private readonly Glob _glob = new(Pattern, ignoreCase: false);

    public override bool Matches(Workload workload)
    {
        if (workload.Unit is not null && _glob.Matches(workload.Unit))
        {
            return true;
        }

        var path = (workload.Cgroup?.Path).AsSpan();
        foreach (var component in path.Split('/'))
        {
            if (path[component].IsEmpty)
            {
                continue;
            }

            // The service manager's own slices come first; below anything else, whoever it was delegated to gives the names.
            if (!path[component].EndsWith(".slice"))
            {
                return false;
            }

            if (_glob.Matches(path[component]))
            {
                return true;
            }
        }

        return false;
    }
}

/// <param name="Prefix">At least 12 lower-case hexadecimal digits.</param>
public sealed record ContainerSubject(string Prefix) : Subject
{
    public override bool Matches(Workload workload) => workload.ContainerId?.StartsWith(Prefix, StringComparison.Ordinal) ?? false;
}

/// <param name="Uid">Lower case.</param>
public sealed record PodUidSubject(string Uid) : Subject
{
    public override bool Matches(Workload workload) => workload.PodUid == Uid;
}

/// <summary>Everything that runs. In a policy with a namespace <c>all</c> means its pods, and is a <see cref="PodSubject"/>.</summary>
public sealed record AllSubject : Subject
{
    public override bool Matches(Workload workload) => true;
}
