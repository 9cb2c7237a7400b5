// The table of names in plain memory.

using System.Text;
using Eider.Core.Policy;
using Xunit;

namespace Eider.Tests.Policy.Compiler;

public sealed class NameTableTests
{
    private static readonly NameKeys Keys = new(0x0123456789abcdef, 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f);

    [Fact]
    public void What_was_added_is_found_with_its_set_and_nothing_else_is()
    {
        var memory = new NameBucket[NameTable.BucketsFor(5000)];
        var table = new NameTable(memory, Keys);
        for (var i = 0; i < 5000; i++)
        {
            Assert.Equal(AddResult.Added, table.Add(Name(i), (ushort)(i % 100 + 1), Unused));
        }

        for (var i = 0; i < 5000; i++)
        {
            Assert.Equal(i % 100 + 1, table.Find(Name(i)));
            Assert.Equal(0, table.Find(Name(i + 5000)));
        }
    }

    [Fact]
    public void Name_that_is_added_again_has_the_union_of_its_sets()
    {
        var table = new NameTable(new NameBucket[4], Keys);
        table.Add("a.example"u8, 1, Unused);

        Assert.Equal(AddResult.Merged, table.Add("A.EXAMPLE"u8, 2, static (held, added) => (ushort)(held * 10 + added)));
        Assert.Equal(12, table.Find("a.example"u8));
    }

    [Fact]
    public void Table_that_is_too_small_is_full_and_keeps_what_it_has()
    {
        var table = new NameTable(new NameBucket[3], Keys);
        var added = 0;
        while (table.Add(Name(added), 1, Unused) == AddResult.Added)
        {
            added++;
        }

        Assert.Equal(2 * NameBucket.Slots, added);
        for (var i = 0; i < added; i++)
        {
            Assert.Equal(1, table.Find(Name(i)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("a.")]
    public void What_is_no_name_is_not_added(string name)
    {
        var table = new NameTable(new NameBucket[3], Keys);

        Assert.Equal(AddResult.NotAName, table.Add(Encoding.ASCII.GetBytes(name), 1, Unused));
    }

    [Fact]
    public void Labels_and_names_that_are_too_long_are_not_added()
    {
        var table = new NameTable(new NameBucket[3], Keys);
        var longest = string.Join('.', Enumerable.Repeat("a", 127));

        Assert.Equal(AddResult.NotAName, table.Add(Encoding.ASCII.GetBytes(new string('a', 64)), 1, Unused));
        Assert.Equal(AddResult.NotAName, table.Add(Encoding.ASCII.GetBytes(longest + "b.c"), 1, Unused));
        Assert.Equal(AddResult.Added, table.Add(Encoding.ASCII.GetBytes(longest), 1, Unused));
    }

    private static ushort Unused(ushort held, ushort added) => throw new InvalidOperationException("names differ");

    private static byte[] Name(int i) => Encoding.ASCII.GetBytes($"host{i}.example");
}
