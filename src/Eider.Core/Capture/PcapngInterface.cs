// An interface that a pcapng section describes, and its clock.

using System.Buffers.Binary;

namespace Eider.Core.Capture;

/// <param name="SnapshotLength">Most octets of a frame that were kept; no limit is <see cref="uint.MaxValue"/>.</param>
/// <param name="Resolution">Option <c>if_tsresol</c>: ticks of 10^-n seconds, or of 2^-n with the highest bit set.</param>
/// <param name="OffsetSeconds">Option <c>if_tsoffset</c>: to be added to every time.</param>
internal readonly record struct PcapngInterface(int LinkType, uint SnapshotLength, byte Resolution, long OffsetSeconds)
{
    private const byte Microseconds = 6;
    private const ushort OptionEnd = 0;
    private const ushort OptionResolution = 9;
    private const ushort OptionOffset = 14;

    /// <param name="body">Of the interface description block, 8 octets at least; its options may be cut. An option that does not fit ends them.</param>
    public static PcapngInterface Read(ReadOnlySpan<byte> body, bool bigEndian)
    {
        int linkType = ReadUInt16(body, bigEndian);
        var snapshot = bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(body[4..]) : BinaryPrimitives.ReadUInt32LittleEndian(body[4..]);
        var resolution = Microseconds;
        var offset = 0L;
        for (var options = body[8..]; options.Length >= 4;)
        {
            var code = ReadUInt16(options, bigEndian);
            int length = ReadUInt16(options[2..], bigEndian);
            options = options[4..];
            if (code == OptionEnd || length > options.Length)
            {
                break;
            }

            resolution = code == OptionResolution && length == 1 ? options[0] : resolution;
            if (code == OptionOffset && length == 8)
            {
                offset = bigEndian ? BinaryPrimitives.ReadInt64BigEndian(options) : BinaryPrimitives.ReadInt64LittleEndian(options);
            }

            options = options[Math.Min(options.Length, (length + 3) & ~3)..];
        }

        return new PcapngInterface(linkType, snapshot == 0 ? uint.MaxValue : snapshot, resolution, offset);
    }

    /// <summary>Nanoseconds since the Unix epoch; a time that does not fit <see cref="CapturedFrame.TimeNs"/> becomes the nearest that does.</summary>
    public long ToUnixNs(ulong ticks)
    {
        // Below 2^64 * 10^9 < 2^94, so nothing overflows.
        var scaled = (UInt128)ticks * 1_000_000_000;
        var exponent = Resolution & 0x7f;
        if ((Resolution & 0x80) != 0)
        {
            scaled >>= exponent;
        }
        else
        {
            // After 29 divisions nothing is left of it.
            for (var i = Math.Min(exponent, 29); i > 0; i--)
            {
                scaled /= 10;
            }
        }

        var time = (Int128)scaled + (Int128)OffsetSeconds * 1_000_000_000;
        return (long)Int128.Clamp(time, 0, CaptureLimits.LatestTimeNs);
    }

    private static ushort ReadUInt16(ReadOnlySpan<byte> octets, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(octets) : BinaryPrimitives.ReadUInt16LittleEndian(octets);
}
