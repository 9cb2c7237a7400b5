// IPv6 header and its extension headers, RFC 8200 3 and 4.

using System.Buffers.Binary;

namespace Eider.Core.Capture;

public readonly struct Ipv6Header
{
    public const int Length = 40;

    public IpAddress Source { get; private init; }

    public IpAddress Destination { get; private init; }

    public byte NextHeader { get; private init; }

    /// <summary>Octets behind this header. The field is 0 in jumbograms (RFC 2675) and before segmentation offload; then it is what the frame holds.</summary>
    public int PayloadLength { get; private init; }

    /// <returns><see cref="HeaderFault.None"/>, or why <paramref name="header"/> is not to be used.</returns>
    public static HeaderFault TryRead(WireSpan packet, out Ipv6Header header)
    {
        header = default;
        if (packet.Demand(Length, HeaderFault.Ipv6HeaderShort) is var fault and not HeaderFault.None)
        {
            return fault;
        }

        var octets = packet.Captured;
        if (octets[0] >> 4 != 6)
        {
            return HeaderFault.IpVersion;
        }

        int payloadLength = BinaryPrimitives.ReadUInt16BigEndian(octets[4..]);
        header = new Ipv6Header
        {
            PayloadLength = payloadLength == 0 ? packet.Length - Length : payloadLength,
            NextHeader = octets[6],
            Source = IpAddress.FromOctets(octets[8..24]),
            Destination = IpAddress.FromOctets(octets[24..40]),
        };
        return HeaderFault.None;
    }

    /// <summary>What follows this header, extension headers included, without the padding of short frames.</summary>
    public WireSpan Payload(WireSpan packet) => packet.Skip(Length).OfLength(PayloadLength);

    /// <summary>Passes over extension headers up to a fragment header or the upper layer. There is no limit on their number, so that none can hide a message: each
    /// takes at least 8 octets of the packet.</summary>
    /// <param name="nextHeader">In: the type of the header at the start of <paramref name="rest"/>; out: the type of the one where the walk ended.</param>
    public static HeaderFault SkipExtensions(ref byte nextHeader, ref WireSpan rest)
    {
        while (nextHeader is ExtensionHeader.HopByHop or ExtensionHeader.Routing or ExtensionHeader.DestinationOptions
            or ExtensionHeader.Authentication or ExtensionHeader.Mobility or ExtensionHeader.HostIdentity or ExtensionHeader.Shim6)
        {
            if (rest.Demand(8, HeaderFault.Ipv6ExtensionShort) is var fault and not HeaderFault.None)
            {
                return fault;
            }

            // Authentication counts in 4 octets less 2 (RFC 4302 2.2), the others in 8 octets beyond the first 8.
            var length = nextHeader == ExtensionHeader.Authentication ? (rest.Captured[1] + 2) * 4 : (rest.Captured[1] + 1) * 8;
            if (length > rest.Length)
            {
                return HeaderFault.Ipv6ExtensionShort;
            }

            nextHeader = rest.Captured[0];
            rest = rest.Skip(Math.Max(8, length));
        }

        return HeaderFault.None;
    }
}

/// <summary>IPv6 extension header types (RFC 7045 4).</summary>
public static class ExtensionHeader
{
    public const byte HopByHop = 0;
    public const byte Routing = 43;
    public const byte Fragment = 44;
    public const byte Authentication = 51;
    public const byte DestinationOptions = 60;
    public const byte Mobility = 135;
    public const byte HostIdentity = 139;
    public const byte Shim6 = 140;
}

/// <summary>IPv6 fragment header, RFC 8200 4.5.</summary>
public readonly struct Ipv6FragmentHeader
{
    public const int Length = 8;

    public byte NextHeader { get; private init; }

    /// <summary>Octets.</summary>
    public int FragmentOffset { get; private init; }

    public bool MoreFragments { get; private init; }

    public uint Identification { get; private init; }

    /// <summary>False for an "atomic" fragment, which is a whole packet (RFC 6946).</summary>
    public bool IsFragment => MoreFragments || FragmentOffset != 0;

    public static HeaderFault TryRead(WireSpan rest, out Ipv6FragmentHeader header)
    {
        header = default;
        if (rest.Demand(Length, HeaderFault.Ipv6ExtensionShort) is var fault and not HeaderFault.None)
        {
            return fault;
        }

        int fragment = BinaryPrimitives.ReadUInt16BigEndian(rest.Captured[2..]);
        header = new Ipv6FragmentHeader
        {
            NextHeader = rest.Captured[0],
            FragmentOffset = fragment & 0xfff8,
            MoreFragments = (fragment & 1) != 0,
            Identification = BinaryPrimitives.ReadUInt32BigEndian(rest.Captured[4..]),
        };
        return HeaderFault.None;
    }
}
