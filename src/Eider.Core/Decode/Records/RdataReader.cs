// Decode: a cursor over one record's data. The bounds check lives here, so that the readers of each type read like their RFC.

using System.Buffers.Binary;

namespace Eider.Core.Decode.Records;

/// <summary>Reads the fields of one record's data in order; every failure sets <see cref="Fault"/> and the cursor is of no further use.</summary>
public ref struct RdataReader
{
    private readonly ReadOnlySpan<byte> _message;
    private readonly int _start;
    private readonly int _end;
    private int _at;
    private DnsFault _fault;

    internal RdataReader(in ResourceRecord record)
    {
        _message = record.Message;
        _start = _at = record.DataOffset;
        _end = _start + record.DataLength;
        Type = record.Type;
    }

    public ushort Type { get; }

    public readonly DnsFault Fault => _fault;

    /// <summary>Octets not yet read.</summary>
    public readonly int Left => _end - _at;

    /// <summary>Of the next field, from the start of the message.</summary>
    public readonly int Offset => _at;

    public bool TryByte(out byte value)
    {
        if (!TryOctets(1, out var octets))
        {
            value = 0;
            return false;
        }

        value = octets[0];
        return true;
    }

    public bool TryUInt16(out ushort value)
    {
        var whole = TryOctets(2, out var octets);
        value = whole ? BinaryPrimitives.ReadUInt16BigEndian(octets) : (ushort)0;
        return whole;
    }

    public bool TryUInt32(out uint value)
    {
        var whole = TryOctets(4, out var octets);
        value = whole ? BinaryPrimitives.ReadUInt32BigEndian(octets) : 0;
        return whole;
    }

    public bool TryOctets(int count, out ReadOnlySpan<byte> octets)
    {
        if (count > Left)
        {
            octets = default;
            return Fail(new DnsFault(FaultKind.RdataTooShort, _at, _end - _start, Type));
        }

        octets = _message.Slice(_at, count);
        _at += count;
        return true;
    }

    /// <summary>A character-string: one length octet and that many octets (RFC 1035 3.3).</summary>
    public bool TryString(out ReadOnlySpan<byte> octets)
    {
        octets = default;
        if (!TryByte(out var length))
        {
            return false;
        }

        if (length > Left)
        {
            return Fail(new DnsFault(FaultKind.StringPastEnd, _at - 1, length, Left, Type));
        }

        octets = _message.Slice(_at, length);
        _at += length;
        return true;
    }

    /// <summary>A name, which may be compressed: RFC 3597 section 4 asks receivers for that in the old types, and mDNS does it in all
    /// (RFC 6762 18.14).</summary>
    public bool TryName(out DnsName name)
    {
        if (!DnsName.TryRead(_message, _at, _end, Type, out name, out var next, out _fault))
        {
            return false;
        }

        _at = next;
        return true;
    }

    /// <summary>All that is left; may be empty.</summary>
    public ReadOnlySpan<byte> Rest()
    {
        var rest = _message[_at.._end];
        _at = _end;
        return rest;
    }

    /// <summary>All that is left, at least one octet.</summary>
    public bool TryRest(out ReadOnlySpan<byte> rest)
    {
        rest = Rest();
        return !rest.IsEmpty || Fail(new DnsFault(_end == _start ? FaultKind.RdataEmpty : FaultKind.EmptyField, _at, 0, Type));
    }

    /// <summary>True where nothing is left, a fault otherwise.</summary>
    public bool TryEnd() => Left == 0 || Fail(new DnsFault(FaultKind.RdataTooLong, _at, _end - _start, Left, Type));

    /// <summary>An option that is to be one uncompressed name.</summary>
    internal readonly DnsFault CheckName(in EdnsOption option)
    {
        var valueEnd = option.Offset + option.Value.Length;
        return DnsName.TryRead(_message, option.Offset, valueEnd, Type, out var name, out var next, out var found) && (next != valueEnd || name.IsCompressed)
            ? new DnsFault(FaultKind.OptionLength, next, option.Code, option.Value.Length, Type)
            : found;
    }

    internal bool Fail(DnsFault found)
    {
        _fault = found;
        return false;
    }
}
