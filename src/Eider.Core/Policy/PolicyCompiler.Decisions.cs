// Which rule decides on a name, tier by tier, when its set is known. The kernel asks from the least to the most specific name; here all is of one name.

using Eider.Core.Abi;
using Eider.Core.Lists;

namespace Eider.Core.Policy;

internal sealed partial class PostureCompiler
{
    /// <summary>No table has this set.</summary>
    private const ushort EveryName = 0;

    /// <summary>A rule that speaks of the name, and how.</summary>
    private readonly record struct Candidate(SourceRule Rule, NameSource Source, bool IsExact);

    /// <summary>At one name deny beats allow; an exception of a list, which is no more than silence, gives way to every word.</summary>
    private enum Weight : byte
    {
        Nothing,
        Exception,
        Pass,
        Allow,
        Deny,
    }

    private void AddDecisions(uint posture, PolicyBits selected, bool isAudited, TierRules defaults)
    {
        var candidates = new List<Candidate>();
        for (var set = 1; set <= sources.Sets.Count; set++)
        {
            Collect(candidates, set, selected);
            if (candidates.Count == 0)
            {
                continue;
            }

            for (byte exact = 0; exact <= 1; exact++)
            {
                AddDecisions(new Asked(candidates, exact == 1, 0), new DecisionKey(posture, (ushort)set, 0, exact), isAudited, defaults);
            }

            tables.CheckRoom();
        }
    }

    /// <summary>Names for which private addresses are right stand in the table under a type class that no query has.</summary>
    /// <param name="selected">Whose names they are.</param>
    /// <param name="mark">Any rule but 0: that there is one is all that is asked.</param>
    private void AddInternalNames(uint posture, int[] selected, ushort mark)
    {
        var added = new HashSet<DecisionKey>();
        for (var set = 1; set <= sources.Sets.Count; set++)
        {
            foreach (var member in sources.Sets.Members(set))
            {
                var source = sources.Source(member, out var isExact);
                var key = new DecisionKey(posture, (ushort)set, TypeClasses.Internal, isExact ? (byte)1 : (byte)0);
                if (source.IsInternal && (source.InternalTo is not { } policy || selected.Contains(policy)) && added.Add(key))
                {
                    var decision = default(DecisionRecord);
                    decision.Rule[TierRules.Cluster] = mark;
                    tables.DecisionKeys.Add(key);
                    tables.Decisions.Add(decision);
                }
            }

            tables.CheckRoom();
        }
    }

    /// <summary>Of rules that speak of types alone.</summary>
    /// <returns>Whether any of them decides.</returns>
    private bool AddEveryName(uint posture, PolicyBits selected, bool isAudited, TierRules defaults)
    {
        var before = tables.Decisions.Count;
        var candidates = sources.Rules.Where(rule => rule.Rule.IsForEveryName && selected.Has(rule.Policy))
            .Select(rule => new Candidate(rule, new NameSource([rule], null, ListAction.Block, false, null), IsExact: false)).ToList();
        if (candidates.Count > 0)
        {
            AddDecisions(new Asked(candidates, IsExact: false, 0), new DecisionKey(posture, EveryName, 0, 0), isAudited, defaults);
            tables.CheckRoom();
        }

        return tables.Decisions.Count > before;
    }

    /// <summary>For each class of types those of <paramref name="asked"/> and <paramref name="key"/> are asked of and stand for.</summary>
    private void AddDecisions(Asked asked, DecisionKey key, bool isAudited, TierRules defaults)
    {
        for (var typeClass = 0; typeClass < sources.Types.Count; typeClass++)
        {
            var decision = default(DecisionRecord);
            var typed = asked with { TypeClass = typeClass };
            decision.Rule[TierRules.Cluster] = Decide(typed, PolicyTier.Cluster, withAudited: false, defaults);
            decision.Rule[TierRules.Namespace] = Decide(typed, PolicyTier.Namespace, withAudited: false, defaults);
            if (isAudited)
            {
                decision.Rule[TierRules.ClusterAudit] = Decide(typed, PolicyTier.Cluster, withAudited: true, defaults);
                decision.Rule[TierRules.NamespaceAudit] = Decide(typed, PolicyTier.Namespace, withAudited: true, defaults);
            }

            if (!decision.Rule.IsEmpty)
            {
                tables.DecisionKeys.Add(key with { TypeClass = (byte)typeClass });
                tables.Decisions.Add(decision);
            }
        }
    }

    private readonly record struct Asked(List<Candidate> Candidates, bool IsExact, int TypeClass);

