// Where names come from: the patterns of rules, and the lists that rules name. A name's set says which of these hold it, and how.

using System.Collections.Immutable;
using Eider.Core.Lists;

namespace Eider.Core.Policy;

/// <summary>One rule of one policy.</summary>
/// <param name="Policy">Place in <see cref="PolicySources.Policies"/>.</param>
/// <param name="Index">Place in the policy's rules.</param>
/// <param name="Number">Of all rules of all policies.</param>
internal sealed record SourceRule(int Policy, int Index, int Number, PolicyRule Rule);

/// <summary>Names that mean the same: those of a rule's own patterns, or a list's entries of the same terms.</summary>
/// <param name="Rules">That name them.</param>
/// <param name="List">Null: own patterns.</param>
internal sealed record NameSource(ImmutableArray<SourceRule> Rules, DomainListSpec? List, ListAction Action, bool IsImportant, Reply? Reply)
{
    /// <summary>Private addresses are right for these names; no rule speaks of them here.</summary>
    public bool IsInternal { get; init; }

    /// <summary>For which policy; null: for all.</summary>
    public int? InternalTo { get; init; }
}

/// <summary>Not thread-safe; once all names are in the table, only read.</summary>
internal sealed class PolicySources
{
    private readonly List<NameSource> all = [];
    private readonly Dictionary<NameSource, int> places = [];

    public PolicySources(PolicySet set)
    {
        Set = set;
        Policies = [.. set.Policies.OrderBy(policy => policy.Tier).ThenBy(policy => policy.FullName, StringComparer.Ordinal)];
        Rules = [.. Policies.SelectMany((policy, at) => policy.Rules.Select((rule, index) => (at, index, rule))).Select((each, number) => new SourceRule(each.at, each.index, number, each.rule))];
        Patterns = [.. Rules.Where(rule => rule.Rule.Names.Count > 0).SelectMany(PatternsOf), .. Internal()];
        Lists = [.. set.Lists.Select(ListOf).OfType<ListSets>()];
        Types = new TypeClasses(Rules);
    }

    public PolicySet Set { get; }

    /// <summary>In order of precedence where several say the same: cluster policies first, then by name.</summary>
    public ImmutableArray<DnsPolicy> Policies { get; }

    public ImmutableArray<SourceRule> Rules { get; }

    /// <summary>Own patterns of all rules, each with its set.</summary>
    public ImmutableArray<(NamePattern Pattern, ushort Set)> Patterns { get; }

    /// <summary>Those that some rule names.</summary>
    public ImmutableArray<ListSets> Lists { get; }

    public NameSets Sets { get; } = new();

    public TypeClasses Types { get; }

    /// <summary>What a member of a set stands for.</summary>
    /// <param name="isExact">For the name itself; else for every name below it.</param>
    public NameSource Source(int member, out bool isExact)
    {
        isExact = (member & 1) == 0;
        return all[member >> 1];
    }

    /// <summary>The set of names that are held by one source alone.</summary>
    public ushort Add(NameSource source, NameMatch match)
    {
        if (!places.TryGetValue(source, out var at))
        {
            at = all.Count;
            all.Add(source);
            places.Add(source, at);
        }

        return match switch
        {
            NameMatch.Exact => Sets.Of(at << 1),
            NameMatch.Below => Sets.Of(at << 1 | 1),
            _ => Sets.Of(at << 1, at << 1 | 1),
        };
    }

    private IEnumerable<(NamePattern Pattern, ushort Set)> PatternsOf(SourceRule rule)
    {
        var source = new NameSource([rule], null, ListAction.Block, false, null);
        return rule.Rule.Names.Select(name => (name, Add(source, name.Suffix ? NameMatch.Below : NameMatch.Exact)));
    }

    private IEnumerable<(NamePattern Pattern, ushort Set)> Internal()
    {
        if (!Policies.Any(policy => policy.Answers.Rebinding == RebindingAnswers.Deny))
        {
            yield break;
        }

        var everywhere = new NameSource([], null, ListAction.Allow, false, null) { IsInternal = true };
        foreach (var zone in InternalNames.Everywhere)
        {
            yield return (new NamePattern(zone, Suffix: false), Add(everywhere, NameMatch.Both));
        }

        for (var policy = 0; policy < Policies.Length; policy++)
        {
            foreach (var name in Policies[policy].Answers.Internal)
            {
                yield return (name, Add(everywhere with { InternalTo = policy }, name.Suffix ? NameMatch.Below : NameMatch.Exact));
            }
        }
    }

    private ListSets? ListOf(DomainListSpec list)
    {
        var rules = Rules.Where(rule => rule.Rule.Lists.Contains(list.Name)).ToImmutableArray();
        return rules.IsEmpty ? null : new ListSets(this, list, rules);
    }
}

/// <summary>The sets of one list's entries, found without allocation for all but the first of their kind.</summary>
internal sealed class ListSets(PolicySources sources, DomainListSpec list, ImmutableArray<SourceRule> rules)
{
    /// <summary>A list that gives every name an address of its own would fill the tables with rules.</summary>
    private const int MostTerms = 1024;

    private readonly Dictionary<EntryTerms, ushort> sets = [];
    private EntryTerms lastTerms;
    private ushort lastSet;

    public DomainListSpec Spec => list;

    /// <exception cref="PolicyException">The list asks for too many different replies.</exception>
    public ushort SetOf(in ListEntry entry) => SetOf(new EntryTerms(entry.Match, entry.Action, entry.IsImportant, entry.Reply, entry.Sinkhole));

    /// <summary>Of an exception that the list's owner did not make: it stands above whatever the list says of that name.</summary>
    public ushort SetOf(in NamePattern except) => SetOf(new EntryTerms(except.Suffix ? NameMatch.Below : NameMatch.Exact, ListAction.Allow, Important: true));

    private ushort SetOf(in EntryTerms terms)
    {
        if (lastSet != 0 && terms == lastTerms)
        {
            return lastSet;
        }

        if (!sets.TryGetValue(terms, out var set))
        {
            if (sets.Count == MostTerms)
            {
                throw PolicyException.TooMany($"{list.Place}: list {list.Name} has different replies", MostTerms + 1, MostTerms, "give the rule that uses it a reply of its own");
            }

            set = sources.Add(new NameSource(rules, list, terms.Action, terms.Important, ReplyOf(terms)), terms.Match);
            sets.Add(terms, set);
        }

        (lastTerms, lastSet) = (terms, set);
        return set;
    }

    private static Reply? ReplyOf(in EntryTerms terms) => terms.Reply switch
    {
        ListReply.NxDomain => Reply.Nxdomain,
        ListReply.NoData => new Reply(ReplyKind.Nodata),
        ListReply.Refused => Reply.Refused,
        ListReply.Truncate => new Reply(ReplyKind.Truncate),
        ListReply.Drop => new Reply(ReplyKind.Drop),
        ListReply.Sinkhole when terms.Sinkhole is { IsV4: true } v4 => new Reply(ReplyKind.Sinkhole, V4: v4),
        ListReply.Sinkhole when terms.Sinkhole is { } v6 => new Reply(ReplyKind.Sinkhole, V6: v6),
        _ => null,
    };
}
