// Sets of rules and lists, their numbers, and how many there may be.

using Eider.Core.Policy;
using Xunit;

namespace Eider.Tests.Policy.Compiler;

public sealed class NameSetTests
{
    [Fact]
    public void Set_has_one_number_however_it_came_to_be()
    {
        var sets = new NameSets();
        var (a, b, c) = (sets.Of(1), sets.Of(2), sets.Of(3));

        var ab = sets.Union(a, b);

        Assert.Equal(ab, sets.Union(b, a));
        Assert.Equal(ab, sets.Of(2, 1));
        Assert.Equal(ab, sets.Union(ab, a));
        Assert.Equal(sets.Union(ab, c), sets.Union(a, sets.Union(b, c)));
        Assert.Equal([1, 2, 3], sets.Members(sets.Union(ab, c)));
        Assert.NotEqual(0, a);
    }

    [Fact]
    public void Repeated_unions_of_other_pairs_do_not_mix()
    {
        var sets = new NameSets();
        var (a, b, c) = (sets.Of(1), sets.Of(2), sets.Of(3));

        for (var round = 0; round < 3; round++)
        {
            Assert.Equal([1, 2], sets.Members(sets.Union(a, b)));
            Assert.Equal([1, 3], sets.Members(sets.Union(a, c)));
            Assert.Equal([2, 3], sets.Members(sets.Union(c, b)));
        }
    }

    [Fact]
    public void More_sets_than_numbers_are_refused_with_a_mend()
    {
        var sets = new NameSets();
        for (var member = 0; member < PolicyLimits.Sets; member++)
        {
            sets.Of(member);
        }

        var refused = Assert.Throws<PolicyException>(() => sets.Of(PolicyLimits.Sets));

        Assert.Equal(PolicyFault.TooMany, refused.Fault);
        Assert.Contains("65,535", refused.Message, StringComparison.Ordinal);
        Assert.Equal(PolicyLimits.Sets, sets.Count);
        Assert.Equal(1, sets.Of(0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(30_000)]
    [InlineData(2_000_000)]
    public void Different_names_are_counted_from_their_hashes(int names)
    {
        var count = new NameCount();
        var random = new Random(names);
        var hashes = new ulong[names];
        for (var i = 0; i < names; i++)
        {
            hashes[i] = (ulong)random.NextInt64() << 1 ^ (ulong)random.NextInt64();
        }

        foreach (var hash in hashes.Concat(hashes))
        {
            count.Add(hash);
        }

        Assert.InRange(count.Estimate(), names * 0.98, names * 1.02 + 2);
    }

    [Fact]
    public void Policy_sets_are_equal_by_what_is_in_them()
    {
        var few = PolicyBits.Of(3, policy => policy == 2);
        var many = PolicyBits.Of(200, policy => policy is 2 or 130);

        Assert.Equal(few, PolicyBits.Of(100, policy => policy == 2));
        Assert.Equal(few.GetHashCode(), PolicyBits.Of(100, policy => policy == 2).GetHashCode());
        Assert.NotEqual(few, many);
        Assert.Equal([2, 130], (few | many).Policies());
        Assert.Equal(few, few & many);
        Assert.True(many.Has(130) && !many.Has(131) && !few.Has(130));
        Assert.True(default(PolicyBits).IsEmpty && PolicyBits.Of(70, _ => false).IsEmpty && !few.IsEmpty);
        Assert.Equal(default, PolicyBits.Of(70, _ => false));
    }
}