    private void Collect(List<Candidate> candidates, int set, PolicyBits selected)
    {
        candidates.Clear();
        foreach (var member in sources.Sets.Members(set))
        {
            var source = sources.Source(member, out var isExact);
            foreach (var rule in source.Rules)
            {
                if (selected.Has(rule.Policy))
                {
                    candidates.Add(new Candidate(rule, source, isExact));
                }
            }
        }
    }

    /// <returns>A rule's number, or 0.</returns>
    private ushort Decide(in Asked asked, PolicyTier tier, bool withAudited, TierRules defaults)
    {
        var (best, weight) = (default(Candidate), Weight.Nothing);
        foreach (var candidate in asked.Candidates)
        {
            var policy = Policy(candidate.Rule.Policy);
            if (policy.Tier != tier || (policy.Mode == PolicyMode.Audit && !withAudited) || candidate.IsExact != asked.IsExact || !sources.Types.Holds(candidate.Rule, asked.TypeClass))
            {
                continue;
            }

            var own = WeightOf(candidate, asked);
            if (own > weight || (own == weight && own != Weight.Nothing && Precedes(candidate, best)))
            {
                (best, weight) = (candidate, own);
            }
        }

        return weight == Weight.Nothing ? (ushort)0 : NumberOf(best, weight, asked, tier, withAudited ? defaults[TierRules.NamespaceAudit] : defaults[TierRules.Namespace]);
    }

    private static bool Precedes(in Candidate one, in Candidate other) => one.Rule.Number < other.Rule.Number;

    private static Weight WeightOf(in Candidate candidate, in Asked asked) => candidate.Source switch
    {
        { List: not null, Action: ListAction.Allow, IsImportant: false } => HasOther(candidate, asked, ListAction.Block, isImportant: true) ? Weight.Nothing : Weight.Exception,
        { List: not null, Action: ListAction.Allow } => Weight.Exception,
        { List: not null } when HasOther(candidate, asked, ListAction.Allow, isImportant: true) => Weight.Nothing,
        { List: not null, IsImportant: false } when HasOther(candidate, asked, ListAction.Allow, isImportant: false) => Weight.Nothing,
        _ => candidate.Rule.Rule.Action switch
        {
            PolicyAction.Deny => Weight.Deny,
            PolicyAction.Allow => Weight.Allow,
            _ => Weight.Pass,
        },
    };

    /// <summary>Whether the same list has such an entry for the same name, which overrules this one.</summary>
    private static bool HasOther(in Candidate candidate, in Asked asked, ListAction action, bool isImportant)
    {
        foreach (var other in asked.Candidates)
        {
            if (other.IsExact == asked.IsExact && other.Source.List == candidate.Source.List && other.Source.Action == action && other.Source.IsImportant == isImportant)
            {
                return true;
            }
        }

        return false;
    }

    private ushort NumberOf(in Candidate best, Weight weight, in Asked asked, PolicyTier tier, ushort defaultRule)
    {
        var rule = best.Rule;
        var list = best.Source.List?.Name;
        if (weight == Weight.Exception)
        {
            // As if the list did not hold the name: the tier below is asked, or the default holds. It does not open what a default denies.
            return tier == PolicyTier.Namespace && defaultRule != 0
                ? defaultRule
                : rules.Of(new KernelRule(rule.Policy, RulePart.Rule, rule.Index, list, tier == PolicyTier.Cluster ? PolicyAction.Pass : PolicyAction.Allow, null));
        }

        var reply = rule.Rule.Action == PolicyAction.Deny ? rule.Rule.Reply ?? ReplyOf(best, asked) ?? Policy(rule.Policy).Reply : null;
        return rules.Of(new KernelRule(rule.Policy, RulePart.Rule, rule.Index, list, rule.Rule.Action, reply));
    }

    /// <summary>What the list itself answers. An address of each family takes two entries, which are one answer.</summary>
    private static Reply? ReplyOf(in Candidate best, in Asked asked)
    {
        var reply = best.Source.Reply;
        foreach (var other in asked.Candidates)
        {
            if (other.IsExact != asked.IsExact || other.Rule != best.Rule || other.Source.List != best.Source.List || other.Source.Reply is not { } more)
            {
                continue;
            }

            reply = reply is null ? more
                : reply.Kind == ReplyKind.Sinkhole && more.Kind == ReplyKind.Sinkhole ? reply with { V4 = reply.V4 ?? more.V4, V6 = reply.V6 ?? more.V6 }
                : reply;
        }

        return reply;
    }
}
