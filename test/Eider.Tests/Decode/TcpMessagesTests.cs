using Eider.Core;
using Eider.Core.Decode;
using Eider.Lab;
using Xunit;
using static Eider.Tests.Decode.TcpMessagesFixture;

namespace Eider.Tests.Decode;

public sealed class TcpMessagesTests
{
    private static readonly byte[][] Three = [Query(1), Query(2, 20), Query(3, 1)];

    [Fact]
    public void Segment_with_three_messages_yields_each_with_the_packets_metadata()
    {
        using var fixture = new TcpMessagesFixture();
        fixture.Syn();
        fixture.SendAt(0, Framed(Three));

        Assert.Equal(Three, fixture.Whole);
        Assert.All(fixture.Handed, handed => Assert.Equal((fixture.TimeNs, 42, handed.Message.Length), (handed.TimeNs, handed.Owner.Pid, handed.WireLength)));
        Assert.Equal(0, fixture.Tcp.Counters.BufferedOctets);
    }

    [Fact]
    public void Whole_messages_are_handed_on_without_allocation()
    {
        var octets = 0;
        using var tcp = new TcpMessages((in message, _) => octets += message.Payload.Length);
        var stream = Framed(Three);
        var sequence = 0u;
        void Push()
        {
            tcp.Push(new Packet
            {
                TimeNs = 1,
                Direction = Direction.Captured,
                Transport = Transport.Tcp,
                Source = Client,
                Destination = Server,
                Payload = stream,
                WireLength = stream.Length,
                TcpSequence = sequence,
            });
            sequence += (uint)stream.Length;
        }

        Assert.Equal(0, Allocated.Least(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                Push();
            }
        }));
        Assert.Equal(1000 * Three.Sum(message => message.Length), octets);
    }

    [Fact]
    public void Stream_split_in_two_at_every_position_yields_the_same_messages()
    {
        var stream = Framed(Three);
        for (var at = 0; at <= stream.Length; at++)
        {
            AssertWhole(stream, [(0, at), (at, stream.Length)]);
        }
    }

    [Fact]
    public void Stream_split_in_three_at_every_pair_of_positions_yields_the_same_messages_in_any_order()
    {
        var stream = Framed(Three);
        int[][] orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        for (var first = 0; first <= stream.Length; first++)
        {
            for (var second = first; second <= stream.Length; second++)
            {
                (int, int)[] pieces = [(0, first), (first, second), (second, stream.Length)];
                foreach (var order in orders)
                {
                    AssertWhole(stream, order.Select(index => pieces[index]));
                }
            }
        }
    }

    [Fact]
    public void Stream_one_octet_at_a_time_yields_the_same_messages_forwards_and_backwards()
    {
        var stream = Framed(Three);
        var octets = Enumerable.Range(0, stream.Length).Select(at => (at, at + 1)).ToArray();
        AssertWhole(stream, octets);
        AssertWhole(stream, octets.Reverse());
    }

    [Fact]
    public void Segments_sent_again_or_overlapping_at_every_position_yield_each_message_once()
    {
        var stream = Framed(Three);
        for (var at = 1; at < stream.Length; at++)
        {
            AssertWhole(stream, [(0, at), (0, at), (at, stream.Length), (at, stream.Length)]);
            AssertWhole(stream, [(0, at), (at / 2, stream.Length), (0, stream.Length)]);
            AssertWhole(stream, [(at, stream.Length), (at, stream.Length), (at / 2, stream.Length), (0, at)]);
        }
    }

    [Theory]
    [InlineData(12)]
    [InlineData(512)]
    [InlineData(65_535)]
    public void Message_of_any_length_over_many_segments_comes_out_whole(int length)
    {
        var message = Response(7, length);
        var stream = Framed(message, Query(8));
        foreach (var size in new[] { 1400, 4096, 65_000 })
        {
            AssertWhole(stream, Enumerable.Range(0, (stream.Length / size) + 1).Select(i => (i * size, Math.Min((i + 1) * size, stream.Length))));
        }
    }

    [Fact]
    public void Directions_scopes_and_both_views_of_a_loopback_connection_are_streams_of_their_own()
    {
        using var fixture = new TcpMessagesFixture();
        var half = Framed(Query(1));
        foreach (var part in new[] { half[..9], half[9..] })
        {
            var sequence = part.Length == 9 ? 100u : 109u;
            fixture.Send(sequence, part, direction: Direction.Egress);
            fixture.Send(sequence, part, direction: Direction.Ingress);
            fixture.Send(sequence, part, direction: Direction.Egress, scope: 1);
            fixture.Send(sequence, part, source: new(Client.Address, 40001));
        }

        Assert.Equal(4, fixture.Whole.Count());
        Assert.Empty(fixture.Faults);
    }

    [Fact]
    public void Syn_with_payload_starts_at_that_payload()
    {
        using var fixture = new TcpMessagesFixture();
        fixture.Send(500, Framed(Three), flags: 0x02);
        fixture.Send(500 + (uint)Framed(Three).Length, Framed(Query(4)));
        Assert.Equal([.. Three, Query(4)], fixture.Whole);
    }

    [Fact]
    public void Syn_that_is_overtaken_by_its_first_segment_changes_nothing()
    {
        using var fixture = new TcpMessagesFixture();
        var stream = Framed(Three);
        fixture.SendAt(0, stream.AsSpan(0, 30));
        fixture.Syn();
        fixture.Syn();
        fixture.SendAt(30, stream.AsSpan(30));
        Assert.Equal(Three, fixture.Whole);
        Assert.Empty(fixture.Faults);
    }

    [Fact]
    public void New_connection_over_the_same_ports_starts_afresh_and_reports_what_the_old_one_left()
    {
        using var fixture = new TcpMessagesFixture();
        fixture.Syn();
        fixture.SendAt(0, Framed(Query(1)).AsSpan(0, 10));
        fixture.Syn(77_001);
        fixture.Send(77_001, Framed(Query(2)));

        Assert.Equal([Query(2)], fixture.Whole);
        Assert.Equal(("message of 21 octets ends after 8: a new connection took its place", 8), Assert.Single(fixture.Faults).Fault is { } fault ? (fault.What, fault.Offset) : default);
    }

    internal static void AssertWhole(byte[] stream, IEnumerable<(int From, int To)> pieces)
    {
        using var fixture = new TcpMessagesFixture();
        fixture.Syn();
        foreach (var (from, to) in pieces)
        {
            fixture.SendAt(from, stream.AsSpan(from, to - from));
        }

        Assert.Equal(stream, Framed(fixture.Whole));
        fixture.SendAt(stream.Length, [], flags: 0x01);
        fixture.Tcp.Flush();
        Assert.Equal(stream, Framed(fixture.Whole));
        Assert.Empty(fixture.Faults);
        Assert.Equal((0, 0), (fixture.Tcp.Counters.Gaps, fixture.Tcp.Counters.LostBoundaries));
        Assert.Equal((0, 0), (fixture.Tcp.Counters.BufferedOctets, fixture.Tcp.Counters.Streams));
    }
}
