// Record data in presentation form.

using Eider.Core.Decode;
using Xunit;

namespace Eider.Tests.Decode;

public sealed class AnswerRecordTests
{
    public static TheoryData<string, string, string> Data => [.. RecordCases.All];

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

    public static TheoryData<string, string> Options => [.. RecordCases.Options];

    [Theory]
    [MemberData(nameof(Options))]
    public void Options_are_named(string words, string expected)
    {
        var message = new MessageBuilder().Question("example.com", 1).Opt(MessageBuilder.Octets(words), flags: 0x8000).ToArray();

        Assert.Equal("version=0 do udp=1232 " + expected, Assert.Single(AnswerRecord.ReadAll(message, Section.Additional)).Data);
    }

    [Theory]
    [InlineData("A", "0102", "\\# 2 0102")]
    [InlineData("OPT", "##10 ##9 00", "\\# 5 000a000900")]
    [InlineData("OPT", "##8 ##2 abcd", "version=0 udp=1 ECS=abcd")]
    public void Malformed_data_is_shown_as_it_is(string type, string words, string expected)
    {
        Assert.True(RecordType.TryParse(type, out var number));
        var message = new MessageBuilder().Answer([0], number, MessageBuilder.Octets(words), ttl: 0).ToArray();

        Assert.Equal(expected, Assert.Single(AnswerRecord.ReadAll(message)).Data);
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
