// From frames to Packets: link layer, IP, fragments, UDP and TCP, ports. The step between CaptureFile and the pipeline.

namespace Eider.Core.Capture;

/// <summary>Takes one packet; it is valid only during the call.</summary>
public delegate void PacketHandler(in Packet packet);

/// <summary>Not thread-safe.</summary>
/// <param name="handler">Receives every UDP datagram on a DNS port or that may be an answer from another, and every TCP segment on a DNS port that has a payload,
/// SYN, FIN or RST.</param>
/// <param name="icmp">Receives every ICMP error that quotes one; null where nobody wants them.</param>
public sealed class PacketDissector(DnsPorts ports, PacketHandler handler, IcmpHandler? icmp = null)
{
    private const byte ProtocolIcmp = 1;
    private const byte ProtocolIcmpV6 = 58;
    private const byte ProtocolTcp = 6;
    private const byte ProtocolUdp = 17;

    private readonly AskingPorts asking = new();
    private FragmentReassembly? _fragments;

    public CaptureStatistics Statistics { get; } = new();

    private FragmentReassembly Fragments => _fragments ??= new FragmentReassembly(Statistics, DeliverIncomplete);

    /// <summary>Reads a frame, delivers the packet in it or the one that it makes whole, and counts what became of it.</summary>
    public FrameOutcome Dissect(in CapturedFrame frame)
    {
        var outcome = Link(frame);
        Statistics.Count(frame, outcome);
        return outcome;
    }

    /// <summary>Tells that no more frames follow: what still waits for fragments is delivered as far as it was seen, and counted.</summary>
    public void Finish() => _fragments?.GiveUp();

    private FrameOutcome Link(in CapturedFrame frame)
    {
        if (!LinkType.IsRead(frame.LinkType))
        {
            return FrameOutcome.UnreadLinkType;
        }

        var fault = LinkLayer.TryFindIp(frame, out var isIp, out var packet, out var device);
        if (fault == HeaderFault.None && isIp)
        {
            fault = packet.Demand(1, HeaderFault.LinkHeaderShort);
        }

        if (fault != HeaderFault.None)
        {
            return Refuse(fault);
        }

        if (!isIp)
        {
            return FrameOutcome.NotIp;
        }

        var seen = new Seen(frame.TimeNs, ((ulong)frame.Interface << 32) | device);
        return packet.Captured[0] >> 4 == 6 ? Ipv6(packet, seen) : Ipv4(packet, seen);
    }

    private FrameOutcome Ipv4(WireSpan packet, Seen seen)
    {
        if (Ipv4Header.TryRead(packet, out var header) is var fault and not HeaderFault.None)
        {
            return Refuse(fault);
        }

        CountIfBeyond(header.TotalLength, packet.Length, HeaderFault.IpLengthBeyondFrame);
        var flow = new Flow(seen, header.Source, header.Destination);
        var payload = header.Payload(packet);
        if (!header.IsFragment)
        {
            return Transport(header.Protocol, payload, flow);
        }

        if (header.Protocol is not (ProtocolUdp or ProtocolTcp))
        {
            return FrameOutcome.OtherProtocol;
        }

        var key = new FragmentKey(seen.Scope, header.Source, header.Destination, header.Identification, header.Protocol);
        var position = new FragmentPosition(header.FragmentOffset, header.MoreFragments, header.Protocol);
        return Fragment(key, position, payload, flow);
    }

    private FrameOutcome Ipv6(WireSpan packet, Seen seen)
    {
        if (Ipv6Header.TryRead(packet, out var header) is var fault and not HeaderFault.None)
        {
            return Refuse(fault);
        }

        CountIfBeyond(header.PayloadLength, packet.Length - Ipv6Header.Length, HeaderFault.IpLengthBeyondFrame);
        return Ipv6Payload(header.NextHeader, header.Payload(packet), new Flow(seen, header.Source, header.Destination), reassembled: false);
    }

    /// <param name="reassembled">True behind a fragment header, where a second one is refused.</param>
    private FrameOutcome Ipv6Payload(byte nextHeader, WireSpan rest, Flow flow, bool reassembled)
    {
        if (Ipv6Header.SkipExtensions(ref nextHeader, ref rest) is var fault and not HeaderFault.None)
        {
            return Refuse(fault);
        }

        if (nextHeader != ExtensionHeader.Fragment)
        {
            return Transport(nextHeader, rest, flow);
        }

        Ipv6FragmentHeader header = default;
        fault = reassembled ? HeaderFault.Ipv6FragmentNested : Ipv6FragmentHeader.TryRead(rest, out header);
        if (fault != HeaderFault.None)
        {
            return Refuse(fault);
        }

        rest = rest.Skip(Ipv6FragmentHeader.Length);
        if (!header.IsFragment)
        {
            return Ipv6Payload(header.NextHeader, rest, flow, reassembled: true);
        }

        var key = new FragmentKey(flow.Seen.Scope, flow.Source, flow.Destination, header.Identification, 0);
        return Fragment(key, new FragmentPosition(header.FragmentOffset, header.MoreFragments, header.NextHeader), rest, flow);
    }

