// What one pass over a message says of it.

using Eider.Core.Decode;
using Eider.Lab;
using Xunit;

namespace Eider.Tests.Decode;

public sealed class DnsSummaryTests
{
    private readonly NameCache _names = new(seed: 1);

    [Fact]
    public void Response_with_answers_is_summed_up()
    {
        var message = new MessageBuilder(flags: 0x8183, id: 0xbeef)
            .Question("WWW.Example.com", RecordType.AAAA)
            .Answer(MessageBuilder.QuestionName, RecordType.CNAME, MessageBuilder.Pointer(16))
            .Opt([], size: 1232, flags: 0x0100_8000)
            .ToArray();

        var summary = DnsSummary.Read(message, _names);

        Assert.Null(summary.Malformed);
        Assert.Equal((ushort)0xbeef, summary.Id);
        Assert.True(summary.IsResponse);
        Assert.Equal("WWW.Example.com", summary.Name);
        Assert.Equal(RecordType.AAAA, summary.QueryType);
        Assert.Equal(RecordClass.IN, summary.QueryClass);
        Assert.Equal(0x13, summary.Rcode);
        Assert.Equal((1, 1, 0, 1), (summary.QuestionCount, summary.AnswerCount, summary.AuthorityCount, summary.AdditionalCount));
        Assert.Equal((ushort)1232, summary.UdpPayloadSize);
        Assert.True(summary.DnssecOk);
        Assert.Equal(0, summary.TrailingOctets);
    }

    [Fact]
    public void Names_in_any_case_have_one_hash()
    {
        var upper = DnsSummary.Read(new MessageBuilder(0x0100).Question("WWW.EXAMPLE.COM", 1).ToArray(), _names);
        var mixed = DnsSummary.Read(new MessageBuilder(0x0100).Question("wWw.eXaMpLe.cOm", 28).ToArray(), _names);
        var other = DnsSummary.Read(new MessageBuilder(0x0100).Question("www.example.org", 1).ToArray(), _names);

        Assert.Equal(upper.NameHash, mixed.NameHash);
        Assert.NotEqual(upper.NameHash, other.NameHash);
        Assert.Equal("wWw.eXaMpLe.cOm", mixed.Name);
    }

    [Fact]
    public void Reading_a_cached_name_allocates_nothing()
    {
        var message = new MessageBuilder()
            .Question("cached.example", 1)
            .Answer(MessageBuilder.QuestionName, 1, MessageBuilder.Address("192.0.2.1"))
            .ToArray();
        DnsSummary.Read(message, _names);

        Assert.Equal(0, Allocated.Least(() => DnsSummary.Read(message, _names)));
    }

    [Theory]
    [InlineData(4, "UPDATE with a deletion of all addresses")]
    [InlineData(5, "NOTIFY with the new SOA")]
    public void Other_opcodes_are_read_alike(int opcode, string what)
    {
        var message = new MessageBuilder((ushort)(opcode << 11))
            .Question("example.com", RecordType.SOA)
            .Answer(MessageBuilder.QuestionName, RecordType.A, [], ttl: 0, recordClass: RecordClass.ANY)
            .ToArray();

        var summary = DnsSummary.Read(message, _names);

        Assert.True(summary.Malformed is null, what);
        Assert.Equal(opcode, summary.Opcode);
        Assert.Equal("example.com", summary.Name);
    }

    [Fact]
    public void Octets_after_the_last_record_are_counted_and_no_fault()
    {
        var summary = DnsSummary.Read(new MessageBuilder(0x0100).Question("example.com", 1).Raw([1, 2, 3]).ToArray(), _names);

        Assert.Null(summary.Malformed);
        Assert.Equal(3, summary.TrailingOctets);
    }

    [Fact]
    public void Truncated_response_without_answers_is_right()
    {
        var summary = DnsSummary.Read(new MessageBuilder(0x8380).Question("example.com", 1).ToArray(), _names);

        Assert.Null(summary.Malformed);
        Assert.True(summary.Truncated);
    }

    [Fact]
    public void Several_questions_are_a_fault_except_in_mdns()
    {
        var message = new MessageBuilder(0).Question("a.local", 255).Question("b.local", 255).ToArray();

        Assert.Equal("2 questions in one message", DnsSummary.Read(message, _names).Malformed?.What);
        Assert.Equal(4, DnsSummary.Read(message, _names).Malformed?.Offset);
        Assert.Null(DnsSummary.Read(message, _names, multicast: true).Malformed);
    }

    [Fact]
    public void Message_cut_by_the_capture_is_right_at_every_length()
    {
        var message = new MessageBuilder()
            .Question("www.example.com", 1)
            .Answer(MessageBuilder.QuestionName, RecordType.CNAME, MessageBuilder.Name("web.example.net"))
            .Answer(MessageBuilder.Name("web.example.net"), 1, MessageBuilder.Address("192.0.2.1"))
            .Opt(MessageBuilder.Octets("##10 ##8 0011223344556677"))
            .ToArray();

        for (var length = 0; length < message.Length; length++)
        {
            Assert.Null(DnsSummary.Read(message.AsSpan(0, length), _names, cut: true).Malformed);
            Assert.NotNull(DnsSummary.Read(message.AsSpan(0, length), _names).Malformed);
        }
    }
}
