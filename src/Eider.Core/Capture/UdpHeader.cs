// UDP header, RFC 768.

using System.Buffers.Binary;

namespace Eider.Core.Capture;

public readonly struct UdpHeader
{
    public const int Length = 8;

    public ushort SourcePort { get; private init; }

    public ushort DestinationPort { get; private init; }

    /// <summary>Octets of header and payload. The field is 0 in jumbograms (RFC 2675 4); then it is what the IP datagram holds.</summary>
    public int DatagramLength { get; private init; }

    /// <summary>Reads the header at the start of an IP payload. The checksum is not verified (see <see cref="Ipv4Header.TryRead"/>).</summary>
    public static HeaderFault TryRead(WireSpan payload, out UdpHeader header)
    {
        header = default;
        if (payload.Demand(Length, HeaderFault.UdpHeaderShort) is var fault and not HeaderFault.None)
        {
            return fault;
        }

        var octets = payload.Captured;
        int datagramLength = BinaryPrimitives.ReadUInt16BigEndian(octets[4..]);
        if (datagramLength is > 0 and < Length)
        {
            return HeaderFault.UdpLength;
        }

        header = new UdpHeader
        {
            SourcePort = BinaryPrimitives.ReadUInt16BigEndian(octets),
            DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(octets[2..]),
            DatagramLength = datagramLength == 0 ? payload.Length : datagramLength,
        };
        return HeaderFault.None;
    }

    /// <summary>The message: what the length field covers, as a receiver would take it, even where the IP datagram holds more.</summary>
    public WireSpan Payload(WireSpan payload) => payload.OfLength(DatagramLength).Skip(Length);
}
