// Malformed messages: what is wrong, in words, and at which octet.

using Eider.Core;
using Eider.Core.Decode;
using Xunit;

namespace Eider.Tests.Decode;

public sealed class FaultTests
{
    private readonly NameCache _names = new(seed: 1);

    /// <summary>Whole messages in the words of <see cref="MessageBuilder.Octets"/>.</summary>
    public static TheoryData<string, string, int> Messages => new()
    {
        { "", "the message has 0 octets, a header has 12", 0 },
        { "1d0c 8180 ##1 00", "the message has 7 octets, a header has 12", 7 },
        { "1d0c 0100 ##1 ##0 ##0 ##0", "the header counts 1 question, the message ends after 0", 12 },
        { "1d0c 8180 ##1 ##3 ##0 ##0 @a ##1 ##1 c00c ##1 ##1 ####60 ##4 192.0.2.1", "the header counts 3 answers, the message ends after 1", 35 },
        { "1d0c 8180 ##0 ##0 ##0 ##1", "the header counts 1 additional record, the message ends after 0", 12 },
        { "1d0c 0100 ##1 ##0 ##0 ##0 @a ##1 00", "the message ends inside the type and class of a question", 15 },
        { "1d0c 8180 ##1 ##1 ##0 ##0 @a ##1 ##1 c00c ##1 ##1 ####60", "the message ends inside the fixed fields of a record, 8 octets of 10", 21 },
        { "1d0c 8180 ##1 ##1 ##0 ##0 @a ##1 ##1 c00c ##1 ##1 ####60 ##16 192.0.2.1",
            "rdata length 16 of a record of type A runs past the end of the message, 4 octets are left", 29 },
        { "1d0c 0100 ##1 ##0 ##0 ##0 03 =ab", "a label runs 1 octet past the end of the message", 12 },
        { "1d0c 0100 ##1 ##0 ##0 ##0 \"abc\" 09 =abc", "a label runs 6 octets past the end of the message", 16 },
        { "1d0c 0100 ##1 ##0 ##0 ##0 \"abc\"", "a name runs past the end of the message", 16 },
        { "1d0c 0100 ##1 ##0 ##0 ##0 c0", "a compression pointer runs past the end of the message", 12 },
        { "1d0c 0100 ##1 ##0 ##0 ##0 c00c ##1 ##1", "compression pointer loop: it points to octet 12, into its own name", 12 },
        { "1d0c 0100 ##1 ##0 ##0 ##0 \"abc\" c00c ##1 ##1", "compression pointer loop: it points to octet 12, into its own name", 16 },
        { "1d0c 0100 ##1 ##0 ##0 ##0 \"abc\" c0ff ##1 ##1", "compression pointer forward to octet 255", 16 },
        { "1d0c 0100 ##1 ##0 ##0 ##0 \"abc\" c004 ##1 ##1", "compression pointer to octet 4, into the header", 16 },
        { "1d0c 0100 ##1 ##0 ##0 ##0 \"abc\" 41 ##1 ##1", "reserved label type 01 (octet 0x41)", 16 },
        { "1d0c 0100 ##1 ##0 ##0 ##0 bf ##1 ##1", "reserved label type 10 (octet 0xbf)", 12 },
        { "1d0c 0100 ##2 ##0 ##0 ##0 @a ##1 ##1 @b ##1 ##1", "2 questions in one message", 4 },
        { "1d0c 0100 ##0 ##1 ##0 ##0 00 ##41 ##1232 ####0 ##0", "an OPT record outside the additional section", 12 },
        { "1d0c 0100 ##0 ##0 ##0 ##1 @a ##41 ##1232 ####0 ##0", "the OPT record's owner name is not the root", 12 },
        { "1d0c 0100 ##0 ##0 ##0 ##2 00 ##41 ##1232 ####0 ##0 00 ##41 ##1232 ####0 ##0", "a second OPT record", 23 },
        { "1d0c 0100 ##0 ##0 ##0 ##2 @k ##250 ##255 ####0 ##19 @h 0000 00000000 ##0 ##0 ##0 ##0 ##0 00 ##41 ##1232 ####0 ##0",
            "a TSIG record that is not the last record", 12 },
    };

