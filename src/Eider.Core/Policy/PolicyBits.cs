// A set of policies, by their place in the order of precedence.

using System.Numerics;

namespace Eider.Core.Policy;

/// <summary>Immutable; equal by content.</summary>
internal readonly struct PolicyBits : IEquatable<PolicyBits>
{
    private readonly ulong[]? words;

    private PolicyBits(ulong[] words) => this.words = words;

    public bool IsEmpty => Words.IndexOfAnyExcept(0UL) < 0;

    private ReadOnlySpan<ulong> Words => words;

    /// <summary>Those of <paramref name="count"/> policies for which <paramref name="isIn"/> says so.</summary>
    public static PolicyBits Of(int count, Func<int, bool> isIn)
    {
        var words = new ulong[(count + 63) / 64];
        for (var policy = 0; policy < count; policy++)
        {
            words[policy >> 6] |= isIn(policy) ? 1UL << policy : 0;
        }

        return new PolicyBits(words);
    }

    public bool Has(int policy) => policy >> 6 < Words.Length && (Words[policy >> 6] >> policy & 1) != 0;

    public static PolicyBits operator |(PolicyBits left, PolicyBits right) => Combine(left, right, Math.Max(left.Words.Length, right.Words.Length), (one, other) => one | other);

    public static PolicyBits operator &(PolicyBits left, PolicyBits right) => Combine(left, right, Math.Min(left.Words.Length, right.Words.Length), (one, other) => one & other);

    /// <summary>In ascending order.</summary>
    public IEnumerable<int> Policies()
    {
        for (var word = 0; word < (words?.Length ?? 0); word++)
        {
            for (var rest = words![word]; rest != 0; rest &= rest - 1)
            {
                yield return word * 64 + BitOperations.TrailingZeroCount(rest);
            }
        }
    }

    public bool Equals(PolicyBits other) => Words.TrimEnd(0UL).SequenceEqual(other.Words.TrimEnd(0UL));

    public override bool Equals(object? other) => other is PolicyBits bits && Equals(bits);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var word in Words.TrimEnd(0UL))
        {
            hash.Add(word);
        }

        return hash.ToHashCode();
    }

    private static PolicyBits Combine(PolicyBits left, PolicyBits right, int length, Func<ulong, ulong, ulong> combine)
    {
        var words = new ulong[length];
        for (var i = 0; i < length; i++)
        {
            words[i] = combine(i < left.Words.Length ? left.Words[i] : 0, i < right.Words.Length ? right.Words[i] : 0);
        }

        return new PolicyBits(words);
    }
}

/// <summary>What holds for a workload. Workloads with equal selections share their postures.</summary>
/// <param name="Selecting">Policies that hold for all its processes.</param>
/// <param name="Reaching">Policies whose users are looked for among its processes.</param>
internal readonly record struct Selection(PolicyBits Selecting, PolicyBits Reaching);
