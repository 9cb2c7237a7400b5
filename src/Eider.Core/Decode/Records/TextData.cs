// Decode: data made of strings.

namespace Eider.Core.Decode.Records;

/// <summary>TXT and SPF (RFC 1035 3.3.14, 7208): one string or more.</summary>
public readonly ref struct TextData
{
    private readonly ReadOnlySpan<byte> _strings;

    private TextData(ReadOnlySpan<byte> strings) => _strings = strings;

    public Enumerator GetEnumerator() => new(_strings);

    public static bool TryRead(scoped ref RdataReader rdata, out TextData data)
    {
        data = default;
        var whole = rdata;
        if (!whole.TryRest(out var strings))
        {
            return rdata.Fail(whole.Fault);
        }

        while (rdata.Left > 0)
        {
            if (!rdata.TryString(out _))
            {
                return false;
            }
        }

        data = new TextData(strings);
        return true;
    }

    /// <summary>Each string's octets.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _left;

        internal Enumerator(ReadOnlySpan<byte> strings) => _left = strings;

        public ReadOnlySpan<byte> Current { get; private set; }

        public bool MoveNext()
        {
            if (_left.IsEmpty)
            {
                return false;
            }

            Current = _left.Slice(1, _left[0]);
            _left = _left[(1 + _left[0])..];
            return true;
        }
    }
}

/// <summary>HINFO (RFC 1035 3.3.2; RFC 8482 for its use as a short answer to ANY).</summary>
public readonly ref struct HostInfoData
{
    public ReadOnlySpan<byte> Cpu { get; private init; }

    public ReadOnlySpan<byte> OperatingSystem { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out HostInfoData data)
    {
        data = default;
        if (!rdata.TryString(out var cpu) || !rdata.TryString(out var system) || !rdata.TryEnd())
        {
            return false;
        }

        data = new HostInfoData { Cpu = cpu, OperatingSystem = system };
        return true;
    }
}

/// <summary>CAA (RFC 8659 4.1).</summary>
public readonly ref struct CaaData
{
    public byte Flags { get; private init; }

    public ReadOnlySpan<byte> Tag { get; private init; }

    public ReadOnlySpan<byte> Value { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out CaaData data)
    {
        data = default;
        if (!rdata.TryByte(out var flags) || !rdata.TryString(out var tag))
        {
            return false;
        }

        if (tag.IsEmpty)
        {
            return rdata.Fail(new DnsFault(FaultKind.EmptyTag, rdata.Offset - 1, 0, rdata.Type));
        }

        data = new CaaData { Flags = flags, Tag = tag, Value = rdata.Rest() };
        return true;
    }
}

/// <summary>NAPTR (RFC 3403 4.1).</summary>
public readonly ref struct NaptrData
{
    public ushort Order { get; private init; }

    public ushort Preference { get; private init; }

    public ReadOnlySpan<byte> Flags { get; private init; }

    public ReadOnlySpan<byte> Services { get; private init; }

    public ReadOnlySpan<byte> Regexp { get; private init; }

    public DnsName Replacement { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out NaptrData data)
    {
        data = default;
        if (!rdata.TryUInt16(out var order) || !rdata.TryUInt16(out var preference) || !rdata.TryString(out var flags) || !rdata.TryString(out var services)
            || !rdata.TryString(out var regexp) || !rdata.TryName(out var replacement) || !rdata.TryEnd())
        {
            return false;
        }

        data = new NaptrData
        {
            Order = order,
            Preference = preference,
            Flags = flags,
            Services = services,
            Regexp = regexp,
            Replacement = replacement,
        };
        return true;
    }
}

/// <summary>URI (RFC 7553 4.5).</summary>
public readonly ref struct UriData
{
    public ushort Priority { get; private init; }

    public ushort Weight { get; private init; }

    public ReadOnlySpan<byte> Target { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out UriData data)
    {
        data = default;
        if (!rdata.TryUInt16(out var priority) || !rdata.TryUInt16(out var weight) || !rdata.TryRest(out var target))
        {
            return false;
        }

        data = new UriData { Priority = priority, Weight = weight, Target = target };
        return true;
    }
}
