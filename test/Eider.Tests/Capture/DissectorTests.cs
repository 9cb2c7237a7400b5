// Packets as they come on every kind of link, and what becomes of those that lie about themselves.

using Eider.Core;
using Eider.Core.Capture;
using Eider.Lab;
using Xunit;
using static Eider.Tests.Capture.PacketBytes;

namespace Eider.Tests.Capture;

public sealed class DissectorTests
{
    private static readonly byte[] V4 = Ipv4(Udp(Query));
    private static readonly byte[] V6 = Ipv6(Udp(Query));

    public static TheoryData<string, int, byte[]> Links => new()
    {
        { "Ethernet, IPv4", 1, Ethernet(V4) },
        { "Ethernet, IPv6", 1, Ethernet(V6) },
        { "Ethernet with padding", 1, [.. Ethernet(V4), .. new byte[10]] },
        { "802.1Q", 1, Ethernet([0, 5, 8, 0, .. V4], 0x8100) },
        { "802.1ad over 802.1Q", 1, Ethernet([0, 5, 0x81, 0, 0, 6, 0x86, 0xdd, .. V6], 0x88a8) },
        { "three tags", 1, Ethernet([0, 5, 0x81, 0, 0, 6, 0x81, 0, 0, 7, 8, 0, .. V4], 0x9100) },
        { "802.3 with SNAP", 1, Ethernet([0xaa, 0xaa, 3, 0, 0, 0, 8, 0, .. V4], 8 + V4.Length) },
        { "PPPoE over Ethernet", 1, Ethernet([0x11, 0, 0, 1, .. U16(2 + V4.Length), 0, 0x21, .. V4], 0x8864) },
        { "PPPoE in a VLAN, IPv6", 1, Ethernet([0, 5, 0x88, 0x64, 0x11, 0, 0, 1, .. U16(2 + V6.Length), 0, 0x57, .. V6], 0x8100) },
        { "Linux cooked", 113, [0, 4, 0, 1, 0, 6, .. new byte[8], 8, 0, .. V4] },
        { "Linux cooked with a VLAN", 113, [0, 4, 0, 1, 0, 6, .. new byte[8], 0x81, 0, 0, 5, 8, 0, .. V4] },
        { "Linux cooked v2", 276, [0x86, 0xdd, 0, 0, 0, 0, 0, 0, 0, 1, 4, 6, .. new byte[8], .. V6] },
        { "raw (BSD)", 12, V4 },
        { "raw (OpenBSD)", 14, V6 },
        { "raw, IPv4", 101, V4 },
        { "raw, IPv6", 101, V6 },
        { "IPv4", 228, V4 },
        { "IPv6", 229, V6 },
        { "loopback, little-endian host", 0, [2, 0, 0, 0, .. V4] },
        { "loopback, big-endian host", 0, [0, 0, 0, 2, .. V4] },
        { "loopback, Darwin IPv6", 0, [30, 0, 0, 0, .. V6] },
        { "loopback, FreeBSD IPv6", 0, [28, 0, 0, 0, .. V6] },
        { "OpenBSD loopback", 108, [0, 0, 0, 24, .. V6] },
        { "PPP", 9, [0, 0x21, .. V4] },
        { "PPP, HDLC framing", 50, [0xff, 3, 0, 0x57, .. V6] },
        { "PPP, compressed protocol", 9, [0x21, .. V4] },
        { "PPPoE", 51, [0x11, 0, 0, 1, .. U16(2 + V4.Length), 0, 0x21, .. V4] },
    };

    [Theory]
    [MemberData(nameof(Links))]
    public void Message_is_found_on_every_link(string what, int linkType, byte[] frame)
    {
        Assert.NotEmpty(what);
        var reading = Reading.OfFrame(frame, linkType);

        var packet = Assert.Single(reading.Packets);
        Assert.Equal(Query, packet.Payload);
        Assert.Equal((Transport.Udp, Query.Length), (packet.Transport, packet.WireLength));
        Assert.Equal((40_000, 53), (packet.Source.Port, packet.Destination.Port));
    }

