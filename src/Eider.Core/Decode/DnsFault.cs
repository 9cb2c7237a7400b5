// Decode: what can be wrong with a message. A fault is a small value, so that finding one costs nothing until somebody reads it.

namespace Eider.Core.Decode;

/// <summary>Kinds of fault; <see cref="DnsFault.ToMalformed"/> has the words for each.</summary>
public enum FaultKind : byte
{
    None,

    // The message cannot be read beyond these.
    HeaderCut,
    CountBeyondEnd,
    QuestionCut,
    RecordCut,
    RdataPastEnd,
    NamePastEnd,
    LabelPastEnd,
    PointerCut,
    NameTooLong,
    NameOverlapsItself,
    ReservedLabelType,
    PointerForward,
    PointerLoop,
    PointerIntoHeader,
    PointerChain,

    // The message as a whole is wrong, its parts can still be read.
    SeveralQuestions,
    OptTwice,
    OptNotRoot,
    OptMisplaced,
    TsigNotLast,

    // One record's data is wrong, those around it can still be read.
    RdataTooShort,
    RdataTooLong,
    RdataEmpty,
    StringPastEnd,
    EmptyField,
    EmptyTag,
    DigestLength,
    BitmapWindowOrder,
    BitmapLength,
    SvcParamOrder,
    SvcParamPastEnd,
    SvcParamLength,
    SvcAlpnId,
    SvcMandatoryAbsent,
    SvcMandatoryOrder,
    SvcNoDefaultAlpnAlone,
    OptionPastEnd,
    OptionLength,
    EcsSourcePrefix,
    EcsScopePrefix,
    EcsScopeInQuery,
    EcsAddressLength,
    EcsAddressBits,
}

/// <summary>One fault and where it is.</summary>
/// <param name="Offset">Octets from the start of the message.</param>
/// <param name="First">A number the words need, by kind.</param>
/// <param name="Second">Another.</param>
/// <param name="Type">The record type whose data has the fault; 0 where it is the message that has it.</param>
public readonly record struct DnsFault(FaultKind Kind, int Offset, int First = 0, int Second = 0, ushort Type = 0)
{
    public DnsFault(FaultKind kind, int offset, int first, ushort type)
        : this(kind, offset, first, 0, type)
    {
    }

    public bool IsNone => Kind == FaultKind.None;

    /// <summary>True where the fault is that the message ends too early: no fault of a message that the capture cut.</summary>
    public bool IsPastEnd => Type == 0
        && Kind is FaultKind.HeaderCut or FaultKind.CountBeyondEnd or FaultKind.QuestionCut or FaultKind.RecordCut or FaultKind.RdataPastEnd
            or FaultKind.NamePastEnd or FaultKind.LabelPastEnd or FaultKind.PointerCut;

    public Malformed ToMalformed() => new(FaultText.Describe(this), Offset);
}