    private FrameOutcome Fragment(in FragmentKey key, FragmentPosition position, WireSpan payload, Flow flow)
    {
        var fault = Fragments.TryAdd(key, flow.Seen.TimeNs, position, payload, out var isReady, out var whole, out var nextHeader);
        if (fault != HeaderFault.None)
        {
            return Refuse(fault);
        }

        return isReady ? Ipv6Payload(nextHeader, whole, flow with { IsFragmented = true }, reassembled: true) : FrameOutcome.Fragment;
    }

    /// <summary>TCP is left out: its sender sends the octets again, and where a segment ends that was not seen to its end is not known.</summary>
    private void DeliverIncomplete(in FragmentKey key, long timeNs, byte nextHeader, WireSpan payload)
    {
        if (nextHeader == ProtocolUdp && Udp(payload, new Flow(new Seen(timeNs, key.Scope), key.Source, key.Destination, IsFragmented: true)) == FrameOutcome.DnsUdp)
        {
            Statistics.DeliveredIncomplete++;
        }
    }

    private FrameOutcome Transport(byte protocol, WireSpan payload, Flow flow) => protocol switch
    {
        ProtocolUdp => Udp(payload, flow),
        ProtocolTcp => Tcp(payload, flow),
        ProtocolIcmp or ProtocolIcmpV6 => Icmp(protocol, payload, flow),
        _ => FrameOutcome.OtherProtocol,
    };

    private FrameOutcome Icmp(byte protocol, WireSpan message, Flow flow)
    {
        if (icmp is not null)
        {
            IcmpQuote.Read(message, protocol == ProtocolIcmpV6, flow.Source, flow.Seen.TimeNs, ports, icmp);
        }

        return FrameOutcome.OtherProtocol;
    }

    private FrameOutcome Udp(WireSpan payload, Flow flow)
    {
        if (UdpHeader.TryRead(payload, out var header) is var fault and not HeaderFault.None)
        {
            return Refuse(fault);
        }

        var (source, destination) = (new Endpoint(flow.Source, header.SourcePort), new Endpoint(flow.Destination, header.DestinationPort));
        var message = header.Payload(payload);
        if (ports.Contains(header.DestinationPort))
        {
            asking.NoteQuery(header.SourcePort, header.DestinationPort, flow.Seen.TimeNs);
        }
        else if (!ports.Contains(header.SourcePort) && !asking.MayAnswer(source, destination, message.Captured, flow.Seen.TimeNs))
        {
            return FrameOutcome.OtherPort;
        }

        CountIfBeyond(header.DatagramLength, payload.Length, HeaderFault.UdpLengthBeyondPacket);
        Statistics.Cut += message.IsCut ? 1 : 0;
        handler(new Packet
        {
            TimeNs = flow.Seen.TimeNs,
            Direction = Direction.Captured,
            Transport = Core.Transport.Udp,
            Source = source,
            Destination = destination,
            Scope = flow.Seen.Scope,
            Owner = Owner.Unknown,
            Payload = message.Captured,
            WireLength = message.Length,
            IsFragmented = flow.IsFragmented,
        });
        return FrameOutcome.DnsUdp;
    }

    private FrameOutcome Tcp(WireSpan segment, Flow flow)
    {
        if (TcpHeader.TryRead(segment, out var header) is var fault and not HeaderFault.None)
        {
            return Refuse(fault);
        }

        if (!ports.Contains(header.SourcePort) && !ports.Contains(header.DestinationPort))
        {
            return FrameOutcome.OtherPort;
        }

        var octets = header.Payload(segment);
        var flags = (byte)(header.Flags & (TcpHeader.Fin | TcpHeader.Syn | TcpHeader.Rst));
        if (octets.Length == 0 && flags == 0)
        {
            return FrameOutcome.DnsTcpEmpty;
        }

        Statistics.Cut += octets.IsCut ? 1 : 0;
        handler(new Packet
        {
            TimeNs = flow.Seen.TimeNs,
            Direction = Direction.Captured,
            Transport = Core.Transport.Tcp,
            Source = new Endpoint(flow.Source, header.SourcePort),
            Destination = new Endpoint(flow.Destination, header.DestinationPort),
            Scope = flow.Seen.Scope,
            Owner = Owner.Unknown,
            Payload = octets.Captured,
            WireLength = octets.Length,
            TcpSequence = header.PayloadSequence,
            TcpFlags = flags,
        });
        return FrameOutcome.DnsTcp;
    }

    private void CountIfBeyond(int claimed, int carried, HeaderFault fault)
    {
        if (claimed > carried)
        {
            Statistics.Count(fault);
        }
    }

    private FrameOutcome Refuse(HeaderFault fault)
    {
        Statistics.Count(fault);
        return fault == HeaderFault.Cut ? FrameOutcome.HeadersCut : FrameOutcome.Malformed;
    }

    /// <summary>When and where a packet was seen.</summary>
    private readonly record struct Seen(long TimeNs, ulong Scope);

    private readonly record struct Flow(Seen Seen, IpAddress Source, IpAddress Destination, bool IsFragmented = false);
}