    /// <summary>Type, data of an answer, what is wrong, where in the data.</summary>
    public static TheoryData<string, string, string, int> Data => new()
    {
        { "A", "010203", "rdata of A is too short: 3 octets", 0 },
        { "A", "0102030405", "rdata of A is too long: 5 octets, 1 too many", 4 },
        { "A", "", "rdata of A is too short: 0 octets", 0 },
        { "AAAA", "192.0.2.1", "rdata of AAAA is too short: 4 octets", 0 },
        { "CNAME", "\"abc\"", "a name runs past the end of the rdata of CNAME", 4 },
        { "CNAME", "05 =abc", "a label runs 2 octets past the end of the rdata of CNAME", 0 },
        { "CNAME", "c0", "a compression pointer runs past the end of the rdata of CNAME", 0 },
        { "CNAME", "c00c 00", "rdata of CNAME is too long: 3 octets, 1 too many", 2 },
        { "NS", "c029", "compression pointer loop: it points to octet 41, into its own name", 0 },
        { "MX", "00", "rdata of MX is too short: 1 octet", 0 },
        { "SOA", "c00c c00c ####1 ####2 ####3 ####4", "rdata of SOA is too short: 20 octets", 20 },
        { "SRV", "##1 ##2 ##3", "a name runs past the end of the rdata of SRV", 6 },
        { "TXT", "", "rdata of TXT is empty", 0 },
        { "TXT", "02 =ab 09 =abc", "a string of 9 octets runs past the end of the rdata of TXT, 3 are left", 3 },
        { "HINFO", "\"cpu\"", "rdata of HINFO is too short: 4 octets", 4 },
        { "CAA", "00 00 =ca", "tag of CAA is empty", 1 },
        { "URI", "##1 ##1", "rdata of URI ends where its last field should be", 4 },
        { "DS", "##1 08 02 abcd", "digest of DS has 2 octets, its algorithm makes 32", 4 },
        { "DNSKEY", "##257 03 08", "rdata of DNSKEY ends where its last field should be", 4 },
        { "RRSIG", "##1 05 03 ####86400 ####0 ####0 ##2642 00", "rdata of RRSIG ends where its last field should be", 19 },
        { "NSEC", "00 01 01 40 00 01 40", "type bitmap window 0 of NSEC is not above the window before it", 4 },
        { "NSEC", "00 00 00", "type bitmap of NSEC has a window of 0 octets, not 1 to 32", 2 },
        { "NSEC", "00 00 21 00", "type bitmap of NSEC has a window of 33 octets, not 1 to 32", 2 },
        { "NSEC3", "01 00 ##0 05 aa", "a string of 5 octets runs past the end of the rdata of NSEC3, 1 are left", 4 },
        { "LOC", "00 12 16 13", "rdata of LOC is too short: 4 octets", 4 },
        { "HTTPS", "##1 00 ##3 ##2 ##443 ##1 ##3 \"h2\"", "HTTPS parameter alpn is out of order or given twice", 9 },
        { "HTTPS", "##1 00 ##3 ##2 ##443 ##3 ##2 ##443", "HTTPS parameter port is out of order or given twice", 9 },
        { "HTTPS", "##1 00 ##3 ##9 ##443", "HTTPS parameter port of 9 octets runs past the end of the rdata", 3 },
        { "HTTPS", "##1 00 ##3 ##3 010203", "HTTPS parameter port has a value of 3 octets, not 2", 7 },
        { "HTTPS", "##1 00 ##1 ##3 09 =h2", "HTTPS parameter alpn has a protocol id of 9 octets, 2 are left", 7 },
        { "HTTPS", "##1 00 ##1 ##4 02 =h2 00", "HTTPS parameter alpn has a protocol id of 0 octets, 0 are left", 10 },
        { "HTTPS", "##1 00 ##2 ##0", "HTTPS parameter no-default-alpn without alpn", 3 },
        { "HTTPS", "##1 00 ##4 ##5 0102030405", "HTTPS parameter ipv4hint has a value of 5 octets, not a multiple of 4", 7 },
        { "HTTPS", "##1 00 ##6 ##0", "HTTPS parameter ipv6hint has a value of 0 octets, not a multiple of 16", 7 },
        { "SVCB", "##1 00 ##0 ##2 ##3", "SVCB parameter port is mandatory but absent", 9 },
        { "SVCB", "##1 00 ##0 ##4 ##1 ##4 ##1 ##3 \"h2\" ##5 ##1 aa", "SVCB parameter ipv4hint is mandatory but absent", 23 },
        { "SVCB", "##1 00 ##0 ##2 ##0", "SVCB parameter mandatory names mandatory out of order, twice or although it may not", 7 },
        { "SVCB", "##1 00 ##0 ##4 ##3 ##1", "SVCB parameter mandatory names alpn out of order, twice or although it may not", 9 },
        { "TSIG", "@hmac 0000 5f000000 ##300 ##9 abcd", "rdata of TSIG is too short: 18 octets", 16 },
    };

