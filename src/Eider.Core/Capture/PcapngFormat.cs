// pcapng: blocks in sections, each section with its own byte order and interfaces (draft-ietf-opsawg-pcapng).

using System.Buffers.Binary;

namespace Eider.Core.Capture;

internal sealed class PcapngFormat : ICaptureFormat
{
    public const uint SectionHeader = 0x0a0d0d0a;

    private const uint InterfaceDescription = 1;
    private const uint ObsoletePacket = 2;
    private const uint SimplePacket = 3;
    private const uint EnhancedPacket = 6;
    private const uint ByteOrderMagic = 0x1a2b3c4d;

    /// <summary>Type and total length before the body, total length again behind it.</summary>
    private const int FramingLength = 12;

    /// <summary>Options of an interface beyond this are passed over; the ones that matter are short and come with a few texts.</summary>
    private const int LongestDescription = 65_536;

    private readonly List<PcapngInterface> _interfaces = [];
    private bool _bigEndian;
    private long _lastTimeNs;

    // What of the block read last is still in the input: the rest of its body, then the length that must equal _blockLength.
    private long _unread;
    private uint _blockLength;

    public long RecordOffset { get; private set; }

    public string Problem { get; private set; } = "";

    public FrameReading TryRead(CaptureInput input, out CapturedFrame frame)
    {
        frame = default;
        while (true)
        {
            var reading = EndBlock(input);
            if (reading != FrameReading.Frame)
            {
                return reading;
            }

            reading = BeginBlock(input, out var type);
            if (reading != FrameReading.Frame)
            {
                return reading;
            }

            switch (type)
            {
                case SectionHeader:
                    reading = ReadSection(input);
                    break;
                case InterfaceDescription:
                    reading = ReadInterface(input);
                    break;
                case EnhancedPacket or ObsoletePacket or SimplePacket:
                    return ReadPacket(input, type, out frame);
            }

            if (reading != FrameReading.Frame)
            {
                return reading;
            }
        }
    }

    private FrameReading EndBlock(CaptureInput input)
    {
        if (_blockLength == 0)
        {
            return FrameReading.Frame;
        }

        if (input.Skip(_unread) is var missing and > 0)
        {
            return Truncated($"it lacks {missing + 4} of {_blockLength} octets");
        }

        if (!input.TryTake(4, out var trailer))
        {
            return Truncated($"it lacks {4 - input.Peek(4).Length} of {_blockLength} octets");
        }

        return ReadUInt32(trailer) == _blockLength
            ? FrameReading.Frame
            : Damaged($"it says {_blockLength} octets at its start and {ReadUInt32(trailer)} at its end");
    }

    private FrameReading BeginBlock(CaptureInput input, out uint type)
    {
        type = 0;
        RecordOffset = input.Offset;
        var start = input.Peek(FramingLength);
        if (start.Length < FramingLength)
        {
            return start.IsEmpty ? FrameReading.End : Truncated($"it has {start.Length} octets, where {FramingLength} are the least");
        }

        // The type of a section header reads the same in both orders; the order of its lengths is told behind them.
        if (BinaryPrimitives.ReadUInt32LittleEndian(start) == SectionHeader)
        {
            _bigEndian = BinaryPrimitives.ReadUInt32BigEndian(start[8..]) == ByteOrderMagic;
            if (!_bigEndian && BinaryPrimitives.ReadUInt32LittleEndian(start[8..]) != ByteOrderMagic)
            {
                return Damaged($"a section header has no byte-order mark, but {Convert.ToHexStringLower(start[8..12])}");
            }
        }

        type = ReadUInt32(start);
        _blockLength = ReadUInt32(start[4..]);
        if (_blockLength < FramingLength || _blockLength % 4 != 0)
        {
            return Damaged($"it claims {_blockLength} octets, where a multiple of 4 from {FramingLength} on must be");
        }

        input.Skip(8);
        _unread = _blockLength - FramingLength;
        return FrameReading.Frame;
    }

