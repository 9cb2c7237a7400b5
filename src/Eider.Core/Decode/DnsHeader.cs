// Decode: the twelve octets every DNS message begins with.

using System.Buffers.Binary;

namespace Eider.Core.Decode;

/// <summary>The parts of a message, in wire order. In an UPDATE they are zone, prerequisite, update and additional (RFC 2136 2).</summary>
public enum Section : byte
{
    Question,
    Answer,
    Authority,
    Additional,
}

/// <summary>RFC 1035 4.1.1. Of a message that ends inside its header, the fields that are whole are read and the others are 0.</summary>
public readonly struct DnsHeader
{
    public const int Length = 12;

    public DnsHeader(ReadOnlySpan<byte> message)
    {
        Id = Field(message, 0);
        Flags = Field(message, 2);
        QuestionCount = Field(message, 4);
        AnswerCount = Field(message, 6);
        AuthorityCount = Field(message, 8);
        AdditionalCount = Field(message, 10);
    }

    public ushort Id { get; }

    /// <summary>The 16 bits from QR to RCODE.</summary>
    public ushort Flags { get; }

    public ushort QuestionCount { get; }

    public ushort AnswerCount { get; }

    public ushort AuthorityCount { get; }

    public ushort AdditionalCount { get; }

    public bool IsResponse => (Flags & 0x8000) != 0;

    public byte Opcode => (byte)((Flags >> 11) & 0xf);

    public bool Authoritative => (Flags & 0x0400) != 0;

    public bool Truncated => (Flags & 0x0200) != 0;

    public bool RecursionDesired => (Flags & 0x0100) != 0;

    public bool RecursionAvailable => (Flags & 0x0080) != 0;

    public bool AuthenticData => (Flags & 0x0020) != 0;

    public bool CheckingDisabled => (Flags & 0x0010) != 0;

    /// <summary>The low four bits; an OPT record may carry eight more (<see cref="DnsSummary.Rcode"/>).</summary>
    public byte Rcode => (byte)(Flags & 0xf);

    public ushort Count(Section section) => section switch
    {
        Section.Question => QuestionCount,
        Section.Answer => AnswerCount,
        Section.Authority => AuthorityCount,
        _ => AdditionalCount,
    };

    private static ushort Field(ReadOnlySpan<byte> message, int offset) =>
        message.Length >= offset + 2 ? BinaryPrimitives.ReadUInt16BigEndian(message[offset..]) : (ushort)0;
}
