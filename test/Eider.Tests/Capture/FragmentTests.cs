// Datagrams from fragments: in any order, within bounds, by the policy of the receivers they are meant for.

using Eider.Core;
using Eider.Core.Capture;
using Xunit;
using static Eider.Tests.Capture.PacketBytes;

namespace Eider.Tests.Capture;

public sealed class FragmentTests
{
    private const long Second = 1_000_000_000;

    private static readonly byte[] Datagram = Udp([.. Query, .. Enumerable.Range(0, 200).Select(i => (byte)i)]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fragments_in_any_order_give_the_datagram_once(bool v6)
    {
        int[][] orders = [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]];
        foreach (var order in orders)
        {
            var pieces = Split(64, v6);
            var file = CaptureBytes.Pcap();
            foreach (var index in order)
            {
                file.Record(Ethernet(pieces[index]));
            }

            var reading = Reading.Of(file);

            Assert.Equal(Datagram[8..], Assert.Single(reading.Packets).Payload);
            Assert.True(reading.Packets[0].IsFragmented);
            Assert.Equal((4, 1), (reading.Statistics.Fragments, reading.Statistics.Reassembled));
            Assert.Equal(FrameOutcome.DnsUdp, reading.Outcomes[^1]);
        }
    }

    [Fact]
    public void Fragment_that_comes_twice_counts_once()
    {
        var pieces = Split(64, v6: false);

        var reading = Read(pieces[0], pieces[1], pieces[1], pieces[0], pieces[2], pieces[3]);

        Assert.Single(reading.Packets);
    }

