using Eider.Core.Statistics;
using Xunit;

namespace Eider.Tests.Statistics;

public sealed class SpaceSavingTests
{
    [Fact]
    public void Few_keys_are_counted_exactly()
    {
        var names = new SpaceSaving<string>(3, StringComparer.OrdinalIgnoreCase);
        foreach (var name in "a b A c b a".Split(' '))
        {
            names.Add(name);
        }

        Assert.Equal([("a", 3), ("b", 2), ("c", 1)], names.Top(10).Select(top => (top.Key, top.Count)));
        Assert.False(names.IsApproximate);
        Assert.Equal(6, names.Total);
    }

    [Fact]
    public void Heavy_keys_survive_a_flood_of_others_and_bounds_hold()
    {
        var names = new SpaceSaving<int>(64);
        var exact = new Dictionary<int, long>();
        var random = new Random(11);
        for (var i = 0; i < 50_000; i++)
        {
            var key = i % 10 < 3 ? i % 10 : random.Next(1000, 1_000_000);
            names.Add(key);
            exact[key] = exact.GetValueOrDefault(key) + 1;
        }

        Assert.True(names.IsApproximate);
        Assert.Equal(64, names.Distinct);
        Assert.Equal([0, 1, 2], names.Top(3).Select(top => top.Key).Order());
        Assert.All(names.Top(64), top => Assert.InRange(exact[top.Key], top.Count - top.Error, top.Count));
        Assert.Equal(names.Total, names.Top(64).Sum(top => top.Count));
    }

    [Fact]
    public void Weights_add_up_and_clearing_empties()
    {
        var names = new SpaceSaving<string>(2);
        names.Add("a", 5);
        names.Add("b", 7);
        names.Add("a", 5);
        Assert.Equal(("a", 10), (names.Top(1)[0].Key, names.Top(1)[0].Count));

        names.Clear();

        Assert.Empty(names.Top(5));
        Assert.Throws<ArgumentOutOfRangeException>(() => names.Add("a", 0));
    }
}
