// Decode: the record types, classes, response codes and opcodes of the DNS, by number and by name.

using System.Collections.Frozen;

namespace Eider.Core.Decode;

/// <summary>Record types and question types by their mnemonics (IANA "Resource Record (RR) TYPEs"). A type is a plain 16-bit number everywhere.</summary>
public static class RecordType
{
    public const ushort A = 1;
    public const ushort NS = 2;
    public const ushort MD = 3;
    public const ushort MF = 4;
    public const ushort CNAME = 5;
    public const ushort SOA = 6;
    public const ushort MB = 7;
    public const ushort MG = 8;
    public const ushort MR = 9;
    public const ushort NULL = 10;
    public const ushort WKS = 11;
    public const ushort PTR = 12;
    public const ushort HINFO = 13;
    public const ushort MINFO = 14;
    public const ushort MX = 15;
    public const ushort TXT = 16;
    public const ushort RP = 17;
    public const ushort AFSDB = 18;
    public const ushort AAAA = 28;
    public const ushort LOC = 29;
    public const ushort SRV = 33;
    public const ushort NAPTR = 35;
    public const ushort KX = 36;
    public const ushort DNAME = 39;
    public const ushort OPT = 41;
    public const ushort DS = 43;
    public const ushort SSHFP = 44;
    public const ushort RRSIG = 46;
    public const ushort NSEC = 47;
    public const ushort DNSKEY = 48;
    public const ushort NSEC3 = 50;
    public const ushort NSEC3PARAM = 51;
    public const ushort TLSA = 52;
    public const ushort SMIMEA = 53;
    public const ushort CDS = 59;
    public const ushort CDNSKEY = 60;
    public const ushort SVCB = 64;
    public const ushort HTTPS = 65;
    public const ushort SPF = 99;
    public const ushort TSIG = 250;
    public const ushort IXFR = 251;
    public const ushort AXFR = 252;
    public const ushort ANY = 255;
    public const ushort URI = 256;
    public const ushort CAA = 257;
    public const ushort DLV = 32769;

    private static readonly (ushort Type, string Name)[] Known =
    [
        (A, "A"), (NS, "NS"), (MD, "MD"), (MF, "MF"), (CNAME, "CNAME"), (SOA, "SOA"), (MB, "MB"), (MG, "MG"), (MR, "MR"), (NULL, "NULL"), (WKS, "WKS"),
        (PTR, "PTR"), (HINFO, "HINFO"), (MINFO, "MINFO"), (MX, "MX"), (TXT, "TXT"), (RP, "RP"), (AFSDB, "AFSDB"), (19, "X25"), (20, "ISDN"), (21, "RT"),
        (22, "NSAP"), (23, "NSAP-PTR"), (24, "SIG"), (25, "KEY"), (26, "PX"), (27, "GPOS"), (AAAA, "AAAA"), (LOC, "LOC"), (30, "NXT"), (31, "EID"),
        (32, "NIMLOC"), (SRV, "SRV"), (34, "ATMA"), (NAPTR, "NAPTR"), (KX, "KX"), (37, "CERT"), (38, "A6"), (DNAME, "DNAME"), (40, "SINK"), (OPT, "OPT"),
        (42, "APL"), (DS, "DS"), (SSHFP, "SSHFP"), (45, "IPSECKEY"), (RRSIG, "RRSIG"), (NSEC, "NSEC"), (DNSKEY, "DNSKEY"), (49, "DHCID"), (NSEC3, "NSEC3"),
        (NSEC3PARAM, "NSEC3PARAM"), (TLSA, "TLSA"), (SMIMEA, "SMIMEA"), (55, "HIP"), (56, "NINFO"), (57, "RKEY"), (58, "TALINK"), (CDS, "CDS"),
        (CDNSKEY, "CDNSKEY"), (61, "OPENPGPKEY"), (62, "CSYNC"), (63, "ZONEMD"), (SVCB, "SVCB"), (HTTPS, "HTTPS"), (66, "DSYNC"), (67, "HHIT"), (68, "BRID"),
        (SPF, "SPF"), (100, "UINFO"), (101, "UID"), (102, "GID"), (103, "UNSPEC"), (104, "NID"), (105, "L32"), (106, "L64"), (107, "LP"), (108, "EUI48"),
        (109, "EUI64"), (128, "NXNAME"), (249, "TKEY"), (TSIG, "TSIG"), (IXFR, "IXFR"), (AXFR, "AXFR"), (253, "MAILB"), (254, "MAILA"), (ANY, "ANY"),
        (URI, "URI"), (CAA, "CAA"), (258, "AVC"), (259, "DOA"), (260, "AMTRELAY"), (261, "RESINFO"), (262, "WALLET"), (263, "CLA"), (264, "IPN"),
        (32768, "TA"), (DLV, "DLV"),
    ];

    private static readonly FrozenDictionary<ushort, string> Names = Known.ToFrozenDictionary(known => known.Type, known => known.Name);

    private static readonly FrozenDictionary<string, ushort> Types =
        Known.ToFrozenDictionary(known => known.Name, known => known.Type, StringComparer.OrdinalIgnoreCase);

    /// <summary>The record types that have a mnemonic.</summary>
    public static IReadOnlyDictionary<ushort, string> Mnemonics => Names;

    /// <summary>The mnemonic, or <c>TYPE65534</c> as in RFC 3597 section 5. Allocates only for types without a mnemonic.</summary>
    public static string Name(ushort type) => Names.TryGetValue(type, out var name) ? name : $"TYPE{type}";

    /// <summary>Reads a mnemonic in any case, or <c>TYPEnnn</c>.</summary>
    public static bool TryParse(string text, out ushort type) => Types.TryGetValue(text, out type) || Numbered.TryParse(text, "TYPE", out type);
}

/// <summary>Record and question classes (RFC 1035 3.2.4, RFC 2136 2.4).</summary>
public static class RecordClass
{
    public const ushort IN = 1;
    public const ushort CH = 3;
    public const ushort HS = 4;
    public const ushort NONE = 254;
    public const ushort ANY = 255;

    /// <summary>The mnemonic, or <c>CLASS1232</c> as in RFC 3597 section 5.</summary>
    public static string Name(ushort recordClass) => recordClass switch
    {
        IN => "IN",
        CH => "CH",
        HS => "HS",
        NONE => "NONE",
        ANY => "ANY",
        _ => $"CLASS{recordClass}",
    };
}

/// <summary>Mnemonic, then number: how unnamed types and codes are written.</summary>
internal static class Numbered
{
    public static bool TryParse(string text, string prefix, out ushort number)
    {
        number = 0;
        return text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
            && ushort.TryParse(text.AsSpan(prefix.Length), System.Globalization.NumberStyles.None, null, out number);
    }
}
