// Decode: walks a message from front to back. Never throws, never allocates, never reads an octet twice for more than a name's length.

using System.Buffers.Binary;

namespace Eider.Core.Decode;

/// <summary>RFC 1035 4.1.2. Points into the message.</summary>
public readonly ref struct Question
{
    public DnsName Name { get; internal init; }

    public ushort Type { get; internal init; }

    /// <summary>In mDNS the top bit asks for a unicast response (RFC 6762 5.4).</summary>
    public ushort Class { get; internal init; }
}

/// <summary>RFC 1035 4.1.3. Points into the message; the data is whole, but only the readers in <see cref="Records"/> say whether it is right.</summary>
public readonly ref struct ResourceRecord
{
    public Section Section { get; internal init; }

    public DnsName Name { get; internal init; }

    public ushort Type { get; internal init; }

    /// <summary>Of an OPT record the UDP payload size; in mDNS the top bit says that the set is whole (RFC 6762 10.2).</summary>
    public ushort Class { get; internal init; }

    /// <summary>Seconds; of an OPT record its flags.</summary>
    public uint Ttl { get; internal init; }

    /// <summary>The whole message: names in the data may point back into it.</summary>
    internal ReadOnlySpan<byte> Message { get; init; }

    internal int DataOffset { get; init; }

    internal int DataLength { get; init; }

    public ReadOnlySpan<byte> Data => Message.Slice(DataOffset, DataLength);
}

/// <summary>Reads header, questions and records of one message (without the TCP length prefix) in order. On a fault it stops there:
/// what came before has been delivered, <see cref="Fault"/> says what is wrong.</summary>
public ref struct DnsReader
{
    private readonly ReadOnlySpan<byte> message;
    private DnsFault fault;
    private Section section;
    private int done;
    private int offset;

    // Nearly every owner name is a pointer to the question's name or to the same place as the one before: checked once.
    private int firstName;
    private int firstNameLength;
    private int lastTarget;
    private int lastTargetLength;

    public DnsReader(ReadOnlySpan<byte> message)
    {
        this.message = message;
        Header = new DnsHeader(message);
        offset = DnsHeader.Length;
        if (message.Length < DnsHeader.Length)
        {
            offset = message.Length;
            fault = new DnsFault(FaultKind.HeaderCut, message.Length, message.Length);
        }
    }

    public DnsHeader Header { get; }

    /// <summary>Where reading stopped and why; <see cref="FaultKind.None"/> as long as all is well.</summary>
    public readonly DnsFault Fault => fault;

    /// <summary>Where the next question or record begins, or the message ends.</summary>
    public readonly int Offset => offset;

    /// <summary>The section of the next record and how many of its records have been read.</summary>
    public readonly (Section Section, int Done) Place => (section, done);

    /// <summary>False after the last question, and on a fault.</summary>
    public bool TryReadQuestion(out Question question)
    {
        question = default;
        if (section != Section.Question || done >= Header.QuestionCount || !TryBegin(out var name, out var at))
        {
            return false;
        }

        if (at + 4 > message.Length)
        {
            fault = new DnsFault(FaultKind.QuestionCut, at);
            return false;
        }

        question = new Question
        {
            Name = name,
            Type = BinaryPrimitives.ReadUInt16BigEndian(message[at..]),
            Class = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]),
        };
        offset = at + 4;
        done++;
        return true;
    }

    /// <summary>The next record of whatever section; questions not yet read are passed over. False after the last record, and on a fault.</summary>
    public bool TryReadRecord(out ResourceRecord record)
    {
        record = default;
        if (section == Section.Question)
        {
            while (TryReadQuestion(out _))
            {
            }
        }

        while (done >= Header.Count(section))
        {
            if (section == Section.Additional)
            {
                return false;
            }

            section++;
            done = 0;
        }

        if (!TryBegin(out var name, out var at) || !TryReadFields(at, name, out record))
        {
            return false;
        }

        offset = record.DataOffset + record.DataLength;
        done++;
        return true;
    }

    private bool TryReadFields(int at, DnsName name, out ResourceRecord record)
    {
        record = default;
        var fields = message[at..];
        if (fields.Length < 10)
        {
            fault = new DnsFault(FaultKind.RecordCut, at, fields.Length);
            return false;
        }

        var type = BinaryPrimitives.ReadUInt16BigEndian(fields);
        var length = BinaryPrimitives.ReadUInt16BigEndian(fields[8..]);
        if (length > fields.Length - 10)
        {
            fault = new DnsFault(FaultKind.RdataPastEnd, at + 8, length, (type << 16) | (fields.Length - 10));
            return false;
        }

        record = new ResourceRecord
        {
            Section = section,
            Name = name,
            Type = type,
            Class = BinaryPrimitives.ReadUInt16BigEndian(fields[2..]),
            Ttl = BinaryPrimitives.ReadUInt32BigEndian(fields[4..]),
            Message = message,
            DataOffset = at + 10,
            DataLength = length,
        };
        return true;
    }

    /// <summary>The name that begins a question or record.</summary>
    private bool TryBegin(out DnsName name, out int end)
    {
        name = default;
        end = offset;
        if (!fault.IsNone)
        {
            return false;
        }

        if (offset >= message.Length)
        {
            fault = new DnsFault(FaultKind.CountBeyondEnd, offset, Header.Count(section), ((int)section << 16) | done);
            return false;
        }

        if (offset + 1 < message.Length && message[offset] >= 0xc0)
        {
            return TryBeginByPointer(out name, out end);
        }

        if (!DnsName.TryRead(message, offset, message.Length, 0, out name, out end, out fault))
        {
            return false;
        }

        if (firstName == 0)
        {
            (firstName, firstNameLength) = (offset, name.WireLength);
        }

        return true;
    }

    private bool TryBeginByPointer(out DnsName name, out int end)
    {
        var target = ((message[offset] & 0x3f) << 8) | message[offset + 1];
        end = offset + 2;
        var known = target == 0 ? 0 : target == firstName ? firstNameLength : target == lastTarget ? lastTargetLength : 0;
        if (known != 0)
        {
            name = new DnsName(message, offset, known, isCompressed: true);
            return true;
        }

        if (!DnsName.TryRead(message, offset, message.Length, 0, out name, out end, out fault))
        {
            return false;
        }

        (lastTarget, lastTargetLength) = (target, name.WireLength);
        return true;
    }
}
