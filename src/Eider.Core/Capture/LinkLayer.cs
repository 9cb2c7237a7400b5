// From a frame to the IP packet in it: link-layer headers, VLAN tags and PPPoE.

using System.Buffers.Binary;

namespace Eider.Core.Capture;

public static class LinkLayer
{
    private const int EtherTypeIpv4 = 0x0800;
    private const int EtherTypeIpv6 = 0x86dd;
    private const int EtherTypePppoeSession = 0x8864;

    /// <summary>Below this an EtherType field is a length, and LLC follows (IEEE 802.3 3.2.6).</summary>
    private const int LowestEtherType = 0x0600;

    /// <summary>Finds the IP packet of a frame.</summary>
    /// <param name="packet">From the IP header on, padding and trailers included; empty where there is none.</param>
    /// <param name="device">Kernel's index of the interface, where the link layer records it (Linux cooked v2); else 0.</param>
    /// <returns><see cref="HeaderFault.None"/> also for a frame that carries something else, with <paramref name="isIp"/> false.</returns>
    public static HeaderFault TryFindIp(in CapturedFrame frame, out bool isIp, out WireSpan packet, out uint device)
    {
        device = 0;
        var octets = frame.Octets;
        switch (frame.LinkType)
        {
            case LinkType.Ethernet:
                return Start(octets, 14, 12, out isIp, out packet);
            case LinkType.LinuxCooked:
                return Start(octets, 16, 14, out isIp, out packet);
            case LinkType.LinuxCooked2:
                device = octets.Captured.Length >= 8 ? BinaryPrimitives.ReadUInt32BigEndian(octets.Captured[4..]) : 0;
                return Start(octets, 20, 0, out isIp, out packet);
            case LinkType.Null or LinkType.Loop:
                return Loopback(octets, out isIp, out packet);
            case LinkType.Ppp or LinkType.PppHdlc:
                return Ppp(octets, out isIp, out packet);
            case LinkType.PppEthernet:
                return Pppoe(octets, out isIp, out packet);
            default:
                isIp = LinkType.IsRead(frame.LinkType);
                packet = isIp ? octets : default;
                return HeaderFault.None;
        }
    }

    private static HeaderFault Start(WireSpan octets, int headerLength, int etherTypeAt, out bool isIp, out WireSpan packet)
    {
        isIp = false;
        packet = default;
        var fault = octets.Demand(headerLength, HeaderFault.LinkHeaderShort);
        return fault != HeaderFault.None
            ? fault
            : EtherPayload(BinaryPrimitives.ReadUInt16BigEndian(octets.Captured[etherTypeAt..]), octets.Skip(headerLength), out isIp, out packet);
    }

    private static HeaderFault EtherPayload(int etherType, WireSpan rest, out bool isIp, out WireSpan packet)
    {
        isIp = false;
        packet = default;
        // 802.1Q, 802.1ad and the two pre-standard QinQ types; every tag takes 4 octets, so the frame's length bounds the stack.
        while (etherType is 0x8100 or 0x88a8 or 0x9100 or 0x9200)
        {
            if (rest.Demand(4, HeaderFault.LinkHeaderShort) is var fault and not HeaderFault.None)
            {
                return fault;
            }

            etherType = BinaryPrimitives.ReadUInt16BigEndian(rest.Captured[2..]);
            rest = rest.Skip(4);
        }

        if (etherType == EtherTypePppoeSession)
        {
            return Pppoe(rest, out isIp, out packet);
        }

        // SNAP: DSAP, SSAP and control, then an organisation of 0 and an EtherType (RFC 1042).
        if (etherType < LowestEtherType && rest.Captured.Length >= 8 && rest.Captured.StartsWith<byte>([0xaa, 0xaa, 0x03, 0, 0, 0]))
        {
            etherType = BinaryPrimitives.ReadUInt16BigEndian(rest.Captured[6..]);
            rest = rest.Skip(8);
        }

        isIp = etherType is EtherTypeIpv4 or EtherTypeIpv6;
        packet = isIp ? rest : default;
        return HeaderFault.None;
    }

    /// <summary>4 octets of address family: in the order of the capturing host (<see cref="LinkType.Null"/>) or of the network
    /// (<see cref="LinkType.Loop"/>). Families are small numbers, so the order shows.</summary>
    private static HeaderFault Loopback(WireSpan octets, out bool isIp, out WireSpan packet)
    {
        isIp = false;
        packet = default;
        if (octets.Demand(4, HeaderFault.LinkHeaderShort) is var fault and not HeaderFault.None)
        {
            return fault;
        }

        var family = BinaryPrimitives.ReadUInt32BigEndian(octets.Captured);
        family = family > 0xffff ? BinaryPrimitives.ReverseEndianness(family) : family;
        // AF_INET is 2 everywhere; AF_INET6 is 10 (Linux), 24 (NetBSD, OpenBSD), 28 (FreeBSD) or 30 (Darwin).
        isIp = family is 2 or 10 or 24 or 28 or 30;
        packet = isIp ? octets.Skip(4) : default;
        return HeaderFault.None;
    }

    /// <summary>RFC 2516 4: version and type, code, session, length; then PPP without framing.</summary>
    private static HeaderFault Pppoe(WireSpan octets, out bool isIp, out WireSpan packet)
    {
        isIp = false;
        packet = default;
        var fault = octets.Demand(6, HeaderFault.LinkHeaderShort);
        return fault == HeaderFault.None ? Ppp(octets.Skip(6), out isIp, out packet) : fault;
    }

    /// <summary>RFC 1661 2 and 6.5, RFC 1662 3.1: address and control where they were not left out, then a protocol of 2 octets, or of 1 when that is odd.</summary>
    private static HeaderFault Ppp(WireSpan octets, out bool isIp, out WireSpan packet)
    {
        isIp = false;
        packet = default;
        if (octets.Captured.StartsWith<byte>([0xff, 0x03]))
        {
            octets = octets.Skip(2);
        }

        if (octets.Demand(2, HeaderFault.LinkHeaderShort) is var fault and not HeaderFault.None)
        {
            return fault;
        }

        var compressed = (octets.Captured[0] & 1) != 0;
        int protocol = compressed ? octets.Captured[0] : BinaryPrimitives.ReadUInt16BigEndian(octets.Captured);
        isIp = protocol is 0x0021 or 0x0057;
        packet = isIp ? octets.Skip(compressed ? 1 : 2) : default;
        return HeaderFault.None;
    }
}
