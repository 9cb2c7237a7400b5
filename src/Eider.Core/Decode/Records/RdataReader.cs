// Decode: a cursor over one record's data. The bounds check lives here, so that the readers of each type read like their RFC.

using System.Buffers.Binary;

namespace Eider.Core.Decode.Records;

/// <summary>Reads the fields of one record's data in order; every failure sets <see cref="Fault"/> and the cursor is of no further use.</summary>
public ref struct RdataReader
{
    private readonly ReadOnlySpan<byte> message;
    private readonly int start;
    private readonly int end;
    private int at;
    private DnsFault fault;

    internal RdataReader(in ResourceRecord record)
    {
        message = record.Message;
        start = at = record.DataOffset;
        end = start + record.DataLength;
        Type = record.Type;
    }

    public ushort Type { get; }

    public readonly DnsFault Fault => fault;

    /// <summary>Octets not yet read.</summary>
    public readonly int Left => end - at;

    /// <summary>Of the next field, from the start of the message.</summary>
    public readonly int Offset => at;

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
            return Fail(new DnsFault(FaultKind.RdataTooShort, at, end - start, Type));
        }

        octets = message.Slice(at, count);
        at += count;
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
            return Fail(new DnsFault(FaultKind.StringPastEnd, at - 1, length, Left, Type));
        }

        octets = message.Slice(at, length);
        at += length;
        return true;
    }

    /// <summary>A name, which may be compressed: RFC 3597 section 4 asks receivers for that in the old types, and mDNS does it in all
    /// (RFC 6762 18.14).</summary>
    public bool TryName(out DnsName name)
    {
        if (!DnsName.TryRead(message, at, end, Type, out name, out var next, out fault))
        {
            return false;
        }

        at = next;
        return true;
    }

    /// <summary>All that is left; may be empty.</summary>
    public ReadOnlySpan<byte> Rest()
    {
        var rest = message[at..end];
        at = end;
        return rest;
    }

    /// <summary>All that is left, at least one octet.</summary>
    public bool TryRest(out ReadOnlySpan<byte> rest)
    {
        rest = Rest();
        return !rest.IsEmpty || Fail(new DnsFault(end == start ? FaultKind.RdataEmpty : FaultKind.EmptyField, at, 0, Type));
    }

    /// <summary>True where nothing is left, a fault otherwise.</summary>
    public bool TryEnd() => Left == 0 || Fail(new DnsFault(FaultKind.RdataTooLong, at, end - start, Left, Type));

    internal bool Fail(DnsFault found)
    {
        fault = found;
        return false;
    }
}
