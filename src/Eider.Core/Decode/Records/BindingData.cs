// Decode: data that binds keys, places and signatures of transactions to names.

namespace Eider.Core.Decode.Records;

/// <summary>TLSA and SMIMEA (RFC 6698 2.1, 8162).</summary>
public readonly ref struct TlsaData
{
    public byte Usage { get; private init; }

    public byte Selector { get; private init; }

    public byte MatchingType { get; private init; }

    public ReadOnlySpan<byte> Association { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out TlsaData data)
    {
        data = default;
        if (!rdata.TryByte(out var usage) || !rdata.TryByte(out var selector) || !rdata.TryByte(out var matching) || !rdata.TryRest(out var association))
        {
            return false;
        }

        data = new TlsaData { Usage = usage, Selector = selector, MatchingType = matching, Association = association };
        return true;
    }
}

/// <summary>SSHFP (RFC 4255 3.1).</summary>
public readonly ref struct SshfpData
{
    public byte Algorithm { get; private init; }

    public byte FingerprintType { get; private init; }

    public ReadOnlySpan<byte> Fingerprint { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out SshfpData data)
    {
        data = default;
        if (!rdata.TryByte(out var algorithm) || !rdata.TryByte(out var type) || !rdata.TryRest(out var fingerprint))
        {
            return false;
        }

        data = new SshfpData { Algorithm = algorithm, FingerprintType = type, Fingerprint = fingerprint };
        return true;
    }
}

/// <summary>LOC (RFC 1876 2), the numbers as they are on the wire.</summary>
public readonly ref struct LocationData
{
    /// <summary>Only version 0 has a known meaning.</summary>
    public byte Version { get; private init; }

    /// <summary>Centimetres, as a digit (upper four bits) and a power of ten; the precisions too.</summary>
    public byte Size { get; private init; }

    public byte HorizontalPrecision { get; private init; }

    public byte VerticalPrecision { get; private init; }

    /// <summary>Thousandths of a second of arc north of the equator, plus 2^31.</summary>
    public uint Latitude { get; private init; }

    /// <summary>Thousandths of a second of arc east of the prime meridian, plus 2^31.</summary>
    public uint Longitude { get; private init; }

    /// <summary>Centimetres above 100 km below the WGS 84 spheroid.</summary>
    public uint Altitude { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out LocationData data)
    {
        data = default;
        if (!rdata.TryByte(out var version) || !rdata.TryByte(out var size) || !rdata.TryByte(out var horizontal) || !rdata.TryByte(out var vertical)
            || !rdata.TryUInt32(out var latitude) || !rdata.TryUInt32(out var longitude) || !rdata.TryUInt32(out var altitude) || !rdata.TryEnd())
        {
            return false;
        }

        data = new LocationData
        {
            Version = version,
            Size = size,
            HorizontalPrecision = horizontal,
            VerticalPrecision = vertical,
            Latitude = latitude,
            Longitude = longitude,
            Altitude = altitude,
        };
        return true;
    }
}

/// <summary>TSIG (RFC 8945 4.2).</summary>
public readonly ref struct TsigData
{
    public DnsName Algorithm { get; private init; }

    /// <summary>Seconds since the Unix epoch, 48 bits.</summary>
    public long TimeSigned { get; private init; }

    /// <summary>Seconds of error allowed.</summary>
    public ushort Fudge { get; private init; }

    public ReadOnlySpan<byte> Mac { get; private init; }

    public ushort OriginalId { get; private init; }

    public ushort Error { get; private init; }

    public ReadOnlySpan<byte> Other { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out TsigData data)
    {
        data = default;
        if (!rdata.TryName(out var algorithm) || !rdata.TryUInt16(out var timeHigh) || !rdata.TryUInt32(out var timeLow) || !rdata.TryUInt16(out var fudge)
            || !rdata.TryUInt16(out var macLength) || !rdata.TryOctets(macLength, out var mac) || !rdata.TryUInt16(out var id)
            || !rdata.TryUInt16(out var error) || !rdata.TryUInt16(out var otherLength) || !rdata.TryOctets(otherLength, out var other) || !rdata.TryEnd())
        {
            return false;
        }

        data = new TsigData
        {
            Algorithm = algorithm,
            TimeSigned = ((long)timeHigh << 32) | timeLow,
            Fudge = fudge,
            Mac = mac,
            OriginalId = id,
            Error = error,
            Other = other,
        };
        return true;
    }
}
