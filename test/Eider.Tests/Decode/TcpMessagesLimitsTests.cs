using Eider.Core;
using Eider.Core.Decode;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using static Eider.Tests.Decode.TcpMessagesFixture;

namespace Eider.Tests.Decode;

public sealed class TcpMessagesLimitsTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void Buffered_octets_are_bounded_over_all_streams_and_the_oldest_goes_first_with_a_fault()
    {
        const int Limit = 256 * 1024;
        using var fixture = new TcpMessagesFixture(new() { MemoryLimit = Limit });
        for (ushort port = 1; port <= 20; port++)
        {
            var source = Client with { Port = port };
            fixture.Syn(source: source);
            fixture.SendAt(0, Framed(Response(port, 60_000)).AsSpan(0, 30_000), source: source);
            Assert.True(fixture.Tcp.Counters.BufferedOctets <= Limit);
        }

        Assert.Equal(12, fixture.Tcp.Counters.ShedForMemory);
        Assert.Equal(Enumerable.Range(1, 12), fixture.Faults.Select(fault => (fault.Message[0] << 8) | fault.Message[1]));
        Assert.All(fixture.Faults, fault => Assert.EndsWith("too many octets are buffered", fault.Fault!.What));
    }

    [Fact]
    public void Streams_are_bounded_and_an_ended_one_goes_before_a_live_one()
    {
        using var fixture = new TcpMessagesFixture(new() { StreamLimit = 10 });
        for (ushort port = 1; port <= 10; port++)
        {
            fixture.SendAt(0, Framed(Query(port)), source: Client with { Port = port }, flags: port == 5 ? (byte)0x01 : (byte)0);
        }

        fixture.SendAt(0, Framed(Query(11)), source: Client with { Port = 11 });
        Assert.Equal((10, 0), (fixture.Tcp.Counters.Streams, fixture.Tcp.Counters.ShedForStreams));
        fixture.SendAt(0, Framed(Query(12)), source: Client with { Port = 12 });
        Assert.Equal((10, 1), (fixture.Tcp.Counters.Streams, fixture.Tcp.Counters.ShedForStreams));
        fixture.SendAt(23, Framed(Query(1)), source: Client with { Port = 2 }); // still in step
        Assert.Empty(fixture.Faults);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public void Octets_held_of_one_stream_are_bounded_whatever_the_size_of_its_segments(int size)
    {
        using var fixture = new TcpMessagesFixture();
        fixture.Syn();
        for (var at = 1000; at < 400_000; at += 2 * size)
        {
            fixture.SendAt(at, new byte[size]);
            Assert.True(fixture.Tcp.Counters.BufferedOctets <= 4 * 64 * 1024);
        }

        Assert.NotEqual(0, fixture.Tcp.Counters.Gaps);
        Assert.NotEmpty(fixture.Faults);
    }

    [Fact]
    public void Silent_stream_is_let_go_with_what_it_left()
    {
        using var fixture = new TcpMessagesFixture();
        fixture.Syn();
        fixture.SendAt(0, Framed(Query(1)).AsSpan(0, 10));
        fixture.Tcp.Advance(fixture.TimeNs + (299 * Second));
        Assert.Empty(fixture.Handed);
        fixture.Tcp.Advance(fixture.TimeNs + (300 * Second));
        Assert.EndsWith("the stream went silent", Assert.Single(fixture.Faults).Fault!.What);
        Assert.Equal((0, 0), (fixture.Tcp.Counters.Streams, fixture.Tcp.Counters.BufferedOctets));
    }

    [Fact]
    public void Clock_set_back_neither_ends_streams_nor_keeps_them_for_ever()
    {
        using var fixture = new TcpMessagesFixture();
        var stream = Framed(Query(1));
        fixture.Syn();
        fixture.SendAt(0, stream.AsSpan(0, 10));
        fixture.TimeNs -= 3600 * Second;
        fixture.SendAt(10, stream.AsSpan(10));
        Assert.Equal([Query(1)], fixture.Whole);
        fixture.Tcp.Advance(fixture.TimeNs + (300 * Second));
        Assert.Equal(0, fixture.Tcp.Counters.Streams);
    }

    /// <summary>Cut anywhere, sent in any order, more than once: the same messages come out, once each.</summary>
    [Fact]
    public void Any_segmentation_order_and_repetition_yields_each_message_once() =>
        Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var stream = Framed(Enumerable.Range(0, random.Next(1, 12)).Select(i => Response((ushort)i, random.Next(12, random.Next(2) == 0 ? 100 : 6000))));
            var pieces = Pieces(random, stream.Length, 200).SelectMany(piece => Enumerable.Repeat(piece, random.Next(1, 3))).ToArray();
            if (stream.Length < 64 * 1024 / 3)
            {
                random.Shuffle(pieces);
            }

            TcpMessagesTests.AssertWhole(stream, pieces);
        }));

    /// <summary>With segments missing, what comes out whole is right, and what does not is told of.</summary>
    [Fact]
    public void Missing_segments_never_yield_a_wrong_message_and_never_pass_in_silence() =>
        Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var messages = Enumerable.Range(0, random.Next(2, 12)).Select(i => Query((ushort)i, random.Next(1, 60))).ToArray();
            var stream = Framed(messages);
            using var fixture = new TcpMessagesFixture();
            fixture.Syn();
            foreach (var (from, to) in Pieces(random, stream.Length, 40).Where(_ => random.Next(4) > 0))
            {
                fixture.SendAt(from, stream.AsSpan(from, to - from));
            }

            fixture.SendAt(stream.Length, Framed(Query(9999))); // so that the last gap shows
            fixture.Tcp.Advance(fixture.TimeNs + (3 * Second));
            fixture.Tcp.Flush();
            var whole = fixture.Whole.Select(Convert.ToHexString).ToArray();
            var sent = messages.Append(Query(9999)).Select(Convert.ToHexString).ToArray();
            Assert.Equal(sent.Where(whole.Contains), whole);
            Assert.True(whole.Length == sent.Length || fixture.Faults.Any());
            Assert.Equal(0, fixture.Tcp.Counters.BufferedOctets);
        }));

    [Fact]
    public void Any_segments_at_all_are_taken_within_the_limits() =>
        Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            using var fixture = new TcpMessagesFixture(new() { MemoryLimit = 20_000, StreamLimit = 4, StreamMemoryLimit = 8000 });
            var octets = new byte[5000];
            for (var i = 0; i < 100; i++)
            {
                random.NextBytes(octets);
                octets[0] = 0;
                fixture.TimeNs += random.NextInt64(-6 * Second, 6 * Second);
                var length = random.Next(octets.Length);
                fixture.SendAt(
                    random.Next(10) == 0 ? random.Next() : random.Next(20_000),
                    octets.AsSpan(0, length),
                    (byte)(random.Next(4) == 0 ? random.Next(8) : 0),
                    random.Next(4) == 0 ? random.Next(length) : 0,
                    Client with { Port = (ushort)random.Next(6) });
                Assert.InRange(fixture.Tcp.Counters.BufferedOctets, 0, 20_000);
                Assert.InRange(fixture.Tcp.Counters.Streams, 0, 4);
            }

            fixture.Tcp.Flush();
            Assert.Equal((0, 0), (fixture.Tcp.Counters.BufferedOctets, fixture.Tcp.Counters.Streams));
        }));

    private static IEnumerable<(int From, int To)> Pieces(Random random, int length, int most)
    {
        var average = Math.Max(1, 2 * length / most);
        for (var from = 0; from < length;)
        {
            var to = Math.Min(length, from + random.Next(1, average + 2));
            yield return (from, to);
            from = to;
        }
    }
}
