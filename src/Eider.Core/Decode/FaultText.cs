// Decode: faults in words. Plain, specific, one line; the offset is said beside them.

using Eider.Core.Decode.Records;

namespace Eider.Core.Decode;

internal static class FaultText
{
    public static string Describe(in DnsFault fault) => fault.Kind switch
    {
        <= FaultKind.PointerChain => OfStructure(fault),
        <= FaultKind.TsigNotLast => OfMessage(fault),
        <= FaultKind.BitmapLength => OfRdata(fault),
        <= FaultKind.SvcNoDefaultAlpnAlone => OfService(fault),
        _ => OfOption(fault),
    };

    private static string OfStructure(in DnsFault fault) => fault.Kind switch
    {
        FaultKind.HeaderCut => $"the message has {Octets(fault.First)}, a header has {DnsHeader.Length}",
        FaultKind.CountBeyondEnd => $"the header counts {Entries(fault.First, (Section)(fault.Second >> 16))}, the message ends after {fault.Second & 0xffff}",
        FaultKind.QuestionCut => "the message ends inside the type and class of a question",
        FaultKind.RecordCut => $"the message ends inside the fixed fields of a record, {Octets(fault.First)} of 10",
        FaultKind.RdataPastEnd => $"rdata length {fault.First} of a record of type {RecordType.Name((ushort)(fault.Second >> 16))} runs past the end of the message, "
            + $"{Octets(fault.Second & 0xffff)} are left",
        FaultKind.NamePastEnd => $"a name runs past the end of {Container(fault)}",
        FaultKind.LabelPastEnd => $"a label runs {Octets(fault.First)} past the end of {Container(fault)}",
        FaultKind.PointerCut => $"a compression pointer runs past the end of {Container(fault)}",
        FaultKind.NameTooLong => $"a name is longer than {DnsName.MaxWireLength} octets",
        FaultKind.NameOverlapsItself => "a compression pointer leads to a name that does not end before the pointer's own name",
        FaultKind.ReservedLabelType => $"reserved label type {(fault.First >> 6 == 1 ? "01" : "10")} (octet 0x{fault.First:x2})",
        FaultKind.PointerForward => $"compression pointer forward to octet {fault.First}",
        FaultKind.PointerLoop => $"compression pointer loop: it points to octet {fault.First}, into its own name",
        FaultKind.PointerIntoHeader => $"compression pointer to octet {fault.First}, into the header",
        _ => "a name with more than 127 compression pointers",
    };

    private static string OfMessage(in DnsFault fault) => fault.Kind switch
    {
        FaultKind.SeveralQuestions => $"{fault.First} questions in one message",
        FaultKind.OptTwice => "a second OPT record",
        FaultKind.OptNotRoot => "the OPT record's owner name is not the root",
        FaultKind.OptMisplaced => "an OPT record outside the additional section",
        _ => "a TSIG record that is not the last record",
    };

    private static string OfRdata(in DnsFault fault)
    {
        var type = RecordType.Name(fault.Type);
        return fault.Kind switch
        {
            FaultKind.RdataTooShort => $"rdata of {type} is too short: {Octets(fault.First)}",
            FaultKind.RdataTooLong => $"rdata of {type} is too long: {Octets(fault.First)}, {fault.Second} too many",
            FaultKind.RdataEmpty => $"rdata of {type} is empty",
            FaultKind.StringPastEnd => $"a string of {Octets(fault.First)} runs past the end of the rdata of {type}, {fault.Second} are left",
            FaultKind.EmptyField => $"rdata of {type} ends where its last field should be",
            FaultKind.EmptyTag => $"tag of {type} is empty",
            FaultKind.DigestLength => $"digest of {type} has {Octets(fault.First)}, its algorithm makes {fault.Second}",
            FaultKind.BitmapWindowOrder => $"type bitmap window {fault.First} of {type} is not above the window before it",
            _ => $"type bitmap of {type} has a window of {Octets(fault.First)}, not 1 to 32",
        };
    }

    private static string OfService(in DnsFault fault)
    {
        var type = RecordType.Name(fault.Type);
        var key = SvcParamKey.Name((ushort)fault.First);
        return fault.Kind switch
        {
            FaultKind.SvcParamOrder => $"{type} parameter {key} is out of order or given twice",
            FaultKind.SvcParamPastEnd => $"{type} parameter {key} of {Octets(fault.Second)} runs past the end of the rdata",
            FaultKind.SvcParamLength => $"{type} parameter {key} has a value of {Octets(fault.Second)}, not {SvcParamKey.Lengths((ushort)fault.First)}",
            FaultKind.SvcAlpnId => $"{type} parameter alpn has a protocol id of {Octets(fault.First)}, {fault.Second} are left",
            FaultKind.SvcMandatoryAbsent => $"{type} parameter {key} is mandatory but absent",
            FaultKind.SvcMandatoryOrder => $"{type} parameter mandatory names {key} out of order, twice or although it may not",
            _ => $"{type} parameter no-default-alpn without alpn",
        };
    }

    private static string OfOption(in DnsFault fault) => fault.Kind switch
    {
        FaultKind.OptionPastEnd => $"EDNS option {EdnsOptionCode.Name((ushort)fault.First)} of {Octets(fault.Second)} runs past the end of the rdata of OPT",
        FaultKind.OptionLength =>
            $"EDNS option {EdnsOptionCode.Name((ushort)fault.First)} has {Octets(fault.Second)}, not {EdnsOptionCode.Lengths((ushort)fault.First)}",
        FaultKind.EcsSourcePrefix => $"ECS source prefix /{fault.First} is longer than an address of {fault.Second} bits",
        FaultKind.EcsScopePrefix => $"ECS scope prefix /{fault.First} is longer than an address of {fault.Second} bits",
        FaultKind.EcsScopeInQuery => $"ECS scope prefix /{fault.First} in a query",
        FaultKind.EcsAddressLength => $"ECS address has {Octets(fault.First)}, its source prefix needs {fault.Second}",
        _ => $"ECS address has bits set beyond its source prefix /{fault.First}",
    };

    private static string Container(in DnsFault fault) => fault.Type == 0 ? "the message" : $"the rdata of {RecordType.Name(fault.Type)}";

    private static string Octets(int count) => count == 1 ? "1 octet" : $"{count} octets";

    private static string Entries(int count, Section section) => section switch
    {
        Section.Question => count == 1 ? "1 question" : $"{count} questions",
        Section.Answer => count == 1 ? "1 answer" : $"{count} answers",
        Section.Authority => count == 1 ? "1 authority record" : $"{count} authority records",
        _ => count == 1 ? "1 additional record" : $"{count} additional records",
    };
}
