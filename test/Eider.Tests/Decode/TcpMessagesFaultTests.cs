using Eider.Core;
using Eider.Core.Decode;
using Xunit;
using static Eider.Tests.Decode.TcpMessagesFixture;

namespace Eider.Tests.Decode;

public sealed class TcpMessagesFaultTests
{
    private const long Second = 1_000_000_000;

    [Theory]
    [InlineData(0x01, "FIN")]
    [InlineData(0x04, "RST")]
    public void Message_announced_longer_than_what_came_before_the_end_is_a_fault_at_every_length(byte flag, string name)
    {
        var stream = Framed(Query(1), Query(2));
        var second = 2 + Query(1).Length;
        for (var end = second + 1; end < stream.Length; end++)
        {
            using var fixture = new TcpMessagesFixture();
            fixture.Syn();
            fixture.SendAt(0, stream.AsSpan(0, end), flags: flag);
            Assert.Single(fixture.Handed);
            fixture.Tcp.Advance(fixture.TimeNs + (4 * Second));

            var fault = Assert.Single(fixture.Faults);
            var there = Math.Max(0, end - second - 2);
            Assert.EndsWith(": " + name, fault.Fault!.What);
            Assert.Equal((there, fixture.TimeNs), (fault.Fault.Offset, fault.TimeNs));
            Assert.Equal(Query(2)[..there], fault.Message);
            Assert.Equal(end - second == 1 ? 0 : Query(2).Length, fault.WireLength);
            Assert.Equal((0, 0, 1), (fixture.Tcp.Counters.Streams, fixture.Tcp.Counters.BufferedOctets, fixture.Tcp.Counters.Incomplete));
        }
    }

    [Fact]
    public void Denial_of_octets_in_the_place_of_others_is_told_once_and_one_of_a_message_with_it()
    {
        var denied = new KernelVerdict(1, 1, 0, (byte)VerdictAction.Deny, 0, 0);
        using var fixture = new TcpMessagesFixture();
        fixture.Syn();
        fixture.SendAt(0, Framed(Query(1)));
        fixture.SendAt(0, Framed(Query(2)), verdict: denied);
        fixture.SendAt(0, Framed(Query(2)), verdict: denied);
        fixture.SendAt(Framed(Query(1)).Length, Framed(Query(3)), source: Server, verdict: denied);
        fixture.SendAt(Framed(Query(1)).Length, Framed(Query(3)), source: Server, verdict: denied);

        Assert.Equal([Query(1), Query(3)], fixture.Whole);
        Assert.Contains("were others", Assert.Single(fixture.Faults).Fault!.What);
    }

    [Fact]
    public void End_that_is_overtaken_or_forged_does_not_stop_the_stream()
    {
        using var fixture = new TcpMessagesFixture();
        var stream = Framed(Query(1), Query(2));
        fixture.Syn();
        fixture.SendAt(0, stream.AsSpan(0, 10), flags: 0x01); // each chunk of a segment bears its flags
        fixture.SendAt(500_000, [], flags: 0x04);
        fixture.SendAt(10, stream.AsSpan(10), flags: 0x01);
        fixture.Tcp.Advance(fixture.TimeNs + (10 * Second));
        Assert.Equal(stream, Framed(fixture.Whole));
        Assert.Empty(fixture.Faults);
    }

    [Fact]
    public void Last_segment_sent_again_after_its_end_yields_nothing_new()
    {
        using var fixture = new TcpMessagesFixture();
        fixture.Syn();
        for (var i = 0; i < 3; i++)
        {
            fixture.SendAt(0, Framed(Query(1)), flags: 0x01);
        }

        Assert.Single(fixture.Handed);
    }

    [Fact]
    public void Gap_within_a_message_costs_that_message_only_and_keeps_the_boundary()
    {
        using var fixture = new TcpMessagesFixture();
        var stream = Framed(Query(1), Response(2, 3000), Query(3), Query(4));
        fixture.Syn();
        fixture.SendAt(0, stream.AsSpan(0, 1000));
        fixture.SendAt(2000, stream.AsSpan(2000));
        Assert.Single(fixture.Handed);
        var held = fixture.TimeNs;
        fixture.Tcp.Advance(fixture.TimeNs + (2 * Second));

        Assert.Equal([Query(1), Query(3), Query(4)], fixture.Whole);
        var fault = Assert.Single(fixture.Faults);
        Assert.Equal((3000, 1000 - 23 - 2), (fault.WireLength, fault.Message.Length));
        Assert.Equal("message of 3000 octets ends after 975: octets of the stream were not seen", fault.Fault!.What);
        Assert.Equal(held, fixture.Handed[^1].TimeNs);
        Assert.Equal((1, 0), (fixture.Tcp.Counters.Gaps, fixture.Tcp.Counters.LostBoundaries));
    }

