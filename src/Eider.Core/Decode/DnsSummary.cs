// Decode: one message in one value: what the pipeline needs of every message, and whether anything about it is wrong.

using Eider.Core.Decode.Records;

namespace Eider.Core.Decode;

/// <summary>What a DNS message says of itself and asks. Where the message is malformed, what could be read before the fault is here all the same.</summary>
public readonly struct DnsSummary
{
    /// <summary>Null when the message ends before it.</summary>
    public ushort? Id { get; private init; }

    /// <summary>The 16 bits from QR to RCODE; 0 when the message ends before them.</summary>
    public ushort Flags { get; private init; }

    public bool IsResponse => (Flags & 0x8000) != 0;

    public byte Opcode => (byte)((Flags >> 11) & 0xf);

    /// <summary>The TC bit.</summary>
    public bool Truncated => (Flags & 0x0200) != 0;

    /// <summary>With the eight upper bits of the OPT record where there is one (RFC 6891 6.1.3).</summary>
    public ushort Rcode { get; private init; }

    public ushort QuestionCount { get; private init; }

    public ushort AnswerCount { get; private init; }

    public ushort AuthorityCount { get; private init; }

    public ushort AdditionalCount { get; private init; }

    /// <summary>Of the first question, as <see cref="DnsEvent.Name"/> describes it; null when there is no readable question, as are the next two.</summary>
    public string? Name { get; private init; }

    public ushort? QueryType { get; private init; }

    public ushort? QueryClass { get; private init; }

    /// <summary>Hash of <see cref="Name"/> in lower case with the seed of the name cache: for joins. 0 when there is no readable question.</summary>
    public ulong NameHash { get; private init; }

    /// <summary>The UDP payload size the sender's OPT record offers; null without one.</summary>
    public ushort? UdpPayloadSize { get; private init; }

    /// <summary>The DO bit of the OPT record.</summary>
    public bool DnssecOk { get; private init; }

    /// <summary>Octets after the last record. Not a fault: some senders pad; but a tunnel can live there.</summary>
    public int TrailingOctets { get; private init; }

    /// <summary>The first fault; null for a message that is right, or right as far as it was captured.</summary>
    public Malformed? Malformed { get; private init; }

    /// <summary>Reads the whole message, the data of every known record type included. Allocates nothing for a right message whose name is cached.</summary>
    /// <param name="message">Without the TCP length prefix.</param>
    /// <param name="names">Of the calling thread.</param>
    /// <param name="cut">The message was sent whole but captured in part: that it ends early is no fault of it.</param>
    /// <param name="multicast">mDNS, where several questions in one message are usual (RFC 6762 5.3).</param>
    public static DnsSummary Read(ReadOnlySpan<byte> message, NameCache names, bool cut = false, bool multicast = false)
    {
        var reader = new DnsReader(message);
        var header = reader.Header;
        var findings = default(Findings);
        if (header.QuestionCount > 1 && header.Opcode == Decode.Opcode.Query && !multicast)
        {
            // RFC 9619 section 4: a receiver treats it as a format error.
            findings.Note(new DnsFault(FaultKind.SeveralQuestions, 4, header.QuestionCount));
        }

        var asked = reader.TryReadQuestion(out var question);
        var name = asked ? names.Get(question.Name) : default;
        ReadRecords(ref reader, ref findings);
        if (!(cut && reader.Fault.IsPastEnd))
        {
            findings.Note(reader.Fault);
        }

        return new DnsSummary
        {
            Id = message.Length >= 2 ? header.Id : null,
            Flags = header.Flags,
            Rcode = (ushort)(header.Rcode | (findings.Edns >> 24 << 4)),
            QuestionCount = header.QuestionCount,
            AnswerCount = header.AnswerCount,
            AuthorityCount = header.AuthorityCount,
            AdditionalCount = header.AdditionalCount,
            Name = name.Text,
            QueryType = asked ? question.Type : null,
            QueryClass = asked ? question.Class : null,
            NameHash = name.FoldedHash,
            UdpPayloadSize = findings.HasEdns ? findings.UdpPayloadSize : null,
            DnssecOk = (findings.Edns & 0x8000) != 0,
            TrailingOctets = reader.Fault.IsNone && !cut ? message.Length - reader.Offset : 0,
            Malformed = findings.First.IsNone ? null : findings.First.ToMalformed(),
        };
    }

    private static void ReadRecords(ref DnsReader reader, ref Findings findings)
    {
        var signature = 0;
        while (reader.TryReadRecord(out var record))
        {
            if (signature != 0)
            {
                findings.Note(new DnsFault(FaultKind.TsigNotLast, signature));
            }

            if (record.Type == RecordType.OPT)
            {
                NoteOpt(record, ref findings);
            }
            else if (record.Type == RecordType.TSIG)
            {
                signature = record.Name.Offset;
            }

            if (findings.First.IsNone)
            {
                findings.Note(RecordCheck.Check(record, reader.Header.IsResponse));
            }
        }
    }

    private static void NoteOpt(in ResourceRecord record, ref Findings findings)
    {
        if (record.Section != Section.Additional)
        {
            findings.Note(new DnsFault(FaultKind.OptMisplaced, record.Name.Offset));
        }
        else if (findings.HasEdns)
        {
            findings.Note(new DnsFault(FaultKind.OptTwice, record.Name.Offset));
        }
        else
        {
            (findings.HasEdns, findings.Edns, findings.UdpPayloadSize) = (true, record.Ttl, record.Class);
            findings.Note(record.Name.IsRoot ? default : new DnsFault(FaultKind.OptNotRoot, record.Name.Offset));
        }
    }

    /// <summary>What walking the records brings up.</summary>
    private struct Findings
    {
        public DnsFault First;
        public bool HasEdns;
        public uint Edns;
        public ushort UdpPayloadSize;

        public void Note(DnsFault fault) => First = First.IsNone ? fault : First;
    }
}
