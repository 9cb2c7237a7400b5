// Response policy zones: triggers on names, their actions, and the ways in which zone files write them.

using Eider.Core.Lists;
using Eider.Core.Policy;
using Eider.Tests.Capture;
using Xunit;

namespace Eider.Tests.Lists;

public sealed class RpzTests
{
    private const string Header = "$TTL 2h\n$ORIGIN rpz.example.\n@ IN SOA ns.example. admin.example. (\n  1 ; serial\n  12h 15m 3w 2h )\n  NS ns.example.\n";

    private const string HeaderFaults = "ZoneHeader x4";

    [Theory]
    [InlineData("bad.test CNAME .", "bad.test NxDomain")]
    [InlineData("*.bad.test CNAME .", "*.bad.test NxDomain")]
    [InlineData("bad.test 300 IN CNAME *.", "bad.test NoData")]
    [InlineData("bad.test IN 1h30m CNAME rpz-drop.", "bad.test Drop")]
    [InlineData("BAD.test in cname RPZ-TCP-ONLY.", "bad.test Truncate")]
    [InlineData("good.test CNAME rpz-passthru. ; why", "good.test allow")]
    [InlineData("good.test CNAME good.test.", "good.test allow")]
    [InlineData("bad.test A 192.0.2.5", "bad.test Sinkhole 192.0.2.5")]
    [InlineData("bad.test AAAA 2001:db8::5", "bad.test Sinkhole 2001:db8::5")]
    [InlineData("bad.test.rpz.example. CNAME .", "bad.test NxDomain")]
    [InlineData("bad.test ( CNAME\n   . )", "bad.test NxDomain")]
    [InlineData("bad.test A 192.0.2.5\n   AAAA 2001:db8::5", "bad.test Sinkhole 192.0.2.5|bad.test Sinkhole 2001:db8::5")]
    [InlineData("$ORIGIN test.rpz.example.\nbad CNAME .", "bad.test NxDomain")]
    [InlineData("$ORIGIN test\nbad CNAME .", "bad.test NxDomain")]
    public void Record_gives_its_trigger_and_action(string records, string names) =>
        Assert.Equal(names.Split('|'), ListReading.Of(Header + records + "\n", ListFormat.Rpz).Entries);

    [Theory]
    [InlineData("32.5.2.0.192.rpz-ip CNAME .", LineFault.AddressTrigger)]
    [InlineData("ns.test.rpz-nsdname CNAME .", LineFault.ServerTrigger)]
    [InlineData("32.5.2.0.192.rpz-nsip.rpz.example. CNAME .", LineFault.ServerTrigger)]
    [InlineData("32.5.2.0.192.RPZ-CLIENT-IP CNAME rpz-drop.", LineFault.ClientTrigger)]
    [InlineData("bad.test CNAME garden.example.", LineFault.OtherName)]
    [InlineData("bad.test CNAME *.garden.example.", LineFault.OtherName)]
    [InlineData("bad.test TXT \"why; (not)\"", LineFault.RecordType)]
    [InlineData("bad.test MX 10 mail.example.", LineFault.RecordType)]
    [InlineData("bad.test.other.example. CNAME .", LineFault.OutsideZone)]
    [InlineData("badrpz.example. CNAME .", LineFault.OutsideZone)]
    [InlineData("bad.test A 2001:db8::5", LineFault.NotInFormat)]
    [InlineData("bad.test A", LineFault.NotInFormat)]
    [InlineData("bad.test", LineFault.NotInFormat)]
    [InlineData("$INCLUDE other.zone", LineFault.Directive)]
    [InlineData("$NONSENSE", LineFault.NotInFormat)]
    [InlineData("bad.test ( CNAME .", LineFault.NotInFormat)]
    [InlineData("* CNAME .", LineFault.EveryName)]
    [InlineData("bad\\.test CNAME .", LineFault.BadOctet)]
    public void Record_of_any_other_kind_is_counted(string record, LineFault fault)
    {
        var reading = ListReading.Of(Header + record + "\n", ListFormat.Rpz);

        Assert.Empty(reading.Entries);
        Assert.Equal($"{HeaderFaults}, {fault} x1", reading.Faults);
    }

    [Theory]
    [InlineData("@ SOA ns. admin. 1 2 3 4 5\nbad.test CNAME .", "bad.test NxDomain", "ZoneHeader x1")]
    [InlineData("rpz.example. SOA ns. admin. 1 2 3 4 5\nbad.test.rpz.example. CNAME .", "bad.test NxDomain", "ZoneHeader x1")]
    [InlineData("@ SOA ns. admin. 1 2 3 4 5\nbad.test.rpz.example. CNAME .", "", "ZoneHeader x1, OutsideZone x1")]
    [InlineData("$ORIGIN example.\nrpz SOA ns. admin. 1 2 3 4 5\nbad.test.rpz CNAME .", "bad.test NxDomain", "ZoneHeader x2")]
    [InlineData("$ORIGIN .\nrpz.example SOA ns. admin. 1 2 3 4 5\nbad.test.rpz.example CNAME .", "bad.test NxDomain", "ZoneHeader x2")]
    public void Name_of_the_zone_comes_from_its_SOA_record_or_origin(string zone, string name, string faults)
    {
        var reading = ListReading.Of(zone, ListFormat.Rpz);

        Assert.Equal(name.Length == 0 ? [] : [name], reading.Entries);
        Assert.Equal(faults, reading.Faults);
    }

    [Fact]
    public void Parenthesis_that_nobody_closes_does_not_swallow_the_list()
    {
        var zone = Header + "bad.test ( CNAME .\n" + string.Concat(Enumerable.Range(0, 1000).Select(number => $"n{number}.test CNAME .\n"));

        var reading = ListReading.Of(zone, ListFormat.Rpz);

        Assert.InRange(reading.Entries.Count, 700, 999);
        Assert.Equal(1, reading.Import!.Count(LineFault.NotInFormat));
    }

    [Fact]
    public void Zone_made_for_another_server_is_read_as_it_means()
    {
        Corpus.SkipWhenAbsent();
        var reading = ListReading.Of(File.ReadAllBytes(Corpus.PathOf("pdns/basic.rpz")));

        Assert.Null(reading.Error);
        Assert.Equal(ListFormat.Rpz, reading.Import!.Format);
        Assert.Equal(
            [
                "nxdomain.org NxDomain", "*.nxdomain-apex.org NxDomain", "mail.nxdomain-apix.org allow", "example.net Drop", "*.example.net Drop", "truncate.org Truncate",
                "*.truncate-apex.org Truncate", "local-a.org Sinkhole 192.168.2.5", "*.local-a-apex.org Sinkhole 192.168.2.5",
            ],
            reading.Entries);
        Assert.Equal("ZoneHeader x4, AddressTrigger x1, ServerTrigger x3, ClientTrigger x2, OtherName x2", reading.Faults);
    }
}
