// What must hold between the parts of one policy: nothing contradicts itself, and nothing is said in vain.

using Eider.Core.Config;

namespace Eider.Core.Policy.Language;

internal static class PolicyChecks
{
    /// <summary>Between the keys of a spec.</summary>
    public static DnsPolicy CheckSpec(DnsPolicy policy, YamlMapping spec, Diagnostics found)
    {
        CheckRules(policy, found);
        if (policy.Rules.Count > 0 && policy.Tier == PolicyTier.Namespace && policy.Default == PolicyAction.Allow && policy.Rules.All(rule => rule.Action == PolicyAction.Allow)
            && spec["rules"] is { } rules && !found.AnyError)
        {
            found.Warn(rules.At, "every rule allows, and so does the default", "write default: deny for the rules to be exceptions to");
        }

        return policy;
    }

    /// <summary>Between spec and metadata, whatever their order.</summary>
    public static DnsPolicy Complete(DnsPolicy policy, YamlMapping document, Diagnostics found)
    {
        if (policy.Tier == PolicyTier.Namespace && policy.Namespace is null)
        {
            var isGiven = (document["metadata"] as YamlMapping)?["namespace"] is not null;
            foreach (var pods in policy.Subjects.OfType<PodSubject>().Where(_ => !isGiven))
            {
                found.Error(pods.Place, "podSelector selects pods of the policy's namespace, and the policy has none", "give \"namespace\" in \"metadata\"");
            }

            return policy;
        }

        return policy.Namespace is null ? policy : policy with { Subjects = [.. policy.Subjects.Select(WithinNamespace)] };
    }

    private static Subject WithinNamespace(Subject subject) =>
        subject is AllSubject ? new PodSubject(LabelSelector.Everything, null) { Place = subject.Place } : subject;

    private static void CheckRules(DnsPolicy policy, Diagnostics found)
    {
        var names = new Dictionary<NamePattern, List<Mention>>();
        var lists = new Dictionary<string, List<Mention>>();
        foreach (var rule in policy.Rules)
        {
            for (var i = 0; i < rule.Names.Count; i++)
            {
                Note(names, rule.Names[i], new Mention(rule, rule.NamePlaces[i], $"name \"{rule.Names[i]}\""), found);
            }

            if (rule is { IsForEveryName: true, Types.Count: > 0 })
            {
                Note(names, EveryName, new Mention(rule, rule.Place, "rule for every name"), found);
            }

            for (var i = 0; i < rule.Lists.Count; i++)
            {
                Note(lists, rule.Lists[i], new Mention(rule, rule.ListPlaces[i], $"list \"{rule.Lists[i]}\""), found);
            }
        }
    }

    private static readonly NamePattern EveryName = new("", Suffix: true);

    private sealed record Mention(PolicyRule Rule, Place Place, string What);

    /// <summary>Compares a mention with earlier ones of the same thing; the first with which it is at odds is told.</summary>
    private static void Note<TKey>(Dictionary<TKey, List<Mention>> mentions, TKey key, Mention mention, Diagnostics found) where TKey : notnull
    {
        if (!mentions.TryGetValue(key, out var earlier))
        {
            mentions[key] = [mention];
            return;
        }

        if (earlier.Find(other => Overlap(other.Rule, mention.Rule)) is { } other)
        {
            Compare(other, mention, found);
        }
        else
        {
            earlier.Add(mention);
        }
    }

    private static void Compare(Mention earlier, Mention later, Diagnostics found)
    {
        var (first, second) = (earlier.Rule, later.Rule);
        if (first.Action == second.Action)
        {
            found.Warn(later.Place, $"the {later.What} is named twice; the first is at {earlier.Place}", "leave one out");
            return;
        }

        // Deny beats allow, and both beat pass.
        var (winner, loser) = Rank(first.Action) > Rank(second.Action) ? (first, second) : (second, first);
        var what = $"the {later.What} has {Word(second.Action)} here and {Word(first.Action)} at {earlier.Place}";
        if (winner.Types.Count == 0 || (loser.Types.Count > 0 && loser.Types.All(winner.Types.Contains)))
        {
            found.Error(later.Place, what, "leave one out");
        }
        else
        {
            found.Warn(later.Place, what, $"{Word(winner.Action)} wins for the types that both name");
        }
    }

    private static bool Overlap(PolicyRule a, PolicyRule b) => a.Types.Count == 0 || b.Types.Count == 0 || a.Types.Any(b.Types.Contains);

    private static int Rank(PolicyAction action) => action switch
    {
        PolicyAction.Deny => 2,
        PolicyAction.Allow => 1,
        _ => 0,
    };

    private static string Word(PolicyAction action) => Values.WordOf(action);
}
