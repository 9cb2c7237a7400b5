// hosts files and plain names.

using Eider.Core.Lists;
using Eider.Core.Policy;
using Xunit;

namespace Eider.Tests.Lists;

public sealed class HostsAndDomainsTests
{
    [Theory]
    [InlineData("0.0.0.0 Ads.Example", "+.ads.example")]
    [InlineData("127.0.0.1\ttracker.example\t# the worst", "+.tracker.example")]
    [InlineData(":: six.example", "+.six.example")]
    [InlineData("::1 six.example", "+.six.example")]
    [InlineData("0.0.0.0 a.example b.example  c.example.", "+.a.example|+.b.example|+.c.example")]
    [InlineData("  0.0.0.0   indented.example  ", "+.indented.example")]
    [InlineData("0.0.0.0 *.wild.example", "*.wild.example")]
    [InlineData("0.0.0.0 under_score-1.example", "+.under_score-1.example")]
    public void Hosts_line_gives_its_names(string line, string names)
    {
        var reading = ListReading.Of(line, ListFormat.Hosts);

        Assert.Equal(names.Split('|'), reading.Entries);
        Assert.Equal("", reading.Faults);
    }

    [Theory]
    [InlineData("127.0.0.1 localhost", LineFault.LocalHost)]
    [InlineData("127.0.0.1 localhost.localdomain", LineFault.LocalHost)]
    [InlineData("255.255.255.255 broadcasthost", LineFault.LocalHost)]
    [InlineData("fe80::1%lo0 localhost", LineFault.LocalHost)]
    [InlineData("ff02::1 ip6-allnodes", LineFault.LocalHost)]
    [InlineData("0.0.0.0 0.0.0.0", LineFault.LocalHost)]
    [InlineData("192.168.1.5 nas.example", LineFault.OwnAddress)]
    [InlineData("0.0.0.0 10.0.0.1", LineFault.Address)]
    [InlineData("0.0.0.0", LineFault.Address)]
    [InlineData("ads.example", LineFault.NotInFormat)]
    [InlineData("0.0.0.0 bad..example", LineFault.EmptyLabel)]
    [InlineData("0.0.0.0 .example", LineFault.EmptyLabel)]
    public void Hosts_line_without_a_name_to_block_is_counted(string line, LineFault fault)
    {
        var reading = ListReading.Of(line, ListFormat.Hosts);

        Assert.Empty(reading.Entries);
        Assert.Equal($"{fault} x1", reading.Faults);
    }

    [Theory]
    [InlineData("ads.example", ListMatch.Subdomains, "+.ads.example")]
    [InlineData("ads.example", ListMatch.Exact, "ads.example")]
    [InlineData("*.ads.example", ListMatch.Exact, "*.ads.example")]
    [InlineData(".ads.example", ListMatch.Exact, "+.ads.example")]
    [InlineData("ADS.Example. # why", ListMatch.Subdomains, "+.ads.example")]
    [InlineData("bücher.example", ListMatch.Subdomains, "+.xn--bcher-kva.example")]
    [InlineData("BÜCHER.example", ListMatch.Subdomains, "+.xn--bcher-kva.example")]
    [InlineData("例え。テスト", ListMatch.Subdomains, "+.xn--r8jz45g.xn--zckzah")]
    [InlineData("XN--BCHER-KVA.example", ListMatch.Subdomains, "+.xn--bcher-kva.example")]
    public void Domains_line_gives_its_name(string line, ListMatch match, string name) =>
        Assert.Equal([name], ListReading.Of(line, ListFormat.Domains, match).Entries);

    [Theory]
    [InlineData("192.0.2.1", LineFault.Address)]
    [InlineData("192.0.2.0/24", LineFault.Address)]
    [InlineData("2001:db8::1", LineFault.Address)]
    [InlineData("2001:db8::/32", LineFault.Address)]
    [InlineData("12345", LineFault.Address)]
    [InlineData("https://ads.example/x", LineFault.Url)]
    [InlineData("ads.example/path", LineFault.Url)]
    [InlineData("ads.example:8080", LineFault.Url)]
    [InlineData("a b", LineFault.NotInFormat)]
    [InlineData("a..example", LineFault.EmptyLabel)]
    [InlineData("..", LineFault.EmptyLabel)]
    [InlineData(".", LineFault.EveryName)]
    [InlineData("*", LineFault.EveryName)]
    [InlineData("*.", LineFault.EveryName)]
    [InlineData("a.*.example", LineFault.InnerWildcard)]
    [InlineData("*ads.example", LineFault.InnerWildcard)]
    [InlineData("||ads.example^", LineFault.BadOctet)]
    [InlineData("ads!.example", LineFault.BadOctet)]
    [InlineData("\u0001.example", LineFault.BadOctet)]
    [InlineData("ads\u00a0.example", LineFault.NotIdna)]
    [InlineData("bu\u0308cher.example", LineFault.NotIdna)]
    [InlineData("\uff41.example", LineFault.NotIdna)]
    [InlineData("a123456789012345678901234567890123456789012345678901234567890123.example", LineFault.LabelTooLong)]
    public void Domains_line_that_is_no_name_is_refused_with_its_reason(string line, LineFault fault)
    {
        var reading = ListReading.Of(line, ListFormat.Domains);

        Assert.Empty(reading.Entries);
        Assert.Equal($"{fault} x1", reading.Faults);
        Assert.Equal(1, Assert.Single(Assert.Single(reading.Import!.Skipped).Examples).Line);
    }

    [Fact]
    public void Longest_name_is_taken_and_one_octet_more_is_refused()
    {
        var longest = string.Join('.', Enumerable.Repeat(new string('a', 63), 3).Append(new string('b', 61)));

        var reading = ListReading.Of($"{longest}.\n{longest}b\n", ListFormat.Domains, ListMatch.Exact);

        Assert.Equal([longest], reading.Entries);
        Assert.Equal("NameTooLong x1", reading.Faults);
    }

    [Fact]
    public void Octets_that_are_not_UTF8_are_refused_and_shown_escaped()
    {
        var reading = ListReading.Of([0x61, 0xff, 0x1b, (byte)'\\', (byte)'\n', .. "b.example"u8], ListFormat.Domains);

        Assert.Equal(["+.b.example"], reading.Entries);
        Assert.Equal("a\\xff\\x1b\\x5c", Assert.Single(Assert.Single(reading.Import!.Skipped).Examples).Text);
    }

    [Fact]
    public void Single_labels_are_taken_with_a_warning()
    {
        var reading = ListReading.Of("zip\nads.example", ListFormat.Domains);

        Assert.Equal(["+.zip", "+.ads.example"], reading.Entries);
        Assert.Equal(1, reading.Import!.SingleLabels);
        Assert.Equal(new LineExample(1, "zip"), Assert.Single(reading.Import.SingleLabelExamples));
    }

    [Fact]
    public void Report_counts_lines_comments_names_and_the_first_examples_of_each_fault()
    {
        var reading = ListReading.Of("# head\r\n\r\n0.0.0.0 a.example b.example\r\n127.0.0.1 localhost\r\n" + string.Concat(Enumerable.Repeat("nothing\r\n", 5)), ListFormat.Hosts);

        var import = reading.Import!;
        Assert.Equal((9, 2, 2, 0), (import.Lines, import.Comments, import.Names, import.Exceptions));
        Assert.Equal("LocalHost x1, NotInFormat x5", reading.Faults);
        Assert.Equal([5, 6, 7], import.Skipped.Last().Examples.Select(example => example.Line));
        Assert.Equal(5, import.Count(FaultKind.Refused));
    }
}