    private FrameReading ReadSection(CaptureInput input)
    {
        var reading = Take(input, 16, out var body);
        if (reading != FrameReading.Frame)
        {
            return reading;
        }

        _interfaces.Clear();
        int major = ReadUInt16(body[4..]);
        return major == 1 ? FrameReading.Frame : Damaged($"its section is of pcapng version {major}, where 1 is known");
    }

    private FrameReading ReadInterface(CaptureInput input)
    {
        if (_interfaces.Count == CaptureLimits.MostInterfaces)
        {
            return Damaged($"its section describes more than {CaptureLimits.MostInterfaces} interfaces");
        }

        var reading = Take(input, Math.Max(8, (int)Math.Min(_unread, LongestDescription)), out var body);
        if (reading == FrameReading.Frame)
        {
            _interfaces.Add(PcapngInterface.Read(body, _bigEndian));
        }

        return reading;
    }

    private FrameReading ReadPacket(CaptureInput input, uint type, out CapturedFrame frame)
    {
        frame = default;
        var reading = Take(input, type == SimplePacket ? 4 : 20, out var header);
        if (reading != FrameReading.Frame)
        {
            return reading;
        }

        var index = type switch { SimplePacket => 0u, ObsoletePacket => ReadUInt16(header), _ => ReadUInt32(header) };
        if (index >= _interfaces.Count)
        {
            return Damaged($"it names interface {index}, of which its section describes {_interfaces.Count}");
        }

        var source = _interfaces[(int)index];
        var (captured, length) = type == SimplePacket ? SimpleLengths(header, source) : (ReadUInt32(header[12..]), ReadUInt32(header[16..]));
        _lastTimeNs = type == SimplePacket ? _lastTimeNs : source.ToUnixNs(((ulong)ReadUInt32(header[4..]) << 32) | ReadUInt32(header[8..]));
        if (captured > _unread)
        {
            return Damaged($"it claims a frame of {captured} octets in a body of {_unread}");
        }

        reading = Take(input, (int)Math.Min(captured, CaptureLimits.LongestFrame), out var octets);
        frame = new CapturedFrame
        {
            TimeNs = _lastTimeNs,
            LinkType = source.LinkType,
            Interface = (int)index,
            Octets = new WireSpan(octets, (int)Math.Min(Math.Max(captured, length), int.MaxValue)),
        };
        return reading;
    }

    /// <summary>A simple packet tells only its length on the wire; what was kept of it follows from its block and its interface.</summary>
    private (uint Captured, uint Length) SimpleLengths(ReadOnlySpan<byte> header, PcapngInterface source)
    {
        var length = ReadUInt32(header);
        return ((uint)Math.Min(length, Math.Min(_unread, source.SnapshotLength)), length);
    }

    /// <summary>Takes octets of the body.</summary>
    private FrameReading Take(CaptureInput input, int count, out ReadOnlySpan<byte> octets)
    {
        octets = default;
        if (count > _unread)
        {
            return Damaged($"its body has {_unread} octets, where {count} are the least");
        }

        if (!input.TryTake(count, out octets))
        {
            var there = _blockLength - 4 - _unread + input.Peek(count).Length;
            return Truncated($"it has {there} of {_blockLength} octets");
        }

        _unread -= count;
        return FrameReading.Frame;
    }

    private FrameReading Truncated(string problem)
    {
        Problem = problem;
        return FrameReading.Truncated;
    }

    private FrameReading Damaged(string problem)
    {
        Problem = problem;
        return FrameReading.Damaged;
    }

    private ushort ReadUInt16(ReadOnlySpan<byte> octets) =>
        _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(octets) : BinaryPrimitives.ReadUInt16LittleEndian(octets);

    private uint ReadUInt32(ReadOnlySpan<byte> octets) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(octets) : BinaryPrimitives.ReadUInt32LittleEndian(octets);
}
