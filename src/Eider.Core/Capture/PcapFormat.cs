// pcap: a header, then records of time, lengths and a frame (draft-ietf-opsawg-pcap).

using System.Buffers.Binary;

namespace Eider.Core.Capture;

internal sealed class PcapFormat : ICaptureFormat
{
    public const int HeaderLength = 24;

    private const int RecordHeaderLength = 16;
    private const uint MagicMicroseconds = 0xa1b2c3d4;
    private const uint MagicNanoseconds = 0xa1b23c4d;

    private readonly bool _bigEndian;
    private readonly int _nanosecondsPerFraction;
    private readonly int _linkType;
    private readonly uint _longestRecord;
    private long _unread;

    private PcapFormat(ReadOnlySpan<byte> header, bool bigEndian, bool nanoseconds)
    {
        _bigEndian = bigEndian;
        _nanosecondsPerFraction = nanoseconds ? 1 : 1000;
        // A longer record than the file's own snapshot length or anybody's is a lie, or the file lost some octets before it.
        _longestRecord = Math.Max(ReadUInt32(header[16..]), CaptureLimits.LongestFrame);
        // The upper half tells the length of the frame check sequence, which IP does not mind.
        _linkType = (int)(ReadUInt32(header[20..]) & 0xffff);
    }

    public long RecordOffset { get; private set; }

    public string Problem { get; private set; } = "";

    public static bool IsMagic(ReadOnlySpan<byte> start) => TryReadMagic(start, out _, out _);

    /// <param name="header">The first <see cref="HeaderLength"/> octets of the file, with a magic.</param>
    public static PcapFormat Read(ReadOnlySpan<byte> header)
    {
        TryReadMagic(header, out var bigEndian, out var nanoseconds);
        return new PcapFormat(header, bigEndian, nanoseconds);
    }

    public FrameReading TryRead(CaptureInput input, out CapturedFrame frame)
    {
        frame = default;
        if (input.Skip(_unread) is var missing and > 0)
        {
            return Truncated($"its frame lacks {missing} octets");
        }

        _unread = 0;
        RecordOffset = input.Offset;
        if (!input.TryTake(RecordHeaderLength, out var header))
        {
            var left = input.Peek(RecordHeaderLength).Length;
            return left == 0 ? FrameReading.End : Truncated($"its header has {left} of {RecordHeaderLength} octets");
        }

        var timeNs = ReadUInt32(header) * 1_000_000_000L + ReadUInt32(header[4..]) * (long)_nanosecondsPerFraction;
        var captured = ReadUInt32(header[8..]);
        var length = ReadUInt32(header[12..]);
        if (captured > _longestRecord)
        {
            Problem = $"it claims a frame of {captured} octets, where {_longestRecord} is the most";
            return FrameReading.Damaged;
        }

        var kept = (int)Math.Min(captured, CaptureLimits.LongestFrame);
        if (!input.TryTake(kept, out var octets))
        {
            return Truncated($"its frame has {input.Peek(kept).Length} of {captured} octets");
        }

        _unread = captured - kept;
        frame = new CapturedFrame
        {
            TimeNs = Math.Min(timeNs, CaptureLimits.LatestTimeNs),
            LinkType = _linkType,
            Interface = 0,
            Octets = new WireSpan(octets, (int)Math.Min(Math.Max(captured, length), int.MaxValue)),
        };
        return FrameReading.Frame;
    }

    private static bool TryReadMagic(ReadOnlySpan<byte> start, out bool bigEndian, out bool nanoseconds)
    {
        bigEndian = nanoseconds = false;
        if (start.Length < 4)
        {
            return false;
        }

        var magic = BinaryPrimitives.ReadUInt32LittleEndian(start);
        bigEndian = magic is not (MagicMicroseconds or MagicNanoseconds);
        magic = bigEndian ? BinaryPrimitives.ReverseEndianness(magic) : magic;
        nanoseconds = magic == MagicNanoseconds;
        return magic is MagicMicroseconds or MagicNanoseconds;
    }

    private FrameReading Truncated(string problem)
    {
        Problem = problem;
        return FrameReading.Truncated;
    }

    private uint ReadUInt32(ReadOnlySpan<byte> octets) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(octets) : BinaryPrimitives.ReadUInt32LittleEndian(octets);
}
