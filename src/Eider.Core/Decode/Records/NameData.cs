// Decode: data that is one or two names, perhaps after a number.

namespace Eider.Core.Decode.Records;

/// <summary>CNAME, NS, PTR, DNAME, MB, MD, MF, MG, MR (RFC 1035 3.3, 6672).</summary>
public readonly ref struct TargetData
{
    public DnsName Target { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out TargetData data)
    {
        data = default;
        if (!rdata.TryName(out var target) || !rdata.TryEnd())
        {
            return false;
        }

        data = new TargetData { Target = target };
        return true;
    }
}

/// <summary>MX (RFC 1035 3.3.9), KX (RFC 2230), AFSDB (RFC 1183): a 16-bit number and a name.</summary>
public readonly ref struct ExchangeData
{
    /// <summary>The lowest is preferred; of AFSDB the subtype.</summary>
    public ushort Preference { get; private init; }

    public DnsName Exchange { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out ExchangeData data)
    {
        data = default;
        if (!rdata.TryUInt16(out var preference) || !rdata.TryName(out var exchange) || !rdata.TryEnd())
        {
            return false;
        }

        data = new ExchangeData { Preference = preference, Exchange = exchange };
        return true;
    }
}

/// <summary>RP (RFC 1183 2.2) and MINFO (RFC 1035 3.3.7): two names.</summary>
public readonly ref struct NamePairData
{
    public DnsName First { get; private init; }

    public DnsName Second { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out NamePairData data)
    {
        data = default;
        if (!rdata.TryName(out var first) || !rdata.TryName(out var second) || !rdata.TryEnd())
        {
            return false;
        }

        data = new NamePairData { First = first, Second = second };
        return true;
    }
}

/// <summary>SRV (RFC 2782).</summary>
public readonly ref struct SrvData
{
    public ushort Priority { get; private init; }

    public ushort Weight { get; private init; }

    public ushort Port { get; private init; }

    public DnsName Target { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out SrvData data)
    {
        data = default;
        if (!rdata.TryUInt16(out var priority) || !rdata.TryUInt16(out var weight) || !rdata.TryUInt16(out var port) || !rdata.TryName(out var target)
            || !rdata.TryEnd())
        {
            return false;
        }

        data = new SrvData { Priority = priority, Weight = weight, Port = port, Target = target };
        return true;
    }
}

/// <summary>SOA (RFC 1035 3.3.13). Times are seconds.</summary>
public readonly ref struct SoaData
{
    public DnsName PrimaryServer { get; private init; }

    public DnsName Mailbox { get; private init; }

    public uint Serial { get; private init; }

    public uint Refresh { get; private init; }

    public uint Retry { get; private init; }

    public uint Expire { get; private init; }

    /// <summary>Limits how long a negative answer is kept (RFC 2308 4).</summary>
    public uint Minimum { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out SoaData data)
    {
        data = default;
        if (!rdata.TryName(out var primary) || !rdata.TryName(out var mailbox) || !rdata.TryUInt32(out var serial) || !rdata.TryUInt32(out var refresh)
            || !rdata.TryUInt32(out var retry) || !rdata.TryUInt32(out var expire) || !rdata.TryUInt32(out var minimum) || !rdata.TryEnd())
        {
            return false;
        }

        data = new SoaData
        {
            PrimaryServer = primary,
            Mailbox = mailbox,
            Serial = serial,
            Refresh = refresh,
            Retry = retry,
            Expire = expire,
            Minimum = minimum,
        };
        return true;
    }
}
