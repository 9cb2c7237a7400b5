// Which name the application asked for, where the stub resolver appended the domains of its search list (resolv.conf(5): search, ndots).
//
// A name is claimed only on proof. All of it within one asker and one query type, each query sent after the response before it and soon after:
//   1. a name that was not there is asked again with a suffix, or a name with a suffix was not there and is asked again without: the shorter one was
//      asked for, and the suffix is on the asker's search list. One label is not enough of a suffix here, unless the asker's configuration has it:
//      example.com after example.com.br is a person guessing;
//   2. two names are one base with two suffixes that are both known to be on the asker's search list, by its configuration or by 1;
// and without any other query, where the configuration is known:
//   3. a name is a base with the first search domain, and both have fewer dots than ndots: had the application asked for the longer one, it would have
//      been asked with the domain appended once more. (The same name given with a trailing dot looks alike; hardly any application does.)
// The first of a list's expansions is thus claimed by 3 alone.

namespace Eider.Core.Transactions;

/// <summary>One ended exchange as a possible step through a search list.</summary>
/// <param name="SentNs">When the query was sent.</param>
/// <param name="EndedNs">When its response came.</param>
/// <param name="Negative">The response was NXDOMAIN, or had no answers.</param>
/// <param name="Config">Of the asker; null where it is not known.</param>
internal readonly record struct SearchStep(Asker Asker, string Name, ushort QueryType, long SentNs, long EndedNs, bool Negative, ResolverConfig? Config);

/// <summary>Follows the askers' last negative answers. Bounded; not thread-safe.</summary>
internal sealed class SearchListTracker
{
    private const int AskerLimit = 1024;
    private const int NegativeLimit = 16;
    private const int SuffixLimit = 8;

    /// <summary>Longer ones are full of escapes: no host names, and not worth their memory.</summary>
    private const int NameLimit = 253;

    /// <summary>A stub resolver goes on at once; what comes later is another lookup.</summary>
    private const long StepNs = 1_000_000_000;

    /// <summary>A whole search list takes no longer.</summary>
    private const long ChainNs = 10 * StepNs;

    private readonly Dictionary<Asker, LinkedListNode<Trail>> trails = [];

    /// <summary>The one used longest ago first.</summary>
    private readonly LinkedList<Trail> byUse = [];

    public int Count => trails.Count;

    /// <summary>Whether the exchanges of an asker may mean anything for those after them: others than negative ones do not where it is not followed.</summary>
    public bool Follows(in Asker asker) => trails.Count > 0 && trails.ContainsKey(asker);

    /// <summary>Takes the next ended exchange.</summary>
    /// <returns>The name asked for before a suffix was appended; null where that cannot be told.</returns>
    public string? Observe(in SearchStep step)
    {
        if (step.Name == "." || step.Name.Length > NameLimit)
        {
            return null;
        }

        var trail = TrailOf(step);
        var searched = trail is null ? null : Step(trail, step) ?? KnownSuffixes(trail, step);
        searched ??= FirstDomain(step);
        if (step.Negative && trail is not null)
        {
            trail.Add(new(step.Name, step.QueryType, step.EndedNs));
        }

        return searched;
    }

    /// <summary>Rule 1.</summary>
    private static string? Step(Trail trail, in SearchStep step)
    {
        for (var i = trail.Negatives.Count - 1; i >= 0; i--)
        {
            var before = trail.Negatives[i];
            if (!Precedes(before, step))
            {
                continue;
            }

            var (shorter, longer) = before.Name.Length < step.Name.Length ? (before.Name, step.Name) : (step.Name, before.Name);
            if (SuffixAfter(longer, shorter) is { } suffix && (DottedName.Dots(suffix) > 0 || IsKnown(suffix, trail, step.Config)))
            {
                LearnAll(trail, step, shorter);
                trail.Learn(suffix);
                return shorter;
            }
        }

        return null;
    }

