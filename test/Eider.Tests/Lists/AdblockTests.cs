// AdBlock rules: what is about whole names is taken, everything else counted by reason.

using Eider.Core.Lists;
using Eider.Core.Policy;
using Xunit;

namespace Eider.Tests.Lists;

public sealed class AdblockTests
{
    [Theory]
    [InlineData("||ads.example^", "+.ads.example")]
    [InlineData("||ads.example^|", "+.ads.example")]
    [InlineData("||ads.example", "+.ads.example")]
    [InlineData("||zip^", "+.zip")]
    [InlineData("||*.ads.example^", "*.ads.example")]
    [InlineData("|ads.example^", "ads.example")]
    [InlineData("|ads.example|", "ads.example")]
    [InlineData("@@||good.example^", "+.good.example allow")]
    [InlineData("@@|good.example^", "good.example allow")]
    [InlineData("||ads.example^$important", "+.ads.example important")]
    [InlineData("@@||good.example^$important", "+.good.example allow important")]
    [InlineData("||ads.example^$all", "+.ads.example")]
    [InlineData("||bücher.example^", "+.xn--bcher-kva.example")]
    [InlineData("ads.example", "ads.example")]
    [InlineData("@@good.example", "good.example allow")]
    [InlineData("*.ads.example", "*.ads.example")]
    [InlineData("0.0.0.0 ads.example # hosts", "ads.example")]
    public void Rule_about_a_whole_name_is_taken(string rule, string name)
    {
        var reading = ListReading.Of(rule, ListFormat.Adblock, ListMatch.Exact);

        Assert.Equal([name], reading.Entries);
        Assert.Equal("", reading.Faults);
    }

    [Theory]
    [InlineData("! Title: a list")]
    [InlineData("[Adblock Plus 2.0]")]
    [InlineData("# comment")]
    [InlineData("#")]
    [InlineData("#### heading ####")]
    [InlineData("## heading")]
    public void Comment_is_a_comment(string line)
    {
        var reading = ListReading.Of(line, ListFormat.Adblock);

        Assert.Equal((0, 1), (reading.Entries.Count, reading.Import!.Comments));
        Assert.Equal("", reading.Faults);
    }

    [Theory]
    [InlineData("##.banner", LineFault.CosmeticRule)]
    [InlineData("ads.example##.banner", LineFault.CosmeticRule)]
    [InlineData("ads.example#@#.banner", LineFault.CosmeticRule)]
    [InlineData("ads.example#?#.banner", LineFault.CosmeticRule)]
    [InlineData("ads.example#$#body { }", LineFault.CosmeticRule)]
    [InlineData("ads.example#%#alert()", LineFault.CosmeticRule)]
    [InlineData("ads.example$$script[x]", LineFault.CosmeticRule)]
    [InlineData("||ads.example^$third-party", LineFault.Modifier)]
    [InlineData("||ads.example^$important,dnstype=A", LineFault.Modifier)]
    [InlineData("||ads.example^$badfilter", LineFault.Modifier)]
    [InlineData("||ads.example^$client=10.0.0.1", LineFault.Modifier)]
    [InlineData("||ads.example^$dnsrewrite=192.0.2.1", LineFault.Modifier)]
    [InlineData("||ads.example^$", LineFault.Modifier)]
    [InlineData("||ads.example/path^", LineFault.UrlRule)]
    [InlineData("||ads.example:8080^", LineFault.UrlRule)]
    [InlineData("|https://ads.example/", LineFault.UrlRule)]
    [InlineData("://ads.example^", LineFault.UrlRule)]
    [InlineData("/banner/ads", LineFault.UrlRule)]
    [InlineData("/ads[0-9]+\\.example/", LineFault.Expression)]
    [InlineData("@@/ads[0-9]+\\.example/$important", LineFault.Expression)]
    [InlineData("||ads", LineFault.PartialName)]
    [InlineData("||ads.", LineFault.PartialName)]
    [InlineData("|ads.example", LineFault.PartialName)]
    [InlineData("ads.example^", LineFault.PartialName)]
    [InlineData(".ads.example", LineFault.PartialName)]
    [InlineData("-banner.", LineFault.PartialName)]
    [InlineData("ads", LineFault.PartialName)]
    [InlineData("||", LineFault.PartialName)]
    [InlineData("||^", LineFault.PartialName)]
    [InlineData("@@", LineFault.PartialName)]
    [InlineData("$important", LineFault.PartialName)]
    [InlineData("*", LineFault.EveryName)]
    [InlineData("||*^", LineFault.EveryName)]
    [InlineData("||ads.*^", LineFault.InnerWildcard)]
    [InlineData("||ads*.example^", LineFault.InnerWildcard)]
    [InlineData("||192.0.2.1^", LineFault.Address)]
    [InlineData("||2001:db8::1^", LineFault.Address)]
    [InlineData("192.0.2.1 own.example", LineFault.OwnAddress)]
    [InlineData("two words", LineFault.NotInFormat)]
    public void Rule_about_anything_else_is_counted(string rule, LineFault fault)
    {
        var reading = ListReading.Of(rule, ListFormat.Adblock);

        Assert.Empty(reading.Entries);
        Assert.Equal($"{fault} x1", reading.Faults);
    }
}