    [Fact]
    public void Gap_up_to_any_octet_of_a_message_or_just_to_its_end_keeps_the_boundary()
    {
        var stream = Framed(Response(1, 100), Query(2));
        for (var end = 51; end <= 102; end++)
        {
            using var fixture = new TcpMessagesFixture();
            fixture.Syn();
            fixture.SendAt(0, stream.AsSpan(0, 50));
            fixture.SendAt(end, stream.AsSpan(end));
            fixture.Tcp.Flush();
            Assert.Equal([Query(2)], fixture.Whole);
            Assert.Equal((1, 0), (fixture.Faults.Count(), fixture.Tcp.Counters.LostBoundaries));
        }
    }

    [Fact]
    public void Messages_held_behind_a_gap_that_stays_bear_the_time_they_came()
    {
        using var fixture = new TcpMessagesFixture();
        fixture.Syn();
        fixture.SendAt(100, Framed(Query(1)));
        var first = fixture.TimeNs;
        fixture.SendAt(123, Framed(Query(2)));
        fixture.Tcp.Advance(fixture.TimeNs + (2 * Second));
        Assert.Equal([first, first + 1000], fixture.Handed.Where(handed => handed.Fault is null).Select(handed => handed.TimeNs));
    }

    [Fact]
    public void Stream_that_goes_on_after_a_forged_end_is_followed_further()
    {
        using var fixture = new TcpMessagesFixture();
        var stream = Framed(Query(1), Query(2));
        fixture.Syn();
        fixture.SendAt(0, [], flags: 0x04);
        fixture.SendAt(0, stream.AsSpan(0, 30));
        fixture.Tcp.Advance(fixture.TimeNs + (10 * Second));
        fixture.SendAt(30, stream.AsSpan(30));
        Assert.Equal(stream, Framed(fixture.Whole));
        Assert.Empty(fixture.Faults);
    }

    [Fact]
    public void Segment_that_begins_a_message_is_tried_when_what_came_before_turns_out_to_be_none()
    {
        for (var junk = 1; junk <= 13; junk++)
        {
            using var fixture = new TcpMessagesFixture();
            fixture.SendAt(0, Enumerable.Repeat((byte)0xff, junk).ToArray());
            fixture.SendAt(junk, Framed(Query(1), Query(2)));
            Assert.Equal([Query(1), Query(2)], fixture.Whole);
            Assert.Single(fixture.Faults);
        }
    }

    [Fact]
    public void Gap_over_a_boundary_is_a_fault_and_the_stream_is_in_step_again_at_the_next_message()
    {
        using var fixture = new TcpMessagesFixture();
        fixture.Syn();
        fixture.SendAt(0, Framed(Query(1)));
        fixture.SendAt(1000, [.. Framed(Query(2))[3..], .. Framed(Query(3))]); // not at a boundary: passed over
        fixture.SendAt(1000 + 20 + 23, Framed(Query(4)));
        fixture.SendAt(1000 + 20 + 23 + 23, Framed(Query(5)));
        fixture.Tcp.Advance(fixture.TimeNs + (2 * Second));

        Assert.Equal([Query(1), Query(4), Query(5)], fixture.Whole);
        Assert.Single(fixture.Faults);
        Assert.Equal((1, 1), (fixture.Tcp.Counters.Gaps, fixture.Tcp.Counters.LostBoundaries));
        Assert.Equal(43, fixture.Tcp.Counters.SkippedOctets);
    }

    [Fact]
    public void Octets_that_come_after_their_gap_was_given_up_are_read_where_they_are_whole_messages()
    {
        using var fixture = new TcpMessagesFixture();
        var stream = Framed(Query(1), Query(2), Query(3));
        fixture.Syn();
        fixture.SendAt(46, stream.AsSpan(46)); // forged or early
        fixture.Tcp.Advance(fixture.TimeNs + (2 * Second));
        fixture.SendAt(0, stream.AsSpan(0, 46));
        fixture.SendAt(0, stream.AsSpan(0, 46));
        Assert.Equal([Query(3), Query(1), Query(2)], fixture.Whole);
        Assert.Equal(46, fixture.Tcp.Counters.LateOctets);
    }