    public static TheoryData<string, byte[], int> Wrappings => new()
    {
        { "IPv4 options", Ipv4(Udp(Query), options: [0x94, 4, 0, 0]), 0 },
        { "60 octets of IPv4 header", Ipv4(Udp(Query), options: new byte[40]), 0 },
        { "IPv4 total length of zero, as before segmentation offload", Ipv4(Udp(Query), totalLength: 0), 0 },
        { "IPv6 payload length of zero", Ipv6(Udp(Query), payloadLength: 0), 0 },
        { "octets behind the IPv4 total length", [.. Ipv4(Udp(Query)), 1, 2, 3], 0 },
        { "octets behind the UDP length", Ipv4([.. Udp(Query), 1, 2, 3]), 0 },
        { "UDP length of zero", Ipv4(Udp(Query, length: 0)), 0 },
        { "hop-by-hop options", Ipv6(Extension(17, Udp(Query)), 0), 0 },
        { "hop-by-hop, routing, destination options", Ipv6(Extension(43, Extension(60, Extension(17, Udp(Query), 3), 2)), 0), 0 },
        { "authentication", Ipv6([17, 4, .. new byte[22], .. Udp(Query)], 51), 0 },
        { "atomic fragment", Ipv6(Ipv6Fragment(17, Udp(Query), 0, more: false), 44), 0 },
        { "UDP length beyond the packet", Ipv4(Udp(Query, length: 8 + Query.Length + 5)), 5 },
        { "IPv4 total length beyond the frame", Ipv4(Udp(Query, length: 8 + Query.Length + 9), totalLength: 28 + Query.Length + 9), 9 },
        { "IPv6 payload length beyond the frame", Ipv6(Udp(Query, length: 8 + Query.Length + 9), payloadLength: 8 + Query.Length + 9), 9 },
    };

    [Theory]
    [MemberData(nameof(Wrappings))]
    public void Message_is_found_behind_every_header(string what, byte[] packet, int missing)
    {
        Assert.NotEmpty(what);
        var reading = Reading.OfFrame(Ethernet(packet));

        var delivered = Assert.Single(reading.Packets);
        Assert.Equal(Query, delivered.Payload);
        Assert.Equal(Query.Length + missing, delivered.WireLength);
        Assert.Equal(missing > 0, reading.Statistics[HeaderFault.IpLengthBeyondFrame] + reading.Statistics[HeaderFault.UdpLengthBeyondPacket] > 0);
    }

    [Fact]
    public void Hundred_extension_headers_hide_nothing()
    {
        var rest = Udp(Query);
        byte next = 17;
        for (var i = 0; i < 100; i++)
        {
            rest = Extension(next, rest);
            next = 60;
        }

        Assert.Single(Reading.OfFrame(Ethernet(Ipv6(rest, next))).Packets);
    }

