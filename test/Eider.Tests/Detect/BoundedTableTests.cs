using System.Runtime.CompilerServices;
using Eider.Core.Detect;
using Xunit;

namespace Eider.Tests.Detect;

public sealed class BoundedTableTests
{
    [Fact]
    public void What_was_touched_longest_ago_makes_room_and_is_counted()
    {
        var table = new BoundedTable<long, int>(64);
        for (var key = 0; key < 64; key++)
        {
            table.Touch(key, out _) = key;
        }

        table.Touch(0, out var isNew);
        Assert.False(isNew);
        table.Touch(64, out isNew) = 64;

        Assert.True(isNew);
        Assert.Equal((64, 1L), (table.Count, table.Shed));
        Assert.True(Unsafe.IsNullRef(ref table.Find(1)));
        Assert.Equal([.. Enumerable.Range(2, 62), 0, 64], table.OldestFirst().Select(entry => entry.Value));
    }

    [Fact]
    public void It_agrees_with_a_dictionary_and_a_list_under_random_use()
    {
        var random = new Random(11);
        var table = new BoundedTable<long, long>(256);
        var expected = new Dictionary<long, long>();
        var order = new List<long>();
        for (var step = 0; step < 20_000; step++)
        {
            long key = random.Next(600);
            ref var value = ref table.Touch(key, out var isNew);
            Assert.Equal(!expected.ContainsKey(key), isNew);
            value = step;
            order.Remove(key);
            order.Add(key);
            expected[key] = step;
            if (order.Count > 256)
            {
                expected.Remove(order[0]);
                order.RemoveAt(0);
            }
        }

        Assert.Equal(order.Select(key => (key, expected[key])), table.OldestFirst());
        Assert.All(order, key => Assert.Equal(expected[key], table.Find(key)));
    }
}
