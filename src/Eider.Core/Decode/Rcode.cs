// Decode: response codes and opcodes by number and by name (IANA "DNS RCODEs", "DNS OpCodes").

using System.Collections.Frozen;

namespace Eider.Core.Decode;

/// <summary>Response codes, header and extended (RFC 6891 6.1.3) alike.</summary>
public static class Rcode
{
    public const ushort NoError = 0;
    public const ushort FormErr = 1;
    public const ushort ServFail = 2;
    public const ushort NxDomain = 3;
    public const ushort NotImp = 4;
    public const ushort Refused = 5;
    public const ushort BadVers = 16;

    // 16 is BADVERS in an OPT record and BADSIG in a TSIG; a response's own code is the former.
    private static readonly (ushort Code, string Name)[] Known =
    [
        (NoError, "NOERROR"), (FormErr, "FORMERR"), (ServFail, "SERVFAIL"), (NxDomain, "NXDOMAIN"), (NotImp, "NOTIMP"), (Refused, "REFUSED"), (6, "YXDOMAIN"),
        (7, "YXRRSET"), (8, "NXRRSET"), (9, "NOTAUTH"), (10, "NOTZONE"), (11, "DSOTYPENI"), (BadVers, "BADVERS"), (17, "BADKEY"), (18, "BADTIME"),
        (19, "BADMODE"), (20, "BADNAME"), (21, "BADALG"), (22, "BADTRUNC"), (23, "BADCOOKIE"),
    ];

    private static readonly FrozenDictionary<ushort, string> Names = Known.ToFrozenDictionary(known => known.Code, known => known.Name);

    private static readonly FrozenDictionary<string, ushort> Codes =
        Known.ToFrozenDictionary(known => known.Name, known => known.Code, StringComparer.OrdinalIgnoreCase);

    /// <summary>The codes that have a mnemonic.</summary>
    public static IReadOnlyDictionary<ushort, string> Mnemonics => Names;

    /// <summary>The mnemonic, or <c>RCODE15</c>. Allocates only for codes without a mnemonic.</summary>
    public static string Name(ushort rcode) => Names.TryGetValue(rcode, out var name) ? name : $"RCODE{rcode}";

    /// <summary>The mnemonic of the error field of a TSIG record.</summary>
    internal static string TsigName(ushort error) => error == BadVers ? "BADSIG" : Name(error);

    /// <summary>Reads a mnemonic in any case, or <c>RCODEnnn</c>.</summary>
    public static bool TryParse(string text, out ushort rcode) => Codes.TryGetValue(text, out rcode) || Numbered.TryParse(text, "RCODE", out rcode);
}

/// <summary>Kinds of message (RFC 1035 4.1.1, 1996, 2136, 8490).</summary>
public static class Opcode
{
    public const byte Query = 0;
    public const byte IQuery = 1;
    public const byte Status = 2;
    public const byte Notify = 4;
    public const byte Update = 5;
    public const byte Dso = 6;

    /// <summary>The mnemonic, or <c>OPCODE15</c>.</summary>
    public static string Name(byte opcode) => opcode switch
    {
        Query => "QUERY",
        IQuery => "IQUERY",
        Status => "STATUS",
        Notify => "NOTIFY",
        Update => "UPDATE",
        Dso => "DSO",
        _ => $"OPCODE{opcode}",
    };
}
