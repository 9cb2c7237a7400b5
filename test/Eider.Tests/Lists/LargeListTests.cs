// Lists of the size that people use.

using Eider.Core.Lists;
using Eider.Core.Policy;
using Eider.Lab;
using Xunit;

namespace Eider.Tests.Lists;

public sealed class LargeListTests
{
    private const int Count = 200_000;

    [Fact]
    public void Synthetic_names_are_distinct_valid_and_the_same_for_the_same_seed()
    {
        var names = SyntheticNames.Take(Count).ToArray();

        Assert.Equal(Count, names.Distinct().Count());
        Assert.Equal(names[..1000], SyntheticNames.Take(1000));
        Assert.NotEqual(names[..1000], SyntheticNames.Take(1000, seed: 2));
        Assert.InRange(names.Average(name => name.Length), 16, 24);
        Assert.InRange(names.Max(name => name.Length), 20, SyntheticNames.LongestName);
    }

    public static TheoryData<ListFormat, string, string> Formats => new()
    {
        { ListFormat.Domains, "", "\n" },
        { ListFormat.Hosts, "0.0.0.0 ", "\r\n" },
        { ListFormat.Hosts, "127.0.0.1 localhost\n::1 ", " # x\n" },
        { ListFormat.Adblock, "||", "^$important\n" },
        { ListFormat.Adblock, "x##y\n@@||", "^\n" },
        { ListFormat.Rpz, "*.", " IN CNAME . ; x\n" },
        { ListFormat.Rpz, "", " A 0.0.0.0\n" },
        { ListFormat.Dnsmasq, "address=/", "/0.0.0.0\n" },
        { ListFormat.Unbound, "local-zone: \"", "\" static\n" },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public void Reading_allocates_nothing_per_line(ListFormat format, string before, string after)
    {
        using var list = new MemoryStream();
        SyntheticNames.WriteList(list, Count, before, after);
        list.Position = 0;
        Assert.True(DomainListReader.TryOpen(list, "list", ListFormat.Auto, ListMatch.Subdomains, out var reader, out _));
        using (reader)
        {
            // The first lines fill what is kept: the examples of each fault.
            for (var index = 0; index < 1000; index++)
            {
                reader.TryRead(out _);
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread();
            while (reader.TryRead(out _))
            {
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;

            Assert.Equal((format, Count), (reader.Import.Format, reader.Import.Names));

            // The runtime allocates a little for itself now and then, on whatever thread; less than an octet a line is none.
            Assert.True(allocated < Count, $"{allocated} octets allocated");
        }
    }
}