    [Fact]
    public void Octets_that_come_late_and_are_no_whole_message_are_a_fault()
    {
        using var fixture = new TcpMessagesFixture();
        var stream = Framed(Query(1), Query(2));
        fixture.Syn();
        fixture.SendAt(23, stream.AsSpan(23));
        fixture.Tcp.Advance(fixture.TimeNs + (2 * Second));
        fixture.SendAt(0, stream.AsSpan(0, 20));
        Assert.Equal([Query(2)], fixture.Whole);
        Assert.Equal("octets came after their gap was given up", fixture.Handed[^1].Fault!.What);
    }

    [Fact]
    public void Cut_segment_at_every_length_loses_what_it_covers_and_nothing_else()
    {
        var stream = Framed(Response(1, 200), Query(2));
        for (var cut = 1; cut <= 100; cut++)
        {
            using var fixture = new TcpMessagesFixture();
            fixture.Syn();
            fixture.SendAt(0, stream.AsSpan(0, 110), cut: cut);
            fixture.SendAt(110, stream.AsSpan(110));
            Assert.Equal([Query(2)], fixture.Whole);
            var fault = Assert.Single(fixture.Faults);
            Assert.Equal((200, 108 - cut), (fault.WireLength, fault.Message.Length));
            Assert.EndsWith("the segment was cut", fault.Fault!.What);
        }
    }

    [Fact]
    public void Cut_over_the_end_of_a_message_loses_the_boundary_and_finds_it_again()
    {
        using var fixture = new TcpMessagesFixture();
        fixture.Syn();
        fixture.SendAt(0, Framed(Response(1, 200), Query(2)), cut: 30);
        fixture.SendAt(202 + 23, Framed(Query(3)));
        Assert.Equal([Query(3)], fixture.Whole);
        Assert.Single(fixture.Faults);
        Assert.Equal(1, fixture.Tcp.Counters.CutSegments);
    }

    [Fact]
    public void Prefix_below_a_header_is_a_fault_once_a_segment_and_the_framing_goes_on()
    {
        for (var length = 0; length < 12; length++)
        {
            using var fixture = new TcpMessagesFixture();
            var shortOne = new byte[length];
            fixture.Syn();
            fixture.SendAt(0, Framed([.. Enumerable.Repeat(shortOne, 1000), Query(1), shortOne]));
            Assert.Equal([Query(1)], fixture.Whole);
            Assert.Equal(2, fixture.Faults.Count());
            Assert.Equal(length, fixture.Handed[0].Message.Length);
            Assert.Equal(1001, fixture.Tcp.Counters.TooShort);
        }
    }

    [Fact]
    public void Stream_joined_at_a_boundary_is_in_step_at_every_split_of_its_first_message()
    {
        var stream = Framed(Query(1), Query(2));
        for (var at = 1; at < stream.Length; at++)
        {
            using var fixture = new TcpMessagesFixture();
            fixture.SendAt(0, stream.AsSpan(0, at));
            fixture.SendAt(at, stream.AsSpan(at));
            Assert.Equal(stream, Framed(fixture.Whole));
            Assert.Empty(fixture.Faults);
        }
    }

    [Fact]
    public void Stream_joined_amid_a_message_tells_so_once_and_goes_on_at_the_next_segment_that_begins_one()
    {
        var first = Response(1, 3000);
        first.AsSpan(1000).Fill(0xff);
        var stream = Framed(first, Query(2), Query(3));
        using var fixture = new TcpMessagesFixture();
        fixture.SendAt(1400, stream.AsSpan(1400, 1400));
        fixture.SendAt(2800, stream.AsSpan(2800, 202));
        fixture.SendAt(3002, stream.AsSpan(3002, 10));
        fixture.SendAt(3012, stream.AsSpan(3012));

        Assert.Equal([Query(2), Query(3)], fixture.Whole);
        Assert.Equal("no message boundary is known here", Assert.Single(fixture.Faults).Fault!.What);
        Assert.Equal((1602, 1), (fixture.Tcp.Counters.SkippedOctets, fixture.Tcp.Counters.LostBoundaries));
    }

    [Fact]
    public void Octets_far_from_those_expected_start_afresh_both_ways()
    {
        using var fixture = new TcpMessagesFixture();
        fixture.Syn();
        fixture.SendAt(0, Framed(Query(1)));
        fixture.SendAt(1 << 30, Framed(Query(2)));
        fixture.SendAt(23, Framed(Query(3)));
        Assert.Equal([Query(1), Query(2), Query(3)], fixture.Whole);
        Assert.Equal(2, fixture.Faults.Count());
    }
}
