// One DNS policy as it was written and checked: what the compiler turns into kernel tables.

namespace Eider.Core.Policy;

/// <summary>Cluster policies are asked first; what they allow or deny is final.</summary>
public enum PolicyTier : byte
{
    Cluster,
    Namespace,
}

public enum PolicyMode : byte
{
    Enforce,

    /// <summary>Records what <see cref="Enforce"/> would have done, and does nothing.</summary>
    Audit,
}

/// <summary>Numbered as enum eider_action of bpf/abi.h.</summary>
public enum PolicyAction : byte
{
    Allow = 1,
    Deny = 2,

    /// <summary>A cluster policy leaves the name to the namespace's policies.</summary>
    Pass = 3,
}

/// <summary>Immutable, and free of the contradictions that can be seen in one policy alone.</summary>
public sealed record DnsPolicy
{
    public required PolicyTier Tier { get; init; }

    public required string Name { get; init; }

    /// <summary>Null for a cluster policy, and for a host's policy that names no namespace.</summary>
    public string? Namespace { get; init; }

    /// <summary>Any one that matches selects the workload. Subjects by user are in <see cref="Users"/>; the two together are never empty.</summary>
    public IReadOnlyList<Subject> Subjects { get; init; } = [];

    /// <summary>Any one that matches selects the process, whatever its workload, as long as the policy <see cref="Covers"/> that.</summary>
    public IReadOnlyList<UserSubject> Users { get; init; } = [];

    public PolicyMode Mode { get; init; } = PolicyMode.Enforce;

    /// <summary>Of names that no rule of any selecting policy matches: <see cref="PolicyAction.Allow"/> or <see cref="PolicyAction.Deny"/>.</summary>
    public PolicyAction Default { get; init; } = PolicyAction.Allow;

    /// <summary>For every denial of this policy that has no reply of its own.</summary>
    public Reply Reply { get; init; } = Reply.Nxdomain;

    public IReadOnlyList<PolicyRule> Rules { get; init; } = [];

    /// <summary>The only servers that may be asked; empty: any.</summary>
    public IReadOnlyList<IpAddress> Resolvers { get; init; } = [];

    public OtherPorts OtherPorts { get; init; } = OtherPorts.Ignore;

    public Redirect? Redirect { get; init; }

    public RateLimit? RateLimit { get; init; }

    public AnswersSpec Answers { get; init; } = AnswersSpec.None;

    /// <summary>What is done about alerts.</summary>
    public IReadOnlyList<RespondRule> Respond { get; init; } = [];

    /// <summary>Of the document.</summary>
    public required Place Place { get; init; }

    /// <summary>As verdicts and messages name it: <c>shop/web</c>, or <c>web</c> without a namespace.</summary>
    public string FullName => Namespace is null ? Name : $"{Namespace}/{Name}";

    /// <summary>Whether answers are held against the questions they answer, be it only to tell what would become of them.</summary>
    public bool JudgesAnswers => Answers.Forged == ForgedAnswers.Drop || Answers.Rebinding == RebindingAnswers.Deny || Answers.HoldOn || DeniesAliases;

    /// <summary>Whether an answer with an alias of a denied name is denied.</summary>
    public bool DeniesAliases => Answers.Aliases == AliasAnswers.Deny && Rules.Any(rule => rule.Action == PolicyAction.Deny);

    /// <summary>Whether it may deny something by itself when an alert is told.</summary>
    public bool MayRespond => Mode == PolicyMode.Enforce && Respond.Any(rule => rule.Mode == RespondMode.Enforce);

    /// <summary>False for pods of other namespaces: no subject of a policy with a namespace reaches them.</summary>
    public bool Covers(Workload workload) => Namespace is null || workload.Namespace is null || workload.Namespace == Namespace;

    /// <summary>Whether every process of the workload is selected. <see cref="Users"/> may select more.</summary>
    public bool Selects(Workload workload)
    {
        if (!Covers(workload))
        {
            return false;
        }

        foreach (var subject in Subjects)
        {
            if (subject.Matches(workload))
            {
                return true;
            }
        }

        return false;
    }
}
