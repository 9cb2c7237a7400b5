// Builds capture files in memory: pcap and pcapng in either byte order.

using System.Buffers.Binary;

namespace Eider.Tests.Capture;

public sealed class CaptureBytes(bool bigEndian)
{
    private readonly List<byte> _octets = [];

    public byte[] ToArray() => _octets.ToArray();

    public MemoryStream ToStream() => new(ToArray());

    public static CaptureBytes Pcap(int linkType = 1, bool bigEndian = false, bool nanoseconds = false, uint snapshotLength = 262_144)
    {
        var file = new CaptureBytes(bigEndian);
        return file.U32(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4).U16(2).U16(4).U32(0).U32(0).U32(snapshotLength).U32((uint)linkType);
    }

    public CaptureBytes Record(ReadOnlySpan<byte> frame, uint seconds = 1_700_000_000, uint fraction = 0, int? length = null) =>
        U32(seconds).U32(fraction).U32((uint)frame.Length).U32((uint)(length ?? frame.Length)).Raw(frame);

    public static CaptureBytes Pcapng(bool bigEndian = false) => new CaptureBytes(bigEndian).Section();

    public CaptureBytes Section() => Block(0x0a0d0d0a, body => body.U32(0x1a2b3c4d).U16(1).U16(0).U32(uint.MaxValue).U32(uint.MaxValue));

    public CaptureBytes Interface(int linkType = 1, uint snapshotLength = 0, byte? resolution = null, long? offsetSeconds = null) => Block(1, body =>
    {
        body.U16((ushort)linkType).U16(0).U32(snapshotLength).U16(2).U16(5).Raw("eth0\0"u8).Pad();
        if (resolution is { } ticks)
        {
            body.U16(9).U16(1).Raw([ticks]).Pad();
        }

        if (offsetSeconds is { } offset)
        {
            body.U16(14).U16(8);
            Span<byte> octets = stackalloc byte[8];
            BinaryPrimitives.WriteInt64BigEndian(octets, offset);
            if (!bigEndian)
            {
                octets.Reverse();
            }

            body.Raw(octets);
        }

        body.U16(0).U16(0);
    });

    public CaptureBytes Enhanced(byte[] frame, ulong ticks, uint interfaceIndex = 0, int? length = null) => Block(6, body =>
        body.U32(interfaceIndex).U32((uint)(ticks >> 32)).U32((uint)ticks).U32((uint)frame.Length).U32((uint)(length ?? frame.Length)).Raw(frame).Pad());

    public CaptureBytes Obsolete(byte[] frame, ulong ticks, ushort interfaceIndex = 0) => Block(2, body =>
        body.U16(interfaceIndex).U16(0).U32((uint)(ticks >> 32)).U32((uint)ticks).U32((uint)frame.Length).U32((uint)frame.Length).Raw(frame).Pad());

    public CaptureBytes Simple(byte[] frame, int? length = null) => Block(3, body => body.U32((uint)(length ?? frame.Length)).Raw(frame).Pad());

    public CaptureBytes Block(uint type, Action<CaptureBytes> write)
    {
        var body = new CaptureBytes(bigEndian);
        write(body);
        var octets = body.ToArray();
        return U32(type).U32((uint)octets.Length + 12).Raw(octets).U32((uint)octets.Length + 12);
    }

    public CaptureBytes Raw(ReadOnlySpan<byte> octets)
    {
        _octets.AddRange(octets);
        return this;
    }

    public CaptureBytes Pad() => Raw(new byte[(4 - _octets.Count % 4) % 4]);

    public CaptureBytes U16(ushort value)
    {
        Span<byte> octets = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(octets, bigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
        return Raw(octets);
    }

    public CaptureBytes U32(uint value)
    {
        Span<byte> octets = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(octets, bigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
        return Raw(octets);
    }
}
