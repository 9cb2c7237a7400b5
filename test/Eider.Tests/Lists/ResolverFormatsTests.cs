// Lists in the configuration languages of dnsmasq and unbound.

using Eider.Core.Lists;
using Eider.Core.Policy;
using Xunit;

namespace Eider.Tests.Lists;

public sealed class ResolverFormatsTests
{
    [Theory]
    [InlineData("address=/ads.example/", "+.ads.example")]
    [InlineData("address=/ads.example/#", "+.ads.example")]
    [InlineData("address=/ads.example/0.0.0.0", "+.ads.example")]
    [InlineData("address=/ads.example/::", "+.ads.example")]
    [InlineData("address=/a.example/b.example/127.0.0.1", "+.a.example|+.b.example")]
    [InlineData("local=/ads.example/", "+.ads.example")]
    [InlineData("server=/ads.example/  # why", "+.ads.example")]
    [InlineData("server = /ads.example/", "+.ads.example")]
    [InlineData("server=/good.example/#", "+.good.example allow")]
    [InlineData("address=/*.ads.example/", "*.ads.example")]
    public void Dnsmasq_line_gives_its_names(string line, string names)
    {
        var reading = ListReading.Of(line, ListFormat.Dnsmasq, ListMatch.Exact);

        Assert.Equal(names.Split('|'), reading.Entries);
        Assert.Equal("", reading.Faults);
    }

    [Theory]
    [InlineData("address=/nas.example/192.168.1.5", LineFault.OwnAddress)]
    [InlineData("server=/corp.example/10.0.0.1", LineFault.Forwarding)]
    [InlineData("server=10.0.0.1", LineFault.OtherOption)]
    [InlineData("no-resolv", LineFault.OtherOption)]
    [InlineData("cache-size=1000", LineFault.OtherOption)]
    [InlineData("address=/#/0.0.0.0", LineFault.EveryName)]
    [InlineData("address=/ads.example", LineFault.NotInFormat)]
    [InlineData("address=/ads.example/nowhere", LineFault.NotInFormat)]
    [InlineData("address=//", LineFault.EmptyLabel)]
    [InlineData("address=/192.0.2.1/", LineFault.Address)]
    [InlineData("ads.example", LineFault.NotInFormat)]
    [InlineData("=", LineFault.OtherOption)]
    public void Dnsmasq_line_about_anything_else_is_counted(string line, LineFault fault)
    {
        var reading = ListReading.Of(line, ListFormat.Dnsmasq);

        Assert.Empty(reading.Entries);
        Assert.Equal($"{fault} x1", reading.Faults);
    }

    [Theory]
    [InlineData("local-zone: \"ads.example\" always_nxdomain", "+.ads.example NxDomain")]
    [InlineData("local-zone: ads.example. static", "+.ads.example NxDomain")]
    [InlineData("  local-zone:\t'ads.example'  \"refuse\"  # why", "+.ads.example Refused")]
    [InlineData("local-zone: \"ads.example\" always_refuse", "+.ads.example Refused")]
    [InlineData("local-zone: \"ads.example\" deny", "+.ads.example Drop")]
    [InlineData("local-zone: \"ads.example\" always_nodata", "+.ads.example NoData")]
    [InlineData("local-zone: \"ads.example\" redirect", "+.ads.example")]
    [InlineData("local-zone: \"ads.example\" always_null", "+.ads.example")]
    [InlineData("local-zone: \"good.example\" transparent", "+.good.example allow")]
    [InlineData("local-zone: \"good.example\" always_transparent", "+.good.example allow")]
    public void Unbound_line_gives_its_name(string line, string name)
    {
        var reading = ListReading.Of(line, ListFormat.Unbound, ListMatch.Exact);

        Assert.Equal([name], reading.Entries);
        Assert.Equal("", reading.Faults);
    }

    [Theory]
    [InlineData("local-data: \"ads.example A 0.0.0.0\"", LineFault.LocalData)]
    [InlineData("local-data-ptr: \"192.0.2.1 ads.example\"", LineFault.LocalData)]
    [InlineData("local-zone: \"ads.example\" inform", LineFault.ZoneType)]
    [InlineData("local-zone: \"ads.example\" nonsense", LineFault.ZoneType)]
    [InlineData("local-zone: \".\" refuse", LineFault.EveryName)]
    [InlineData("local-zone: \"ads.example\"", LineFault.NotInFormat)]
    [InlineData("local-zone: \"ads.example\" refuse more", LineFault.NotInFormat)]
    [InlineData("local-zone: \"\" refuse", LineFault.NotInFormat)]
    [InlineData("interface: 127.0.0.1", LineFault.OtherOption)]
    [InlineData("ads.example", LineFault.NotInFormat)]
    [InlineData(": x", LineFault.NotInFormat)]
    public void Unbound_line_about_anything_else_is_counted(string line, LineFault fault)
    {
        var reading = ListReading.Of(line, ListFormat.Unbound);

        Assert.Empty(reading.Entries);
        Assert.Equal($"{fault} x1", reading.Faults);
    }

    [Fact]
    public void Unbound_clause_heading_is_a_comment() => Assert.Equal(2, ListReading.Of("server:\n# x", ListFormat.Unbound).Import!.Comments);
}