    [Fact]
    public void Fragment_within_what_was_received_is_passed_over_and_the_first_counts()
    {
        var pieces = Split(64, v6: false);
        // The same 64 octets again as part of a longer stretch that two pieces cover, with other content.
        var forged = Ipv4(new byte[96], fragmentOffset: 16, more: true);

        var reading = Read(pieces[0], pieces[1], forged, pieces[2], pieces[3]);

        Assert.Equal(Datagram[8..], Assert.Single(reading.Packets).Payload);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fragment_that_overlaps_in_part_condemns_the_datagram_and_what_is_left_of_it(bool v6)
    {
        var pieces = Split(64, v6);
        var forged = Piece(new byte[64], 96, more: true, v6);

        var reading = Read(pieces[0], pieces[1], forged, pieces[2], pieces[3], pieces[0], pieces[1]);

        Assert.Empty(reading.Packets);
        Assert.Equal(1, reading.Statistics[FragmentLoss.Overlapping]);
        Assert.Equal(0, reading.Statistics[FragmentLoss.CaptureEnded]);
    }

    [Fact]
    public void Two_ends_condemn_the_datagram()
    {
        var pieces = Split(64, v6: false);

        Assert.Equal(1, Read(pieces[3], Piece(new byte[8], 128, more: false, v6: false)).Statistics[FragmentLoss.Overlapping]);
        Assert.Equal(1, Read(pieces[3], Piece(new byte[8], 320, more: true, v6: false)).Statistics[FragmentLoss.Overlapping]);
    }

    [Fact]
    public void Datagrams_that_differ_in_any_part_of_the_key_do_not_mix()
    {
        var first = Split(64, v6: false);
        var other = Ipv4(Datagram[64..], identification: 8, fragmentOffset: 64);
        var otherSource = Ipv4(Datagram[64..], source: "10.0.0.9", fragmentOffset: 64);

        var reading = Read(first[0], other, otherSource);

        // Only the first one has its start, which is delivered as cut.
        Assert.Equal(64 - 8, Assert.Single(reading.Packets).Payload.Length);
        Assert.Equal(3, reading.Statistics[FragmentLoss.CaptureEnded]);
    }

    [Fact]
    public void Datagram_that_misses_a_fragment_is_given_up_after_sixty_seconds_of_packet_time()
    {
        var pieces = Split(64, v6: false);

        var file = CaptureBytes.Pcap();
        file.Record(Ethernet(pieces[0]), seconds: 100).Record(Ethernet(pieces[1]), seconds: 100).Record(Ethernet(pieces[2]), seconds: 100).Record(Ethernet(pieces[3]), seconds: 161);
        var late = Reading.Of(file);

        Assert.Equal((1, 1), (late.Statistics[FragmentLoss.TimedOut], late.Statistics[FragmentLoss.CaptureEnded]));
        var packet = Assert.Single(late.Packets);
        Assert.Equal((Datagram.Length - 8, 100 * Second), (packet.WireLength, packet.TimeNs));
        Assert.Equal(Datagram[8..192], packet.Payload);
        Assert.Equal(1, late.Statistics.DeliveredIncomplete);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void First_fragment_alone_as_in_a_capture_filtered_by_port_is_delivered_as_cut(bool v6)
    {
        var reading = Read(Split(64, v6)[0]);

        var packet = Assert.Single(reading.Packets);
        Assert.Equal(Datagram[8..64], packet.Payload);
        Assert.Equal(Datagram.Length - 8, packet.WireLength);
        Assert.Equal((1, 1), (reading.Statistics.DeliveredIncomplete, reading.Statistics.Cut));
        Assert.Equal(0, reading.Statistics[HeaderFault.UdpLengthBeyondPacket]);
    }

    [Fact]
    public void First_fragment_of_tcp_alone_is_counted_only()
    {
        Assert.Empty(Read(Ipv4(Tcp(new byte[44]), 6, more: true)).Packets);
    }

    [Fact]
    public void Fragment_cut_by_the_capture_gives_what_comes_before_the_cut()
    {
        var file = CaptureBytes.Pcap();
        foreach (var (index, piece) in Split(64, v6: false).Index())
        {
            var frame = Ethernet(piece);
            file.Record(frame.AsSpan(0, index == 1 ? 14 + 20 + 40 : frame.Length), length: frame.Length);
        }

        var packet = Assert.Single(Reading.Of(file).Packets);

        Assert.Equal(Datagram[8..104], packet.Payload);
        Assert.Equal(Datagram.Length - 8, packet.WireLength);
    }

    [Fact]
    public void First_fragment_cut_by_the_capture_is_delivered_at_once_and_the_others_are_let_go()
    {
        var file = CaptureBytes.Pcap();
        foreach (var piece in Split(64, v6: false))
        {
            var frame = Ethernet(piece);
            file.Record(frame.AsSpan(0, Math.Min(frame.Length, 14 + 20 + 40)), length: frame.Length);
        }

        var reading = Reading.Of(file);

        var packet = Assert.Single(reading.Packets);
        Assert.Equal(Datagram[8..40], packet.Payload);
        Assert.Equal(Datagram.Length - 8, packet.WireLength);
        Assert.Equal([FrameOutcome.DnsUdp, FrameOutcome.Fragment, FrameOutcome.Fragment, FrameOutcome.Fragment], reading.Outcomes);
        Assert.Equal(1, reading.Statistics[FragmentLoss.StartCut]);
    }

    [Fact]
    public void Message_of_64_KiB_over_small_links_is_put_together()
    {
        var datagram = Udp(new byte[65_507]);
        var file = CaptureBytes.Pcap();
        for (var offset = 0; offset < datagram.Length; offset += 552)
        {
            var end = Math.Min(datagram.Length, offset + 552);
            file.Record(Ethernet(Ipv4(datagram[offset..end], fragmentOffset: offset, more: end < datagram.Length)));
        }

        Assert.Equal(65_507, Assert.Single(Reading.Of(file).Packets).Payload.Length);
    }

    [Fact]
    public void Memory_stays_within_its_limit_and_the_oldest_is_given_up_first()
    {
        const int Limit = 100_000;
        var statistics = new CaptureStatistics();
        var reassembly = new FragmentReassembly(statistics, Ignore, Limit);
        for (uint id = 0; id < 10_000; id++)
        {
            Add(reassembly, id, new FragmentPosition(0, More: true, 17), new byte[512]);
            Assert.InRange(reassembly.Memory, 0, Limit);
        }

        Assert.False(Add(reassembly, 0, new FragmentPosition(512, More: false, 17), new byte[8]));
        Assert.True(Add(reassembly, 9_999, new FragmentPosition(512, More: false, 17), new byte[8]));
        reassembly.GiveUp();
        Assert.Equal(0, reassembly.Memory);
        Assert.Equal(10_001, statistics[FragmentLoss.Shed] + statistics[FragmentLoss.CaptureEnded] + statistics.Reassembled);
    }

    [Fact]
    public void Datagram_in_too_many_pieces_is_condemned()
    {
        var statistics = new CaptureStatistics();
        var reassembly = new FragmentReassembly(statistics, Ignore);
        for (var i = 0; i < 3000; i++)
        {
            Add(reassembly, 1, new FragmentPosition(i * 16, More: true, 17), new byte[8]);
        }

        Assert.Equal(1, statistics[FragmentLoss.TooManyPieces]);
        Assert.InRange(reassembly.Memory, 0, 1000);
    }

    private static bool Add(FragmentReassembly reassembly, uint id, FragmentPosition position, byte[] octets)
    {
        var key = new FragmentKey(0, default, default, id, 17);
        Assert.Equal(HeaderFault.None, reassembly.TryAdd(key, Second, position, new WireSpan(octets, octets.Length), out var isReady, out _, out _));
        return isReady;
    }

    private static void Ignore(in FragmentKey key, long timeNs, byte nextHeader, WireSpan payload)
    {
    }

    private static Reading Read(params byte[][] packets)
    {
        var file = CaptureBytes.Pcap();
        foreach (var packet in packets)
        {
            file.Record(Ethernet(packet));
        }

        return Reading.Of(file);
    }

    private static byte[][] Split(int size, bool v6) =>
        [.. Enumerable.Range(0, (Datagram.Length + size - 1) / size).Select(i =>
            Piece(Datagram[(i * size)..Math.Min(Datagram.Length, (i + 1) * size)], i * size, (i + 1) * size < Datagram.Length, v6))];

    private static byte[] Piece(byte[] octets, int offset, bool more, bool v6) => v6
        ? Ipv6(Ipv6Fragment(17, octets, offset, more), 44)
        : Ipv4(octets, fragmentOffset: offset, more: more);
}
