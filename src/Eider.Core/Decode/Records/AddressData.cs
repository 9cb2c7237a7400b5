// Decode: data of A and AAAA.

namespace Eider.Core.Decode.Records;

/// <summary>A (RFC 1035 3.4.1) and AAAA (RFC 3596 2.2).</summary>
public readonly ref struct AddressData
{
    /// <summary>4 or 16.</summary>
    public ReadOnlySpan<byte> Octets { get; private init; }

    public IpAddress Address => IpAddress.FromOctets(Octets);

    public static bool TryRead(scoped ref RdataReader rdata, out AddressData data)
    {
        data = default;
        if (!rdata.TryOctets(rdata.Type == RecordType.A ? 4 : 16, out var octets) || !rdata.TryEnd())
        {
            return false;
        }

        data = new AddressData { Octets = octets };
        return true;
    }
}
