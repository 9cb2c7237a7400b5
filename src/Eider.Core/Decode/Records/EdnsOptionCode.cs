// Decode: names of EDNS options (IANA "DNS EDNS0 Option Codes") and of extended errors (IANA "Extended DNS Error Codes").

namespace Eider.Core.Decode.Records;

public static class EdnsOptionCode
{
    public const ushort UpdateLease = 2;
    public const ushort Nsid = 3;
    public const ushort Dau = 5;
    public const ushort Dhu = 6;
    public const ushort N3u = 7;
    public const ushort ClientSubnet = 8;
    public const ushort Expire = 9;
    public const ushort Cookie = 10;
    public const ushort Keepalive = 11;
    public const ushort Padding = 12;
    public const ushort Chain = 13;
    public const ushort KeyTag = 14;
    public const ushort ExtendedError = 15;
    public const ushort ReportChannel = 18;
    public const ushort ZoneVersion = 19;

    /// <summary>The registered name, or <c>OPT65001</c>.</summary>
    public static string Name(ushort code) => code switch
    {
        1 => "LLQ",
        UpdateLease => "UL",
        Nsid => "NSID",
        Dau => "DAU",
        Dhu => "DHU",
        N3u => "N3U",
        ClientSubnet => "ECS",
        Expire => "EXPIRE",
        Cookie => "COOKIE",
        Keepalive => "KEEPALIVE",
        Padding => "PADDING",
        Chain => "CHAIN",
        KeyTag => "KEYTAG",
        ExtendedError => "EDE",
        ReportChannel => "REPORT-CHANNEL",
        ZoneVersion => "ZONEVERSION",
        _ => $"OPT{code}",
    };

    /// <summary>The lengths of value that the option allows, in words.</summary>
    internal static string Lengths(ushort code) => code switch
    {
        UpdateLease => "4 or 8",
        ClientSubnet => "4 or more",
        Expire => "0 or 4",
        Cookie => "8 or 16 to 40",
        Keepalive => "0 or 2",
        KeyTag => "a multiple of 2",
        ExtendedError => "2 or more",
        ZoneVersion => "0 or 2 and more",
        _ => "one name",
    };
}

/// <summary>RFC 8914 section 4 and later registrations.</summary>
public static class ExtendedError
{
    private static readonly string[] Names =
    [
        "Other Error", "Unsupported DNSKEY Algorithm", "Unsupported DS Digest Type", "Stale Answer", "Forged Answer", "DNSSEC Indeterminate", "DNSSEC Bogus",
        "Signature Expired", "Signature Not Yet Valid", "DNSKEY Missing", "RRSIGs Missing", "No Zone Key Bit Set", "NSEC Missing", "Cached Error", "Not Ready",
        "Blocked", "Censored", "Filtered", "Prohibited", "Stale NXDOMAIN Answer", "Not Authoritative", "Not Supported", "No Reachable Authority",
        "Network Error", "Invalid Data", "Signature Expired before Valid", "Too Early", "Unsupported NSEC3 Iterations Value", "Unable to conform to policy",
        "Synthesized", "Invalid Query Type",
    ];

    /// <summary>The registered name; null for a code without one.</summary>
    public static string? Name(ushort code) => code < Names.Length ? Names[code] : null;
}
