// TCP header, RFC 9293 3.1.

using System.Buffers.Binary;

namespace Eider.Core.Capture;

public readonly struct TcpHeader
{
    public const byte Fin = 0x01;
    public const byte Syn = 0x02;
    public const byte Rst = 0x04;

    public ushort SourcePort { get; private init; }

    public ushort DestinationPort { get; private init; }

    public uint Sequence { get; private init; }

    /// <summary>CWR to FIN, as on the wire.</summary>
    public byte Flags { get; private init; }

    /// <summary>Octets of header, options included: 20 to 60.</summary>
    public int Length { get; private init; }

    /// <summary>Sequence number of the first octet of payload: SYN takes one number itself (RFC 9293 3.4).</summary>
    public uint PayloadSequence => (Flags & Syn) != 0 ? Sequence + 1 : Sequence;

    /// <summary>Reads the header at the start of an IP payload; options that the capture cut off are no fault. The checksum is not verified
    /// (see <see cref="Ipv4Header.TryRead"/>).</summary>
    public static HeaderFault TryRead(WireSpan segment, out TcpHeader header)
    {
        header = default;
        if (segment.Demand(20, HeaderFault.TcpHeaderShort) is var fault and not HeaderFault.None)
        {
            return fault;
        }

        var octets = segment.Captured;
        var length = (octets[12] >> 4) * 4;
        if (length < 20 || length > segment.Length)
        {
            return HeaderFault.TcpDataOffset;
        }

        header = new TcpHeader
        {
            SourcePort = BinaryPrimitives.ReadUInt16BigEndian(octets),
            DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(octets[2..]),
            Sequence = BinaryPrimitives.ReadUInt32BigEndian(octets[4..]),
            Flags = octets[13],
            Length = length,
        };
        return HeaderFault.None;
    }

    public WireSpan Payload(WireSpan segment) => segment.Skip(Length);
}
