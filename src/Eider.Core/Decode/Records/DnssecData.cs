// Decode: data of the records DNSSEC signs and is signed with.

namespace Eider.Core.Decode.Records;

/// <summary>DS, CDS and DLV (RFC 4034 5.1, 7344, 4431).</summary>
public readonly ref struct DsData
{
    public ushort KeyTag { get; private init; }

    public byte Algorithm { get; private init; }

    public byte DigestType { get; private init; }

    public ReadOnlySpan<byte> Digest { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out DsData data)
    {
        data = default;
        if (!rdata.TryUInt16(out var tag) || !rdata.TryByte(out var algorithm) || !rdata.TryByte(out var digestType))
        {
            return false;
        }

        var at = rdata.Offset;
        if (!rdata.TryRest(out var digest))
        {
            return false;
        }

        if (DigestLength(digestType) is var expected and not 0 && digest.Length != expected)
        {
            return rdata.Fail(new DnsFault(FaultKind.DigestLength, at, digest.Length, expected, rdata.Type));
        }

        data = new DsData { KeyTag = tag, Algorithm = algorithm, DigestType = digestType, Digest = digest };
        return true;
    }

    /// <summary>SHA-1, SHA-256, GOST R 34.11-94, SHA-384; 0 for a digest whose length is not known here.</summary>
    private static int DigestLength(byte digestType) => digestType switch
    {
        1 => 20,
        2 or 3 => 32,
        4 => 48,
        _ => 0,
    };
}

/// <summary>DNSKEY and CDNSKEY (RFC 4034 2.1, 7344).</summary>
public readonly ref struct DnskeyData
{
    public ushort Flags { get; private init; }

    /// <summary>Always 3.</summary>
    public byte Protocol { get; private init; }

    public byte Algorithm { get; private init; }

    public ReadOnlySpan<byte> PublicKey { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out DnskeyData data)
    {
        data = default;
        if (!rdata.TryUInt16(out var flags) || !rdata.TryByte(out var protocol) || !rdata.TryByte(out var algorithm) || !rdata.TryRest(out var key))
        {
            return false;
        }

        data = new DnskeyData { Flags = flags, Protocol = protocol, Algorithm = algorithm, PublicKey = key };
        return true;
    }
}

/// <summary>RRSIG (RFC 4034 3.1).</summary>
public readonly ref struct RrsigData
{
    public ushort TypeCovered { get; private init; }

    public byte Algorithm { get; private init; }

    public byte Labels { get; private init; }

    public uint OriginalTtl { get; private init; }

    /// <summary>Seconds since the Unix epoch, modulo 2^32; <see cref="Inception"/> too.</summary>
    public uint Expiration { get; private init; }

    public uint Inception { get; private init; }

    public ushort KeyTag { get; private init; }

    public DnsName Signer { get; private init; }

    public ReadOnlySpan<byte> Signature { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out RrsigData data)
    {
        data = default;
        if (!rdata.TryUInt16(out var covered) || !rdata.TryByte(out var algorithm) || !rdata.TryByte(out var labels) || !rdata.TryUInt32(out var ttl)
            || !rdata.TryUInt32(out var expiration) || !rdata.TryUInt32(out var inception) || !rdata.TryUInt16(out var tag)
            || !rdata.TryName(out var signer) || !rdata.TryRest(out var signature))
        {
            return false;
        }

        data = new RrsigData
        {
            TypeCovered = covered,
            Algorithm = algorithm,
            Labels = labels,
            OriginalTtl = ttl,
            Expiration = expiration,
            Inception = inception,
            KeyTag = tag,
            Signer = signer,
            Signature = signature,
        };
        return true;
    }
}
