// Record data in presentation form.

using Eider.Core.Decode;
using Xunit;

namespace Eider.Tests.Decode;

public sealed class AnswerRecordTests
{
    /// <summary>Mnemonic, data in the words of <see cref="MessageBuilder.Octets"/>, presentation form.</summary>
    public static TheoryData<string, string, string> Data => new()
    {
        { "A", "192.0.2.1", "192.0.2.1" },
        { "AAAA", "2001:db8::1", "2001:db8::1" },
        { "AAAA", "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
        { "CNAME", "@web.example.net", "web.example.net" },
        { "CNAME", "c00c", "example.com" },
        { "NS", "\"ns1\" c00c", "ns1.example.com" },
        { "PTR", "@.", "." },
        { "DNAME", "@example.org", "example.org" },
        { "MX", "##10 \"mail\" c00c", "10 mail.example.com" },
        { "SOA", "\"ns\" c00c @hostmaster.example.com ####2024010101 ####7200 ####3600 ####1209600 ####300",
            "ns.example.com hostmaster.example.com 2024010101 7200 3600 1209600 300" },
        { "SRV", "##0 ##5 ##5060 @sip.example.com", "0 5 5060 sip.example.com" },
        { "TXT", "\"v=spf1_-all\"", "\"v=spf1 -all\"" },
        { "TXT", "\"one\" 00 \"two\"", "\"one\" \"\" \"two\"" },
        { "TXT", "05 22 5c 00 1b ff", "\"\\\"\\\\\\000\\027\\255\"" },
        { "HINFO", "\"RFC8482\" 00", "\"RFC8482\" \"\"" },
        { "CAA", "#0 \"issue\" =ca.example", "0 issue \"ca.example\"" },
        { "NAPTR", "##100 ##10 \"u\" \"E2U+sip\" \"!^.*$!sip:a@b!\" @.", "100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:a@b!\" ." },
        { "URI", "##10 ##1 =ftp://ftp.example.com/", "10 1 \"ftp://ftp.example.com/\"" },
        { "RP", "@admin.example.com @.", "admin.example.com ." },
        { "TYPE65534", "0a 0b ff", "\\# 3 0a0bff" },
        { "TYPE731", "", "\\# 0" },
        { "A", "0102", "\\# 2 0102" },
    };

    [Theory]
    [MemberData(nameof(Data))]
    public void Data_reads_as_in_a_zone_file(string type, string words, string expected)
    {
        Assert.True(RecordType.TryParse(type, out var number));
        var message = new MessageBuilder()
            .Question("example.com", number)
            .Answer(MessageBuilder.QuestionName, number, MessageBuilder.Octets(words), ttl: 77)
            .ToArray();

        var record = Assert.Single(AnswerRecord.ReadAll(message));

        Assert.Equal(new AnswerRecord("example.com", number, 1, 77, expected), record);
    }

    [Fact]
    public void Records_before_a_fault_are_delivered()
    {
        var message = new MessageBuilder()
            .Question("example.com", 1)
            .Answer(MessageBuilder.QuestionName, 1, [192, 0, 2, 1])
            .Answer(MessageBuilder.Pointer(500), 1, [192, 0, 2, 2])
            .ToArray();

        Assert.Equal("192.0.2.1", Assert.Single(AnswerRecord.ReadAll(message)).Data);
    }

    [Fact]
    public void Sections_are_read_apart()
    {
        var message = new MessageBuilder()
            .Question("example.com", 1)
            .Authority(MessageBuilder.QuestionName, RecordType.NS, MessageBuilder.Name("ns.example.com"))
            .Additional(MessageBuilder.Name("ns.example.com"), 1, [192, 0, 2, 53])
            .ToArray();

        Assert.Empty(AnswerRecord.ReadAll(message));
        Assert.Equal("ns.example.com", Assert.Single(AnswerRecord.ReadAll(message, Section.Authority)).Data);
        Assert.Equal("192.0.2.53", Assert.Single(AnswerRecord.ReadAll(message, Section.Additional)).Data);
    }
}
