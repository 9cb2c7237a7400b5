// Whatever comes in, reading ends, throws nothing and stays within bounds.

using Eider.Core.Decode;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Eider.Tests.Decode;

public sealed class HostileInputTests
{
    /// <summary>A summary may allocate a name's text and entry and a fault's words, 4 KiB at most. The runtime adds up to 8 KiB to the count of a thread
    /// whose allocation block it takes away, which other tests' collections do.</summary>
    private const int AllocationLimit = 16 * 1024;

    private readonly NameCache _names = new(seed: 1, capacity: 64);

    /// <summary>Has the tables of names built, which happens once and is no message's doing.</summary>
    public HostileInputTests() => Assert.Equal("A", RecordType.Name(RecordType.A));

    public static TheoryData<string> Sources => ["samples", "corpus"];

    [Theory]
    [MemberData(nameof(Sources))]
    public void Message_cut_at_every_length_is_read(string source)
    {
        foreach (var message in MessagesOf(source))
        {
            for (var length = 0; length < message.Length; length++)
            {
                Read(message.AsSpan(0, length));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void Message_with_any_octet_changed_is_read(string source)
    {
        foreach (var message in MessagesOf(source))
        {
            for (var i = 0; i < message.Length; i++)
            {
                var octet = message[i];
                foreach (var changed in (ReadOnlySpan<byte>)[0, 0xc0, (byte)(octet ^ 1)])
                {
                    message[i] = changed;
                    Summarize(message);
                }

                message[i] = (byte)~octet;
                Read(message);
                message[i] = octet;
            }
        }
    }

    [Fact]
    public void Random_octets_are_read()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), (Action<byte[]>)(octets => Read(octets))).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void Random_octets_after_a_right_header_are_read()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), (Action<byte[]>)(octets => Read([0, 1, 0x81, 0x80, 0, 1, 0, 2, 0, 1, 0, 1, .. octets])))
            .Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void Message_of_nothing_but_pointers_is_refused_at_once()
    {
        var builder = new MessageBuilder().Question("a", 1).Counts(1, 4000, 0, 0);
        for (var i = 0; i < 8000; i++)
        {
            builder.Raw(MessageBuilder.Pointer(Math.Min(builder.Length - 2, 0x3fff)));
        }

        Assert.NotNull(Read(builder.ToArray()).Malformed);
    }

    [Fact]
    public void Name_with_too_many_pointers_is_refused()
    {
        var chain = new MessageBuilder().Question("a", 1).Answer(MessageBuilder.QuestionName, 10, Chain(31, 127)).ToArray();
        Assert.Null(Read(chain).Malformed);

        var tooLong = new MessageBuilder().Question("a", 1)
            .Answer(MessageBuilder.QuestionName, 10, Chain(31, 127))
            .Answer(MessageBuilder.Pointer(31 + 2 * 126), 1, [192, 0, 2, 1])
            .ToArray();
        Assert.Equal("a name with more than 127 compression pointers", Read(tooLong).Malformed?.What);
    }

    [Fact]
    public void Largest_tcp_message_is_read_whole()
    {
        var builder = new MessageBuilder().Question(new string('x', 63) + "." + new string('y', 63), RecordType.SOA);
        while (builder.Length < 65_400)
        {
            builder.Answer(MessageBuilder.QuestionName, RecordType.SOA, MessageBuilder.Octets("c00c c00c ####1 ####2 ####3 ####4 ####5"));
        }

        var message = builder.ToArray();

        Assert.Null(Read(message).Malformed);
        Assert.Equal(Read(message).AnswerCount, AnswerRecord.ReadAll(message).Count);
    }

    /// <summary>Pointers at <paramref name="offset"/>, each to the one before it, the first to the question's name.</summary>
    private static byte[] Chain(int offset, int count) =>
        [.. Enumerable.Range(0, count).SelectMany(i => MessageBuilder.Pointer(i == 0 ? 12 : offset + 2 * (i - 1)))];

    private static IEnumerable<byte[]> MessagesOf(string source)
    {
        if (source == "samples")
        {
            return SampleMessages.OfEveryKind.Concat(SampleMessages.Responses);
        }

        Assert.SkipWhen(CorpusMessages.Folder is null, "no ../shared/corpus beside the repository");
        return CorpusMessages.All.DistinctBy(message => (message.File, message.Octets.Length)).Select(message => message.Octets)
            .Where(octets => octets.Length <= 1500);
    }

    private DnsSummary Read(ReadOnlySpan<byte> message)
    {
        var summary = Summarize(message);
        var answers = AnswerRecord.ReadAll(message);
        Assert.True(summary.Malformed is not null || answers.Count == summary.AnswerCount, "every answer of a right message is delivered");
        Assert.True(answers.TrueForAll(answer => answer.Data.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0), "text is printable ASCII");
        return summary;
    }

    private DnsSummary Summarize(ReadOnlySpan<byte> message)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var summary = DnsSummary.Read(message, _names);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(allocated, 0, AllocationLimit);

        var asIfCut = DnsSummary.Read(message, _names, cut: true);
        Assert.True(summary.Malformed is not null || asIfCut.Malformed is null, "cutting a message cannot make it malformed");
        return summary;
    }
}
