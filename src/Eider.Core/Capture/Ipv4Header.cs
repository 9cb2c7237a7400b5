// IPv4 header, RFC 791 3.1.

using System.Buffers.Binary;

namespace Eider.Core.Capture;

public readonly struct Ipv4Header
{
    public IpAddress Source { get; private init; }

    public IpAddress Destination { get; private init; }

    public byte Protocol { get; private init; }

    public ushort Identification { get; private init; }

    /// <summary>Octets of header, options included: 20 to 60.</summary>
    public int Length { get; private init; }

    /// <summary>Octets of header and payload. The field is 0 in captures taken before segmentation offload; then it is what the frame holds.</summary>
    public int TotalLength { get; private init; }

    /// <summary>Octets.</summary>
    public int FragmentOffset { get; private init; }

    public bool MoreFragments { get; private init; }

    public bool IsFragment => MoreFragments || FragmentOffset != 0;

    /// <summary>Reads the header at the start of <paramref name="packet"/>. The header's checksum is not verified: captures of an interface that
    /// leaves it to the hardware have none.</summary>
    /// <returns><see cref="HeaderFault.None"/>, or why <paramref name="header"/> is not to be used.</returns>
    public static HeaderFault TryRead(WireSpan packet, out Ipv4Header header)
    {
        header = default;
        if (packet.Demand(20, HeaderFault.Ipv4HeaderShort) is var fault and not HeaderFault.None)
        {
            return fault;
        }

        var octets = packet.Captured;
        var length = (octets[0] & 0x0f) * 4;
        if (octets[0] >> 4 != 4)
        {
            return HeaderFault.IpVersion;
        }

        if (length < 20 || length > packet.Length)
        {
            return HeaderFault.Ipv4HeaderLength;
        }

        int totalLength = BinaryPrimitives.ReadUInt16BigEndian(octets[2..]);
        if (totalLength != 0 && totalLength < length)
        {
            return HeaderFault.Ipv4TotalLength;
        }

        int fragment = BinaryPrimitives.ReadUInt16BigEndian(octets[6..]);
        header = new Ipv4Header
        {
            Length = length,
            TotalLength = totalLength == 0 ? packet.Length : totalLength,
            Identification = BinaryPrimitives.ReadUInt16BigEndian(octets[4..]),
            MoreFragments = (fragment & 0x2000) != 0,
            FragmentOffset = (fragment & 0x1fff) * 8,
            Protocol = octets[9],
            Source = IpAddress.FromOctets(octets[12..16]),
            Destination = IpAddress.FromOctets(octets[16..20]),
        };
        return HeaderFault.None;
    }

    /// <summary>What follows the header, without the padding of short frames.</summary>
    public WireSpan Payload(WireSpan packet) => packet.OfLength(TotalLength).Skip(Length);
}
