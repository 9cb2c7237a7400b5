// Addresses by neighbourhood: what stays the same when a name rotates through its servers, and changes when somebody takes it over.

namespace Eider.Core.Detect;

/// <summary>A place is a /24 of IPv4 or a /48 of IPv6: the smallest prefixes that are routed by themselves. A network is a /16 or a /32: about what one
/// registry hands to one holder.</summary>
internal static class Places
{
    private const ulong V4 = 4UL << 56;
    private const ulong V6 = 6UL << 56;
    private const ulong NameServer = 2UL << 56;

    public static ulong Of(IpAddress address) => address.IsV4 ? V4 | ((uint)address.Value >> 8) : V6 | (ulong)(address.Value >> 80);

    /// <summary>The domain of a name server stands for its place.</summary>
    public static ulong OfNameServer(ulong domainHash) => NameServer | (domainHash >> 8);

    public static ulong NetworkOf(ulong place) => (place >> 56) switch
    {
        4 => place >> 8,
        6 => place >> 16,
        _ => place,
    };

    public static string Text(ulong place)
    {
        var value = place & 0x00ff_ffff_ffff_ffff;
        return (place >> 56) switch
        {
            4 => $"{new IpAddress(new UInt128(0, 0x0000_ffff_0000_0000) | (value << 8))}/24",
            6 => $"{new IpAddress((UInt128)value << 80)}/48",
            _ => "name servers of one domain",
        };
    }
}
