// Which rules and lists a name belongs to, as one number: the kernel keeps 16 bits a name, and a million names share few combinations.

using System.Collections.Immutable;

namespace Eider.Core.Policy;

/// <summary>Sets of members, each under a number from 1 to 65,535. Not thread-safe.</summary>
internal sealed class NameSets
{
    private const int MemoLimit = 1 << 20;

    private readonly List<ImmutableArray<int>> sets = [[]];
    private readonly Dictionary<ImmutableArray<int>, ushort> numbers = new(new ByContent());
    private readonly Dictionary<uint, ushort> unions = [];
    private uint lastPair;
    private ushort lastUnion;

    /// <summary>Numbers run from 1 to this.</summary>
    public int Count => sets.Count - 1;

    /// <summary>In ascending order.</summary>
    public ImmutableArray<int> Members(int set) => sets[set];

    /// <param name="members">In any order, without repetitions; not empty.</param>
    /// <exception cref="PolicyException">There are more sets than numbers.</exception>
    public ushort Of(params ReadOnlySpan<int> members)
    {
        var sorted = members.ToArray();
        Array.Sort(sorted);
        return NumberOf([.. sorted]);
    }

    /// <summary>The set that holds the members of both. A <see cref="SetUnion"/>: called for every name that stands in two places.</summary>
    /// <exception cref="PolicyException">There are more sets than numbers.</exception>
    public ushort Union(ushort held, ushort added)
    {
        if (held == added)
        {
            return held;
        }

        // The order of two does not matter to what they make together.
        var pair = held < added ? (uint)held << 16 | added : (uint)added << 16 | held;
        if (pair == lastPair)
        {
            return lastUnion;
        }

        if (!unions.TryGetValue(pair, out var union))
        {
            union = NumberOf([.. sets[held].Union(sets[added]).Order()]);
            if (unions.Count < MemoLimit)
            {
                unions.Add(pair, union);
            }
        }

        (lastPair, lastUnion) = (pair, union);
        return union;
    }

    private ushort NumberOf(ImmutableArray<int> members)
    {
        if (numbers.TryGetValue(members, out var number))
        {
            return number;
        }

        if (sets.Count > PolicyLimits.Sets)
        {
            throw PolicyException.TooMany("combinations of lists and rules that share names", sets.Count, PolicyLimits.Sets, "use fewer lists that overlap");
        }

        number = (ushort)sets.Count;
        sets.Add(members);
        numbers.Add(members, number);
        return number;
    }

    private sealed class ByContent : IEqualityComparer<ImmutableArray<int>>
    {
        public bool Equals(ImmutableArray<int> x, ImmutableArray<int> y) => x.AsSpan().SequenceEqual(y.AsSpan());

        public int GetHashCode(ImmutableArray<int> members)
        {
            var hash = default(HashCode);
            foreach (var member in members)
            {
                hash.Add(member);
            }

            return hash.ToHashCode();
        }
    }
}
