using Eider.Core.Transactions;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Eider.Tests.Transactions;

public sealed class ResolverConfigTests
{
    public static TheoryData<string, string[], int> Files => new()
    {
        { "", [], 1 },
        { "search a.example b.example\noptions ndots:5", ["a.example", "b.example"], 5 },
        { "search\ta.example.\t b.example \r\noptions timeout:1 ndots:2 rotate\r\n", ["a.example", "b.example"], 2 },
        { "domain a.example ignored.example\n", ["a.example"], 1 },
        { "search a.example\ndomain b.example\n", ["b.example"], 1 },
        { "domain a.example\nsearch b.example c.example\n", ["b.example", "c.example"], 1 },
        { "# search a.example\n; options ndots:3\n", [], 1 },
        { " search a.example\nsearching b.example\nsearch", [], 1 },
        { "search .\nsearch a.example ...\n", ["a.example"], 1 },
        { "options ndots:99\n", [], 15 },
        { "options ndots:0\n", [], 0 },
        { "options ndots:-1 ndots: ndots:x ndots:99999999999\n", [], 1 },
        { "options ndots:4\noptions rotate\n", [], 4 },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void File_is_read_as_the_resolver_reads_it(string text, string[] search, int ndots)
    {
        var config = ResolverConfig.Parse(text);
        Assert.Equal(search, config.Search);
        Assert.Equal(ndots, config.Ndots);
    }

    [Fact]
    public void Endless_lists_names_and_files_are_cut()
    {
        Assert.Equal(ResolverConfig.MaxSearch, ResolverConfig.Parse("search " + string.Join(' ', Enumerable.Repeat("a.example", 1000))).Search.Count);
        Assert.Empty(ResolverConfig.Parse("search " + new string('a', 254)).Search);
        Assert.Empty(ResolverConfig.Parse(new string('\n', ResolverConfig.MaxLength) + "search a.example").Search);
    }

    [Fact]
    public void Any_text_is_read_without_failing_and_within_bounds() =>
        Check.One(FsCheck.Config.QuickThrowOnFailure, Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
        {
            var config = ResolverConfig.Parse("search " + text + "\noptions ndots:" + text);
            return config.Ndots is >= 0 and <= ResolverConfig.MaxNdots && config.Search.Count <= ResolverConfig.MaxSearch
                && config.Search.All(domain => domain.Length > 0);
        }));
}
