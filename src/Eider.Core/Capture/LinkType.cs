// Link-layer types as capture files number them (draft-ietf-opsawg-pcaplinktype).

namespace Eider.Core.Capture;

public static class LinkType
{
    public const int Null = 0;
    public const int Ethernet = 1;
    public const int Ppp = 9;
    public const int RawBsd = 12;
    public const int RawOpenBsd = 14;
    public const int PppHdlc = 50;
    public const int PppEthernet = 51;
    public const int Raw = 101;
    public const int Ieee80211 = 105;
    public const int Loop = 108;
    public const int LinuxCooked = 113;
    public const int Ieee80211Radiotap = 127;
    public const int Ipv4 = 228;
    public const int Ipv6 = 229;
    public const int LinuxCooked2 = 276;

    /// <summary>Whether <see cref="PacketDissector"/> finds IP packets in frames of this type; others are counted and passed over.</summary>
    public static bool IsRead(int linkType) => linkType is Null or Ethernet or Ppp or RawBsd or RawOpenBsd or PppHdlc or PppEthernet
        or Raw or Loop or LinuxCooked or Ipv4 or Ipv6 or LinuxCooked2;

    /// <summary>For people: <c>Ethernet (1)</c>, or <c>link type 147</c> where there is no name.</summary>
    public static string Describe(int linkType)
    {
        var name = linkType switch
        {
            Null => "BSD loopback",
            Ethernet => "Ethernet",
            Ppp => "PPP",
            RawBsd or RawOpenBsd or Raw => "raw IP",
            PppHdlc => "PPP in HDLC framing",
            PppEthernet => "PPPoE",
            Ieee80211 => "IEEE 802.11",
            Loop => "OpenBSD loopback",
            LinuxCooked => "Linux cooked",
            Ieee80211Radiotap => "IEEE 802.11 with radiotap",
            Ipv4 => "IPv4",
            Ipv6 => "IPv6",
            LinuxCooked2 => "Linux cooked v2",
            _ => null,
        };
        return name is null ? $"link type {linkType}" : $"{name} ({linkType})";
    }
}
