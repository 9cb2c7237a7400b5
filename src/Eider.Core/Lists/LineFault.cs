// Why something in a list gave no name. Values, since every list has such lines; each is counted and shown.

namespace Eider.Core.Lists;

public enum LineFault : byte
{
    None,

    LocalHost,
    ZoneHeader,

    Address,
    Url,
    BadOctet,
    EmptyLabel,
    LabelTooLong,
    NameTooLong,
    NotIdna,
    EveryName,
    InnerWildcard,
    OutsideZone,
    LineTooLong,
    NotInFormat,

    OwnAddress,
    CosmeticRule,
    UrlRule,
    Expression,
    PartialName,
    Modifier,
    AddressTrigger,
    ServerTrigger,
    ClientTrigger,
    OtherName,
    RecordType,
    Directive,
    Forwarding,
    LocalData,
    ZoneType,
    OtherOption,
}

public enum FaultKind : byte
{
    /// <summary>Nothing that was meant to be blocked.</summary>
    Ignored,

    /// <summary>Wrong in any list of this format.</summary>
    Refused,

    /// <summary>Right, but nothing that can be decided by a query's name.</summary>
    Unsupported,
}

public static class LineFaults
{
    public static FaultKind Kind(this LineFault fault) => fault switch
    {
        LineFault.LocalHost or LineFault.ZoneHeader => FaultKind.Ignored,
        < LineFault.OwnAddress => FaultKind.Refused,
        _ => FaultKind.Unsupported,
    };

    /// <summary>For a person, without a full stop.</summary>
    public static string Text(this LineFault fault) => fault switch
    {
        LineFault.LocalHost => "names of the machine itself",
        LineFault.ZoneHeader => "the zone's own records and directives",
        LineFault.Address => "an address or a number where a name belongs",
        LineFault.Url => "a URL where a name belongs; lists of names hold no paths, schemes or ports",
        LineFault.BadOctet => "a character that names do not have",
        LineFault.EmptyLabel => "an empty label: no name, two dots in a row or a dot in front",
        LineFault.LabelTooLong => "a label longer than 63 octets",
        LineFault.NameTooLong => "a name longer than 253 octets",
        LineFault.NotIdna => "letters beyond ASCII that have no A-label; write the name as xn--…",
        LineFault.EveryName => "a rule for every name there is; use \"default: deny\" in a policy",
        LineFault.InnerWildcard => "a wildcard that is not the first label",
        LineFault.OutsideZone => "an absolute name outside the zone, or in a zone whose own name is not known; add $ORIGIN",
        LineFault.LineTooLong => "a line longer than 64 KiB",
        LineFault.NotInFormat => "not a line of this format",
        LineFault.OwnAddress => "a name with an address of its own, which is not blocked",
        LineFault.CosmeticRule => "a rule about parts of a page",
        LineFault.UrlRule => "a rule about a URL",
        LineFault.Expression => "a regular expression",
        LineFault.PartialName => "a rule about a part of a name",
        LineFault.Modifier => "a rule that holds under conditions (a modifier after $)",
        LineFault.AddressTrigger => "a trigger on answered addresses (rpz-ip)",
        LineFault.ServerTrigger => "a trigger on name servers (rpz-nsdname, rpz-nsip)",
        LineFault.ClientTrigger => "a trigger on clients (rpz-client-ip); use a policy's subjects",
        LineFault.OtherName => "an answer with another name (CNAME)",
        LineFault.RecordType => "an answer that is neither an address nor an action",
        LineFault.Directive => "a directive that brings in more ($INCLUDE, $GENERATE)",
        LineFault.Forwarding => "a name that is forwarded to a server",
        LineFault.LocalData => "answers of the server's own (local-data)",
        LineFault.ZoneType => "a local-zone type that neither blocks nor allows",
        LineFault.OtherOption => "an option that is not about blocked names",
        _ => "",
    };
}
