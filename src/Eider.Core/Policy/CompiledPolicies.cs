// One compilation: names in their memory, and for each selection of policies the postures of the workloads it holds for.

using System.Collections.Immutable;
using Eider.Core.Abi;

namespace Eider.Core.Policy;

/// <summary>Postures come to be when they are first asked for, so what is in force can be added to without compiling anew. Not thread-safe.</summary>
internal sealed class CompiledPolicies : IDisposable
{
    private readonly PolicySources sources;
    private readonly UserClasses users;
    private readonly PostureCompiler postures;
    private readonly Dictionary<Selection, uint> rows = [];
    private readonly List<PolicyDiagnostic> diagnostics;

    public CompiledPolicies(PolicySources sources, NameMemory names, long nameCount, UserClasses users, List<PolicyDiagnostic> diagnostics)
    {
        this.sources = sources;
        this.users = users;
        this.diagnostics = diagnostics;
        Names = names;
        RespondedTo = sources.Set.Policies.SelectMany(policy => policy.Respond).SelectMany(rule => rule.To).ToHashSet();
        NameCount = nameCount;
        Rules = new RuleNumbers(Tables);
        postures = new PostureCompiler(sources, Tables, Rules, diagnostics);
        Tables.UserClassCount = (uint)users.Count;
        foreach (var (uid, userClass) in users.ByUid)
        {
            Tables.UserClasses.Add(uid, userClass);
        }

        foreach (var (type, typeClass) in sources.Types.ByType)
        {
            Tables.TypeClasses.Add(type, typeClass);
        }

        // Posture 0 is where nothing is selected. What nobody has looked at yet is taken for the machine's root.
        var root = Select(new Workload { Cgroup = new CgroupInfo(0, "/") });
        FirstPosture(new Selection(default, root.Reaching));
        Tables.DefaultPosture = FirstPosture(root);
    }

    public PolicySet Policies => sources.Set;

    /// <summary>Detections that some policy responds to.</summary>
    public IReadOnlySet<string> RespondedTo { get; }

    public PolicyTables Tables { get; } = new();

    public RuleNumbers Rules { get; }

    /// <summary>Until the kernel's tables take it over.</summary>
    public NameMemory Names { get; }

    /// <summary>Different names in the table.</summary>
    public long NameCount { get; }

    public int SetCount => sources.Sets.Count;

    /// <summary>Conflicts and oddities found so far; errors are conflicts, which are settled by the order of precedence.</summary>
    public IReadOnlyList<PolicyDiagnostic> Diagnostics => diagnostics;

    public DnsPolicy PolicyOf(KernelRule rule) => sources.Policies[rule.Policy];

    /// <summary>Which policies hold for a workload, by itself: those of the workloads around it come to it.</summary>
    public Selection Select(Workload workload) => new(
        PolicyBits.Of(sources.Policies.Length, policy => sources.Policies[policy].Selects(workload)),
        PolicyBits.Of(sources.Policies.Length, policy => users.Reaching.Has(policy) && sources.Policies[policy].Covers(workload)));

    /// <summary>The postures are known already, so that asking for the first one adds nothing.</summary>
    public bool TryFindPosture(in Selection selection, out uint first) => rows.TryGetValue(selection, out first);

    /// <summary>The first of the postures, one for each class of users, of workloads with this selection.</summary>
    /// <exception cref="PolicyException">There is no room for another; all is as before.</exception>
    public uint FirstPosture(in Selection selection)
    {
        if (rows.TryGetValue(selection, out var first))
        {
            return first;
        }

        first = (uint)Tables.Postures.Count;
        var before = Tables.Extent;
        try
        {
            for (var userClass = 0; userClass < users.Count; userClass++)
            {
                postures.Add(users.Policies(selection, userClass));
            }

            // Postures of one workload stand side by side, so what is tried out comes behind them.
            for (var userClass = 0; userClass < users.Count; userClass++)
            {
                postures.AddTried(first + (uint)userClass, users.Policies(selection, userClass));
            }

            Tables.CheckRoom();
        }
        catch (PolicyException)
        {
            Tables.CutBack(before);
            Rules.CutBack(before.Rules);
            throw;
        }

        rows.Add(selection, first);
        return first;
    }

    /// <summary>Whether workloads are told apart by one of these postures, or one of those that are tried out for them: each has a rate or responses of its own.</summary>
    /// <param name="first">Of a workload's postures.</param>
    public bool TellsWorkloadsApart(uint first)
    {
        for (var userClass = 0; userClass < users.Count; userClass++)
        {
            var posture = Tables.Postures[(int)first + userClass];
            if (((posture.Flags | Tables.Postures[(int)posture.Tried].Flags) & (PostureFlags.RateWorkload | PostureFlags.Respond)) != 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>In order of precedence.</summary>
    public ImmutableArray<DnsPolicy> PoliciesOf(in Selection selection, uint userClass) =>
        [.. users.Policies(selection, (int)userClass).Policies().Select(policy => sources.Policies[policy])];

    /// <summary>The class of a user's processes, by which they differ from others of their workload.</summary>
    public uint ClassOf(uint uid) => users.ByUid.GetValueOrDefault(uid);

    public void Dispose() => Names.Dispose();
}