    /// <summary>With the base proven, the expansions before were of it too.</summary>
    private static void LearnAll(Trail trail, in SearchStep step, string searched)
    {
        foreach (var before in trail.Negatives)
        {
            if (before.QueryType == step.QueryType && step.SentNs - before.EndedNs is >= 0 and <= ChainNs
                && SuffixAfter(before.Name, searched) is { } suffix && DottedName.Dots(suffix) > 0)
            {
                trail.Learn(suffix);
            }
        }
    }

    /// <summary>Rule 2.</summary>
    private static string? KnownSuffixes(Trail trail, in SearchStep step)
    {
        foreach (var before in trail.Negatives)
        {
            if (!Precedes(before, step))
            {
                continue;
            }

            var searched = CommonBase(before.Name, step.Name, trail.Suffixes, trail, step.Config)
                ?? (step.Config is { } config ? CommonBase(before.Name, step.Name, config.Search, trail, config) : null);
            if (searched is not null)
            {
                return searched;
            }
        }

        return null;
    }

    private static string? CommonBase(string before, string name, IReadOnlyList<string> suffixes, Trail trail, ResolverConfig? config)
    {
        for (var i = 0; i < suffixes.Count; i++)
        {
            if (DottedName.WithoutSuffix(name, suffixes[i]) is { } searched
                && SuffixAfter(before, searched) is { } other
                && !other.Equals(suffixes[i], StringComparison.OrdinalIgnoreCase)
                && IsKnown(other, trail, config))
            {
                return searched;
            }
        }

        return null;
    }

    /// <summary>Rule 3.</summary>
    private static string? FirstDomain(in SearchStep step) =>
        step.Config is { Search: [var first, ..] } config
        && DottedName.Dots(step.Name) < config.Ndots
        && DottedName.WithoutSuffix(step.Name, first) is { } searched
            ? searched
            : null;

    private static bool Precedes(in Negative before, in SearchStep step) =>
        before.QueryType == step.QueryType && step.SentNs - before.EndedNs is >= 0 and <= StepNs;

    private static string? SuffixAfter(string name, string searched) =>
        DottedName.StartsWith(name, searched) ? name[(searched.Length + 1)..] : null;

    private static bool IsKnown(string suffix, Trail trail, ResolverConfig? config) =>
        Contains(trail.Suffixes, suffix) || (config is not null && Contains(config.Search, suffix));

    private static bool Contains(IReadOnlyList<string> suffixes, string suffix)
    {
        for (var i = 0; i < suffixes.Count; i++)
        {
            if (suffixes[i].Equals(suffix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Only a negative answer begins a trail.</summary>
    private Trail? TrailOf(in SearchStep step)
    {
        if (trails.TryGetValue(step.Asker, out var node))
        {
            byUse.Remove(node);
            byUse.AddLast(node);
            return node.Value;
        }

        if (!step.Negative)
        {
            return null;
        }

        if (trails.Count >= AskerLimit)
        {
            trails.Remove(byUse.First!.Value.Asker);
            byUse.RemoveFirst();
        }

        var trail = new Trail(step.Asker);
        trails.Add(step.Asker, byUse.AddLast(trail));
        return trail;
    }

    private readonly record struct Negative(string Name, ushort QueryType, long EndedNs);

    private sealed class Trail(Asker asker)
    {
        public Asker Asker { get; } = asker;

        /// <summary>The oldest first.</summary>
        public List<Negative> Negatives { get; } = [];

        /// <summary>Proven to be on the asker's search list.</summary>
        public List<string> Suffixes { get; } = [];

        public void Add(in Negative negative)
        {
            if (Negatives.Count == NegativeLimit)
            {
                Negatives.RemoveAt(0);
            }

            Negatives.Add(negative);
        }

        public void Learn(string suffix)
        {
            if (Contains(Suffixes, suffix))
            {
                return;
            }

            if (Suffixes.Count == SuffixLimit)
            {
                Suffixes.RemoveAt(0);
            }

            Suffixes.Add(suffix);
        }
    }
}
