// Decode: a domain name on the wire. Reading one checks it whole; after that nothing about it can fail.

namespace Eider.Core.Decode;

/// <summary>A checked name inside a message, compressed or not. Points into the message: no longer valid than that.</summary>
public readonly ref struct DnsName
{
    /// <summary>RFC 1035 2.3.4, length octets and root included; it implies the limit of 127 labels.</summary>
    public const int MaxWireLength = 255;

    /// <summary>Legitimate names have a label between two pointers, so at most 127; a message of nothing but pointers could hold thousands.</summary>
    private const int MaxPointers = 127;

    private readonly ReadOnlySpan<byte> _message;

    internal DnsName(ReadOnlySpan<byte> message, int offset, int wireLength, bool isCompressed)
    {
        _message = message;
        Offset = offset;
        WireLength = wireLength;
        IsCompressed = isCompressed;
    }

    /// <summary>Where the name starts in the message.</summary>
    public int Offset { get; }

    /// <summary>Octets of the name without compression, the root's zero included: 1 to 255; 0 for a name that was never read.</summary>
    public int WireLength { get; }

    public bool IsCompressed { get; }

    public bool IsRoot => WireLength == 1;

    /// <summary>It is nothing but a pointer to that place of the message.</summary>
    internal bool IsPointerTo(int offset) => IsCompressed && _message[Offset] >= 0xc0 && (((_message[Offset] & 0x3f) << 8) | _message[Offset + 1]) == offset;

    /// <summary>The name without compression: in place where it is not compressed, else copied to <paramref name="scratch"/>.</summary>
    /// <param name="scratch">At least <see cref="MaxWireLength"/> octets.</param>
    public ReadOnlySpan<byte> Wire(Span<byte> scratch) => IsCompressed ? Resolve(scratch) : _message.Slice(Offset, WireLength);

    /// <summary>Hash of the name in lower case, the same for every spelling and compression of one name. A secret <paramref name="seed"/> keeps an
    /// attacker from choosing names that collide.</summary>
    public ulong FoldedHash(ulong seed)
    {
        Span<byte> scratch = stackalloc byte[MaxWireLength];
        return WireNames.FoldedHash(Wire(scratch), seed);
    }

    /// <summary>Presentation form as <see cref="DnsEvent.Name"/> describes it.</summary>
    public override string ToString()
    {
        Span<byte> scratch = stackalloc byte[MaxWireLength];
        return WireNames.ToText(Wire(scratch));
    }

    /// <summary>Checks the name at <paramref name="start"/> and finds where what follows it begins.</summary>
    /// <param name="limit">End of the message or of the rdata the name must fit in.</param>
    /// <param name="type">The record type whose rdata <paramref name="limit"/> ends, 0 for the message.</param>
    internal static bool TryRead(ReadOnlySpan<byte> message, int start, int limit, ushort type, out DnsName name, out int end, out DnsFault fault)
    {
        var (at, segment, segmentEnd) = (start, start, limit);
        var (length, pointers) = (0, 0);
        name = default;
        fault = default;
        end = -1;
        while (at < segmentEnd)
        {
            int octet = message[at];
            if (octet >= 0x40)
            {
                if (!TryFollow(message, at, segment, segmentEnd, ref pointers, out var target, ref fault))
                {
                    fault = fault.Kind == FaultKind.PointerCut ? fault with { Type = type } : fault;
                    return false;
                }

                end = end < 0 ? at + 2 : end;

                // What a pointer names was written before the name that has the pointer, so it ends before it too.
                (at, segment, segmentEnd) = (target, target, segment);
                continue;
            }

            length += octet + 1;
            if (length > MaxWireLength)
            {
                fault = new DnsFault(FaultKind.NameTooLong, at);
                return false;
            }

            if (octet == 0)
            {
                end = end < 0 ? at + 1 : end;
                name = new DnsName(message, start, length, pointers > 0);
                return true;
            }

            at += octet + 1;
        }

        fault = pointers > 0 ? new DnsFault(FaultKind.NameOverlapsItself, segment)
            : at > segmentEnd ? new DnsFault(FaultKind.LabelPastEnd, LastLabel(message, segment, segmentEnd), at - segmentEnd, type)
            : new DnsFault(FaultKind.NamePastEnd, segmentEnd, 0, type);
        return false;
    }

    private static bool TryFollow(ReadOnlySpan<byte> message, int at, int segment, int segmentEnd, ref int pointers, out int target, ref DnsFault fault)
    {
        target = 0;
        int octet = message[at];
        if (octet < 0xc0)
        {
            fault = new DnsFault(FaultKind.ReservedLabelType, at, octet);
            return false;
        }

        if (at + 1 >= segmentEnd)
        {
            fault = new DnsFault(pointers > 0 ? FaultKind.NameOverlapsItself : FaultKind.PointerCut, at);
            return false;
        }

        target = ((octet & 0x3f) << 8) | message[at + 1];
        if (target >= segment || target < DnsHeader.Length || ++pointers > MaxPointers)
        {
            var kind = target > at ? FaultKind.PointerForward
                : target >= segment ? FaultKind.PointerLoop
                : target < DnsHeader.Length ? FaultKind.PointerIntoHeader
                : FaultKind.PointerChain;
            fault = new DnsFault(kind, at, target);
            return false;
        }

        return true;
    }

    /// <summary>Offset of the label that crosses the end; the walk itself keeps only where it would land.</summary>
    private static int LastLabel(ReadOnlySpan<byte> message, int segment, int segmentEnd)
    {
        var at = segment;
        while (at + message[at] + 1 < segmentEnd)
        {
            at += message[at] + 1;
        }

        return at;
    }

    private ReadOnlySpan<byte> Resolve(Span<byte> scratch)
    {
        var (from, to) = (Offset, 0);
        while (to < WireLength)
        {
            int octet = _message[from];
            if (octet >= 0xc0)
            {
                from = ((octet & 0x3f) << 8) | _message[from + 1];
                continue;
            }

            _message.Slice(from, octet + 1).CopyTo(scratch[to..]);
            from += octet + 1;
            to += octet + 1;
        }

        return scratch[..WireLength];
    }
}
