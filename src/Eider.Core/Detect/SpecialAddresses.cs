// Addresses that mean something only where they are used: no public name should lead to them.

namespace Eider.Core.Detect;

/// <summary>From the IANA special-purpose address registries (RFC 6890).</summary>
internal static class SpecialAddresses
{
    private static readonly UInt128 Nat64Prefix = new(0x0064_ff9b_0000_0000, 0);

    /// <summary>What kind of local address it is, e.g. <c>loopback</c>; null for one of the whole Internet. The unspecified addresses are not among
    /// them: resolvers that block names answer with these.</summary>
    public static string? KindOf(IpAddress address)
    {
        if (address.IsV4)
        {
            return KindOfV4((uint)address.Value);
        }

        if (address.Value >> 32 == Nat64Prefix >> 32)
        {
            // RFC 6052 2.1: the IPv4 address that a translator will go to.
            return KindOfV4((uint)address.Value);
        }

        return (ushort)(address.Value >> 112) switch
        {
            0 when address.Value == 1 => "loopback",
            >= 0xfe80 and <= 0xfebf => "link-local",
            >= 0xfec0 and <= 0xfeff => "site-local",
            >= 0xfc00 and <= 0xfdff => "unique local",
            _ => null,
        };
    }

    private static string? KindOfV4(uint address) => (address >> 24) switch
    {
        10 => "private",
        127 => "loopback",
        100 when address >> 22 == (100u << 2 | 1) => "shared",
        169 when address >> 16 == (169u << 8 | 254) => "link-local",
        172 when address >> 20 == (172u << 4 | 1) => "private",
        192 when address >> 16 == (192u << 8 | 168) => "private",
        _ => null,
    };
}
