// The two formats in all their variants, as files that end well.

using System.IO.Compression;
using Eider.Core.Capture;
using Xunit;

namespace Eider.Tests.Capture;

public sealed class CaptureFileTests
{
    private const long Second = 1_000_000_000;

    private static readonly byte[] Frame = PacketBytes.Ethernet(PacketBytes.Ipv4(PacketBytes.Udp(PacketBytes.Query)));

    [Theory]
    [InlineData(false, false, 1_700_000_000_000_123_000)]
    [InlineData(true, false, 1_700_000_000_000_123_000)]
    [InlineData(false, true, 1_700_000_000_000_000_123)]
    [InlineData(true, true, 1_700_000_000_000_000_123)]
    public void Pcap_of_either_byte_order_and_precision_gives_its_frames(bool bigEndian, bool nanoseconds, long expected)
    {
        var reading = Reading.Of(CaptureBytes.Pcap(bigEndian: bigEndian, nanoseconds: nanoseconds).Record(Frame, fraction: 123).Record(Frame, fraction: 456));

        Assert.Null(reading.Error);
        Assert.Equal(2, reading.Packets.Count);
        Assert.Equal(expected, reading.Packets[0].TimeNs);
        Assert.Equal(PacketBytes.Query, reading.Packets[0].Payload);
    }

    [Fact]
    public void Pcap_link_type_ignores_the_frame_check_sequence_bits()
    {
        var reading = Reading.Of(CaptureBytes.Pcap(linkType: 0x2400_0001).Record(Frame));

        Assert.Single(reading.Packets);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pcapng_of_either_byte_order_gives_frames_of_every_packet_block(bool bigEndian)
    {
        var reading = Reading.Of(CaptureBytes.Pcapng(bigEndian).Interface().Enhanced(Frame, 5).Obsolete(Frame, 6).Simple(Frame));

        Assert.Null(reading.Error);
        // The simple packet has no time of its own.
        Assert.Equal([5000L, 6000L, 6000L], reading.Packets.Select(packet => packet.TimeNs));
    }

    [Fact]
    public void Pcapng_blocks_that_are_not_packets_are_passed_over()
    {
        var reading = Reading.Of(CaptureBytes.Pcapng().Block(5, body => body.U32(0)).Interface().Block(0x8000_0bad, body => body.Raw(new byte[300_000])).Enhanced(Frame, 1));

        Assert.Null(reading.Error);
        Assert.Single(reading.Packets);
    }

    [Fact]
    public void Pcapng_sections_each_have_their_byte_order_and_interfaces()
    {
        var first = CaptureBytes.Pcapng().Interface(LinkType.Raw).Interface().Enhanced(Frame, 1, interfaceIndex: 1).ToArray();
        var second = CaptureBytes.Pcapng(bigEndian: true).Interface().Enhanced(Frame, 2).ToArray();

        var reading = Reading.Of([.. first, .. second]);

        Assert.Null(reading.Error);
        Assert.Equal([1UL << 32, 0UL], reading.Packets.Select(packet => packet.Scope));
    }

    [Theory]
    [InlineData(null, null, 2_500_000, 2_500_000_000)]
    [InlineData((byte)3, null, 2_500, 2_500_000_000)]
    [InlineData((byte)9, 10L, 2_500_000_000, 12_500_000_000)]
    [InlineData((byte)12, null, 2_500_000_000_000, 2_500_000_000)]
    [InlineData((byte)0x8a, null, 2560, 2_500_000_000)]
    [InlineData((byte)0, -1L, 3, 2_000_000_000)]
    [InlineData((byte)127, null, long.MaxValue, 0)]
    [InlineData((byte)0xff, null, long.MaxValue, 0)]
    [InlineData((byte)0, null, long.MaxValue, 1L << 62)]
    [InlineData((byte)6, long.MaxValue, 1, 1L << 62)]
    [InlineData((byte)6, long.MinValue, 1, 0)]
    public void Pcapng_time_follows_the_resolution_and_offset_of_its_interface(byte? resolution, long? offset, long ticks, long expected)
    {
        var reading = Reading.Of(CaptureBytes.Pcapng().Interface(resolution: resolution, offsetSeconds: offset).Enhanced(Frame, (ulong)ticks));

        Assert.Equal(expected, Assert.Single(reading.Packets).TimeNs);
    }

    [Fact]
    public void Pcapng_simple_packet_is_cut_at_the_snapshot_length_not_padded()
    {
        var cut = Frame[..61];

        var reading = Reading.Of(CaptureBytes.Pcapng().Interface(snapshotLength: 61).Simple(cut, length: Frame.Length));

        var packet = Assert.Single(reading.Packets);
        Assert.Equal(61 - 42, packet.Payload.Length);
        Assert.Equal(PacketBytes.Query.Length, packet.WireLength);
    }

    [Fact]
    public void Gzip_of_either_format_is_unpacked_on_the_way()
    {
        var pcap = Gzip(CaptureBytes.Pcap().Record(Frame).ToArray());
        var pcapng = Gzip(CaptureBytes.Pcapng().Interface().Enhanced(Frame, 1).ToArray());

        Assert.Single(Reading.Of(pcap).Packets);
        Assert.Single(Reading.Of(pcapng).Packets);
    }

    [Fact]
    public void Stream_that_gives_one_octet_at_a_time_gives_the_same_frames()
    {
        var octets = CaptureBytes.Pcapng().Interface().Enhanced(Frame, 1).Enhanced(Frame, 2).ToArray();

        var reading = Reading.Of(new TricklingStream(octets));

        Assert.Null(reading.Error);
        Assert.Equal(2, reading.Packets.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Frame_longer_than_the_limit_keeps_its_start_and_the_next_frame_is_found(bool pcapng)
    {
        byte[] giant = [.. Frame, .. new byte[400_000]];
        var file = pcapng
            ? CaptureBytes.Pcapng().Interface().Enhanced(giant, 1).Enhanced(Frame, 2)
            : CaptureBytes.Pcap(snapshotLength: 1_000_000).Record(giant).Record(Frame);

        var reading = Reading.Of(file);

        Assert.Null(reading.Error);
        Assert.Equal(2, reading.Packets.Count);
        Assert.Equal(262_144 + Frame.Length, reading.Statistics.CapturedOctets);
        Assert.Equal(giant.Length + Frame.Length, reading.Statistics.WireOctets);
    }

    [Fact]
    public void Original_length_below_the_captured_one_is_taken_as_the_captured_one()
    {
        var reading = Reading.Of(CaptureBytes.Pcap().Record(Frame, length: 3));

        Assert.Equal(Frame.Length, reading.Statistics.WireOctets);
        Assert.Single(reading.Packets);
    }

    [Fact]
    public void Capture_without_frames_is_a_capture()
    {
        var reading = Reading.Of(CaptureBytes.Pcap());

        Assert.Null(reading.Error);
        Assert.Equal(0, reading.Statistics.Frames);
    }

    internal static byte[] Gzip(byte[] octets)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(octets);
        }

        return packed.ToArray();
    }

    private sealed class TricklingStream(byte[] octets) : MemoryStream(octets)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(1, buffer.Length)]);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(1, count));
    }
}
