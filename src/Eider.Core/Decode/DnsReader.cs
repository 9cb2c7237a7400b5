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
    private readonly ReadOnlySpan<byte> _message;
    private DnsFault _fault;
    private Section _section;
    private int _done;
    private int _offset;

    // Nearly every owner name is a pointer to the question's name or to the same place as the one before: checked once.
    private int _firstName;
    private int _firstNameLength;
    private int _lastTarget;
    private int _lastTargetLength;

    public DnsReader(ReadOnlySpan<byte> message)
    {
        _message = message;
        Header = new DnsHeader(message);
        _offset = DnsHeader.Length;
        if (message.Length < DnsHeader.Length)
        {
            _offset = message.Length;
            _fault = new DnsFault(FaultKind.HeaderCut, message.Length, message.Length);
        }
    }

    public DnsHeader Header { get; }

    /// <summary>Where reading stopped and why; <see cref="FaultKind.None"/> as long as all is well.</summary>
    public readonly DnsFault Fault => _fault;

    /// <summary>Where the next question or record begins, or the message ends.</summary>
    public readonly int Offset => _offset;

    /// <summary>False after the last question, and on a fault.</summary>
    public bool TryReadQuestion(out Question question)
    {
        question = default;
        if (_section != Section.Question || _done >= Header.QuestionCount || !TryBegin(out var name, out var at))
        {
            return false;
        }

        if (at + 4 > _message.Length)
        {
            _fault = new DnsFault(FaultKind.QuestionCut, at);
            return false;
        }

        question = new Question
        {
            Name = name,
            Type = BinaryPrimitives.ReadUInt16BigEndian(_message[at..]),
            Class = BinaryPrimitives.ReadUInt16BigEndian(_message[(at + 2)..]),
        };
        _offset = at + 4;
        _done++;
        return true;
    }

    /// <summary>The next record of whatever section; questions not yet read are passed over. False after the last record, and on a fault.</summary>
    public bool TryReadRecord(out ResourceRecord record)
    {
        if (_section == Section.Question)
        {
            while (TryReadQuestion(out _))
            {
            }
        }

        while (_done >= Header.Count(_section))
        {
            if (_section == Section.Additional)
            {
                record = default;
                return false;
            }

            _section++;
            _done = 0;
        }

        if (!TryBegin(out var name, out var at))
        {
            record = default;
            return false;
        }

        if (!TryReadFields(at, name, out record))
        {
            return false;
        }

        _offset = record.DataOffset + record.DataLength;
        _done++;
        return true;
    }

    private bool TryReadFields(int at, DnsName name, out ResourceRecord record)
    {
        var fields = _message[at..];
        if (fields.Length < 10)
        {
            record = default;
            _fault = new DnsFault(FaultKind.RecordCut, at, fields.Length);
            return false;
        }

        var type = BinaryPrimitives.ReadUInt16BigEndian(fields);
        var length = BinaryPrimitives.ReadUInt16BigEndian(fields[8..]);
        if (length > fields.Length - 10)
        {
            record = default;
            _fault = new DnsFault(FaultKind.RdataPastEnd, at + 8, length, (type << 16) | (fields.Length - 10));
            return false;
        }

        record = new ResourceRecord
        {
            Section = _section,
            Name = name,
            Type = type,
            Class = BinaryPrimitives.ReadUInt16BigEndian(fields[2..]),
            Ttl = BinaryPrimitives.ReadUInt32BigEndian(fields[4..]),
            Message = _message,
            DataOffset = at + 10,
            DataLength = length,
        };
        return true;
    }

    /// <summary>The name that begins a question or record.</summary>
    private bool TryBegin(out DnsName name, out int end)
    {
        name = default;
        end = _offset;
        if (!_fault.IsNone)
        {
            return false;
        }

        if (_offset >= _message.Length)
        {
            _fault = new DnsFault(FaultKind.CountBeyondEnd, _offset, Header.Count(_section), ((int)_section << 16) | _done);
            return false;
        }

        if (_offset + 1 < _message.Length && _message[_offset] >= 0xc0)
        {
            return TryBeginByPointer(out name, out end);
        }

        if (!DnsName.TryRead(_message, _offset, _message.Length, 0, out name, out end, out _fault))
        {
            return false;
        }

        if (_firstName == 0)
        {
            (_firstName, _firstNameLength) = (_offset, name.WireLength);
        }

        return true;
    }

    private bool TryBeginByPointer(out DnsName name, out int end)
    {
        var target = ((_message[_offset] & 0x3f) << 8) | _message[_offset + 1];
        end = _offset + 2;
        var known = target == 0 ? 0 : target == _firstName ? _firstNameLength : target == _lastTarget ? _lastTargetLength : 0;
        if (known != 0)
        {
            name = new DnsName(_message, _offset, known, isCompressed: true);
            return true;
        }

        if (!DnsName.TryRead(_message, _offset, _message.Length, 0, out name, out end, out _fault))
        {
            return false;
        }

        (_lastTarget, _lastTargetLength) = (target, name.WireLength);
        return true;
    }
}