    public static TheoryData<HeaderFault, byte[]> Faults => new()
    {
        { HeaderFault.LinkHeaderShort, new byte[13] },
        { HeaderFault.LinkHeaderShort, Ethernet([0, 5], 0x8100) },
        { HeaderFault.LinkHeaderShort, Ethernet([], 0x0800) },
        { HeaderFault.IpVersion, Ethernet([0x50, .. V4[1..]], 0x0800) },
        { HeaderFault.Ipv4HeaderShort, Ethernet(V4[..19]) },
        { HeaderFault.Ipv4HeaderLength, Ethernet([0x44, .. V4[1..]]) },
        { HeaderFault.Ipv4HeaderLength, Ethernet([0x4f, .. V4[1..40]]) },
        { HeaderFault.Ipv4TotalLength, Ethernet(Ipv4(Udp(Query), totalLength: 19)) },
        { HeaderFault.Ipv6HeaderShort, Ethernet(V6[..39]) },
        { HeaderFault.Ipv6ExtensionShort, Ethernet(Ipv6([17, 9, 0, 0, 0, 0, 0, 0, .. Udp(Query)], 0)) },
        { HeaderFault.Ipv6ExtensionShort, Ethernet(Ipv6([17, 0, 0, 0], 60)) },
        { HeaderFault.Ipv6ExtensionShort, Ethernet(Ipv6([17, 0, 0, 1], 44)) },
        { HeaderFault.Ipv6FragmentNested, Ethernet(Ipv6(Ipv6Fragment(44, Ipv6Fragment(17, Udp(Query), 0, false), 0, false), 44)) },
        { HeaderFault.FragmentEmpty, Ethernet(Ipv4([], fragmentOffset: 8)) },
        { HeaderFault.FragmentLength, Ethernet(Ipv4(new byte[9], more: true)) },
        { HeaderFault.FragmentBeyondLimit, Ethernet(Ipv4(new byte[16], fragmentOffset: 65_528)) },
        { HeaderFault.UdpHeaderShort, Ethernet(Ipv4([0, 53, 0, 53])) },
        { HeaderFault.UdpLength, Ethernet(Ipv4(Udp(Query, length: 7))) },
        { HeaderFault.TcpHeaderShort, Ethernet(Ipv4(Tcp([])[..19], 6)) },
        { HeaderFault.TcpDataOffset, Ethernet(Ipv4([.. Tcp([])[..12], 0x40, .. Tcp([])[13..]], 6)) },
        { HeaderFault.TcpDataOffset, Ethernet(Ipv4([.. Tcp([])[..12], 0x60, .. Tcp([])[13..]], 6)) },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Header_that_cannot_be_is_counted_by_its_fault(HeaderFault fault, byte[] frame)
    {
        var reading = Reading.OfFrame(frame);

        Assert.Empty(reading.Packets);
        Assert.Equal([FrameOutcome.Malformed], reading.Outcomes);
        Assert.Equal(1, reading.Statistics[fault]);
    }

    [Fact]
    public void Frame_cut_by_the_capture_at_any_octet_is_cut_not_malformed()
    {
        byte[][] frames = [Ethernet(V4), Ethernet(V6), Ethernet(Ipv6(Extension(60, Extension(17, Udp(Query))), 0)), Ethernet(Ipv4(Tcp(Query, options: new byte[12]), 6))];
        foreach (var frame in frames)
        {
            for (var kept = 0; kept < frame.Length; kept++)
            {
                var reading = Reading.OfFrame(frame[..kept], length: frame.Length);

                var outcome = Assert.Single(reading.Outcomes);
                Assert.True(outcome is FrameOutcome.HeadersCut or FrameOutcome.DnsUdp or FrameOutcome.DnsTcp, $"{outcome} with {kept} octets");
                Assert.All(reading.Packets, packet => Assert.Equal(Query.Length, packet.WireLength));
                Assert.All(reading.Packets, packet => Assert.Equal(Math.Max(0, Query.Length - (frame.Length - kept)), packet.Payload.Length));
                Assert.Equal(reading.Packets.Count, reading.Statistics.Cut);
            }
        }
    }

    public static TheoryData<FrameOutcome, byte[], int> Passed => new()
    {
        { FrameOutcome.NotIp, Ethernet(new byte[28], 0x0806), 1 },
        { FrameOutcome.NotIp, Ethernet([0x42, 0x42, 3, 0, 0], 38), 1 },
        { FrameOutcome.NotIp, [7, 0, 0, 0, .. V4], 0 },
        { FrameOutcome.NotIp, [0xc0, 0x21, 1, 1], 9 },
        { FrameOutcome.UnreadLinkType, [8, 0, .. V4], 105 },
        { FrameOutcome.UnreadLinkType, V4, 9999 },
        { FrameOutcome.OtherProtocol, Ethernet(Ipv4([3, 3, 0, 0, 0, 0, 0, 0, .. V4], 1)), 1 },
        { FrameOutcome.OtherProtocol, Ethernet(Ipv6([1, 4, 0, 0, 0, 0, 0, 0, .. V6], 58)), 1 },
        { FrameOutcome.OtherProtocol, Ethernet(Ipv4(new byte[8], 1, more: true)), 1 },
        { FrameOutcome.OtherPort, Ethernet(Ipv4(Udp(Query, 5355, 5355))), 1 },
        { FrameOutcome.OtherPort, Ethernet(Ipv6(Tcp(Query, 443, 40_000), 6)), 1 },
        { FrameOutcome.DnsTcpEmpty, Ethernet(Ipv4(Tcp([], flags: 0x10), 6)), 1 },
    };

    [Theory]
    [MemberData(nameof(Passed))]
    public void Frame_that_carries_no_message_is_counted_by_what_it_is(FrameOutcome outcome, byte[] frame, int linkType)
    {
        var reading = Reading.OfFrame(frame, linkType);

        Assert.Empty(reading.Packets);
        Assert.Equal([outcome], reading.Outcomes);
        Assert.Equal((1, 1, 1), (reading.Statistics[outcome], reading.Statistics.Frames, reading.Statistics.FramesByLinkType[linkType]));
    }

    [Fact]
    public void Ports_are_a_set_of_the_callers_choice()
    {
        var file = CaptureBytes.Pcap().Record(Ethernet(V4)).Record(Ethernet(Ipv4(Udp(Query, 5355, 40_000))));

        var reading = Reading.Of(file, new DnsPorts([5355]));

        Assert.Equal([FrameOutcome.OtherPort, FrameOutcome.DnsUdp], reading.Outcomes);
    }

    public static TheoryData<string, bool, byte[][]> FromOtherPorts => new()
    {
        { "answer", true, [Udp(Query), Udp(Answer, 5454, 40_000)] },
        { "answer to a port that has asked nothing", false, [Udp(Query), Udp(Answer, 5454, 40_001)] },
        { "answer to a port that has asked by multicast", false, [Udp(Query, 40_000, 5353), Udp(Answer, 5454, 40_000)] },
        { "no answer", false, [Udp(Query), Udp("something else, and longer than a header"u8.ToArray(), 5454, 40_000)] },
        { "failure without question", true, [Udp(Query), Udp([.. Query[..2], 0x80, 2, 0, 0, 0, 0, 0, 0, 0, 0], 5454, 40_000)] },
        { "answer of a server that was asked there", false, [Udp(Query, 40_000, 5454), Udp(Query), Udp(Answer, 5454, 40_000)] },
        { "answer of another port of it", true, [Udp(Query, 40_000, 5454), Udp(Query), Udp(Answer, 5455, 40_000)] },
    };

    [Theory]
    [MemberData(nameof(FromOtherPorts))]
    public void Answer_from_another_port_is_found_where_a_client_may_take_it_for_one(string what, bool isFound, byte[][] datagrams)
    {
        Assert.NotEmpty(what);
        foreach (var v6 in (bool[])[false, true])
        {
            var file = CaptureBytes.Pcap();
            foreach (var datagram in datagrams[..^1])
            {
                file.Record(Ethernet(v6 ? Ipv6(datagram) : Ipv4(datagram)));
            }

            // The last goes the other way.
            file.Record(Ethernet(v6 ? Ipv6(datagrams[^1], source: "2001:db8::2", destination: "2001:db8::1") : Ipv4(datagrams[^1], source: "10.0.0.2", destination: "10.0.0.1")));

            var reading = Reading.Of(file);

            Assert.Equal(isFound ? FrameOutcome.DnsUdp : FrameOutcome.OtherPort, reading.Outcomes[^1]);
        }
    }

    private static byte[] Answer => [.. Query[..2], 0x81, 0x80, .. Query[4..]];

    [Theory]
    [InlineData(0x02, "", 1001u, 0x02)]
    [InlineData(0x02, "0001", 1001u, 0x02)]
    [InlineData(0x12, "", 1001u, 0x02)]
    [InlineData(0x18, "0001", 1000u, 0x00)]
    [InlineData(0x11, "", 1000u, 0x01)]
    [InlineData(0x14, "", 1000u, 0x04)]
    public void Tcp_segment_gives_the_sequence_number_of_its_payload_and_what_opens_or_ends_it(byte flags, string payload, uint sequence, byte expected)
    {
        var octets = Convert.FromHexString(payload);

        var packet = Assert.Single(Reading.OfFrame(Ethernet(Ipv4(Tcp(octets, flags: flags, options: [1, 1, 1, 0]), 6))).Packets);

        Assert.Equal((Transport.Tcp, sequence, expected), (packet.Transport, packet.TcpSequence, packet.TcpFlags));
        Assert.Equal(octets, packet.Payload);
    }

    [Fact]
    public void Addresses_and_ports_are_those_of_the_packet()
    {
        var v4 = Assert.Single(Reading.OfFrame(Ethernet(Ipv4(Udp(Query, 53, 1025), source: "192.0.2.1", destination: "198.51.100.2"))).Packets);
        var v6 = Assert.Single(Reading.OfFrame(Ethernet(Ipv6(Udp(Query, 5353, 5353), source: "fe80::1", destination: "ff02::fb"))).Packets);

        Assert.Equal(("192.0.2.1:53", "198.51.100.2:1025"), (v4.Source.ToString(), v4.Destination.ToString()));
        Assert.Equal(("[fe80::1]:5353", "[ff02::fb]:5353"), (v6.Source.ToString(), v6.Destination.ToString()));
    }

    [Fact]
    public void Scope_is_the_interface_of_the_section_and_the_device_of_cooked_frames()
    {
        byte[] cooked = [8, 0, 0, 0, 0, 0, 0, 42, 0, 1, 4, 6, .. new byte[8], .. V4];

        var reading = Reading.Of(CaptureBytes.Pcapng().Interface().Interface(LinkType.LinuxCooked2).Enhanced(Ethernet(V4), 1).Enhanced(cooked, 2, interfaceIndex: 1));

        Assert.Equal([0UL, (1UL << 32) | 42], reading.Packets.Select(packet => packet.Scope));
    }

    [Fact]
    public void Reading_frames_allocates_nothing()
    {
        var capture = CaptureBytes.Pcap();
        for (var i = 0; i < 2000; i++)
        {
            capture.Record(Ethernet(i % 2 == 0 ? V4 : V6)).Record(Ethernet(Ipv4(Tcp(Query), 6))).Record(Ethernet(Ipv4(Udp(Query, 443, 443))));
        }

        Assert.True(CaptureFile.TryOpen(capture.ToStream(), "test.pcap", out var file, out _));
        using (file)
        {
            var octets = 0L;
            var dissector = new PacketDissector(DnsPorts.Default, (in Packet packet) => octets += packet.Payload.Length);
            Assert.Equal(0, Allocated.Least(() =>
            {
                for (var i = 0; i < 600 && file.TryReadFrame(out var frame); i++)
                {
                    dissector.Dissect(frame);
                }
            }));
            Assert.Equal(4000 * Query.Length, octets);
        }
    }
}