    /// <summary>Options of an OPT record in a query, what is wrong, where in the options.</summary>
    public static TheoryData<string, string, int> Options => new()
    {
        { "##10", "rdata of OPT is too short: 2 octets", 2 },
        { "##10 ##9 00", "EDNS option COOKIE of 9 octets runs past the end of the rdata of OPT", 0 },
        { "##10 ##9 001122334455667788", "EDNS option COOKIE has 9 octets, not 8 or 16 to 40", 4 },
        { "##12 ##1 00 ##15 ##1 00", "EDNS option EDE has 1 octet, not 2 or more", 9 },
        { "##11 ##1 00", "EDNS option KEEPALIVE has 1 octet, not 0 or 2", 4 },
        { "##14 ##3 000000", "EDNS option KEYTAG has 3 octets, not a multiple of 2", 4 },
        { "##18 ##4 @a 00", "EDNS option REPORT-CHANNEL has 4 octets, not one name", 7 },
        { "##18 ##2 c00c", "EDNS option REPORT-CHANNEL has 2 octets, not one name", 6 },
        { "##8 ##3 000118", "EDNS option ECS has 3 octets, not 4 or more", 4 },
        { "##8 ##9 ##1 #33 #0 0102030405", "ECS source prefix /33 is longer than an address of 32 bits", 6 },
        { "##8 ##7 ##2 #129 #0 010203", "ECS source prefix /129 is longer than an address of 128 bits", 6 },
        { "##8 ##7 ##1 #24 #33 010203", "ECS scope prefix /33 is longer than an address of 32 bits", 7 },
        { "##8 ##7 ##1 #24 #24 010203", "ECS scope prefix /24 in a query", 7 },
        { "##8 ##6 ##1 #24 #0 0102", "ECS address has 2 octets, its source prefix needs 3", 8 },
        { "##8 ##8 ##1 #24 #0 01020304", "ECS address has 4 octets, its source prefix needs 3", 8 },
        { "##8 ##7 ##1 #20 #0 010203", "ECS address has bits set beyond its source prefix /20", 10 },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public void Malformed_message_is_named(string words, string what, int offset)
    {
        Assert.Equal(new Malformed(what, offset), DnsSummary.Read(MessageBuilder.Octets(words), _names).Malformed);
    }

    [Theory]
    [MemberData(nameof(Data))]
    public void Malformed_data_is_named(string type, string words, string what, int offset)
    {
        Assert.True(RecordType.TryParse(type, out var number));
        var builder = new MessageBuilder().Question("example.com", number);
        var message = builder.Answer(MessageBuilder.QuestionName, number, MessageBuilder.Octets(words)).ToArray();

        Assert.Equal(new Malformed(what, 41 + offset), DnsSummary.Read(message, _names).Malformed);
        Assert.StartsWith("\\# ", Assert.Single(AnswerRecord.ReadAll(message)).Data, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Malformed_option_is_named(string words, string what, int offset)
    {
        var message = new MessageBuilder(0x0100).Question("example.com", 1).Opt(MessageBuilder.Octets(words)).ToArray();

        Assert.Equal(new Malformed(what, 40 + offset), DnsSummary.Read(message, _names).Malformed);
    }

    [Fact]
    public void The_first_of_two_faults_is_reported()
    {
        var message = new MessageBuilder().Question("example.com", 1)
            .Answer(MessageBuilder.QuestionName, 1, [1, 2, 3])
            .Answer(MessageBuilder.QuestionName, 16, [])
            .ToArray();

        Assert.Equal("rdata of A is too short: 3 octets", DnsSummary.Read(message, _names).Malformed?.What);
    }

    [Fact]
    public void What_was_read_before_a_fault_is_delivered()
    {
        var message = new MessageBuilder(0x8183).Question("example.com", 28).Answer(MessageBuilder.Pointer(900), 1, [1, 2, 3, 4]).ToArray();

        var summary = DnsSummary.Read(message, _names);

        Assert.NotNull(summary.Malformed);
        Assert.Equal(("example.com", (ushort?)28, Rcode.NxDomain), (summary.Name, summary.QueryType, summary.Rcode));
    }

    [Fact]
    public void Addresses_of_other_classes_are_not_judged()
    {
        var message = new MessageBuilder().Question("example.com", 1, RecordClass.CH)
            .Answer(MessageBuilder.QuestionName, 1, MessageBuilder.Octets("@ch-addr.net ##1234"), recordClass: RecordClass.CH)
            .ToArray();

        Assert.Null(DnsSummary.Read(message, _names).Malformed);
    }

    [Fact]
    public void Parameters_of_an_alias_are_ignored()
    {
        var message = new MessageBuilder().Question("example.com", RecordType.HTTPS)
            .Answer(MessageBuilder.QuestionName, RecordType.HTTPS, MessageBuilder.Octets("##0 @a.example ##3 ##1 00 ##1 ##1 ff"))
            .ToArray();

        Assert.Null(DnsSummary.Read(message, _names).Malformed);
    }
}
