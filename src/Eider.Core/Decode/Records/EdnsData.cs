// Decode: the options of an OPT record (RFC 6891 6.1.2).

using System.Buffers.Binary;

namespace Eider.Core.Decode.Records;

/// <summary>The options, checked to fit. What they mean is checked by <see cref="EdnsCheck"/>.</summary>
public readonly ref struct EdnsData
{
    private readonly ReadOnlySpan<byte> _octets;
    private readonly int _offset;

    private EdnsData(ReadOnlySpan<byte> octets, int offset)
    {
        _octets = octets;
        _offset = offset;
    }

    public Enumerator GetEnumerator() => new(_octets, _offset);

    public static bool TryRead(scoped ref RdataReader rdata, out EdnsData data)
    {
        data = default;
        var whole = rdata;
        while (rdata.Left > 0)
        {
            var at = rdata.Offset;
            if (!rdata.TryUInt16(out var code) || !rdata.TryUInt16(out var length))
            {
                return false;
            }

            if (length > rdata.Left)
            {
                return rdata.Fail(new DnsFault(FaultKind.OptionPastEnd, at, code, length, rdata.Type));
            }

            rdata.TryOctets(length, out _);
        }

        var start = whole.Offset;
        data = new EdnsData(whole.Rest(), start);
        return true;
    }

    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _left;
        private int _offset;

        internal Enumerator(ReadOnlySpan<byte> octets, int offset)
        {
            _left = octets;
            _offset = offset;
        }

        public EdnsOption Current { get; private set; }

        public bool MoveNext()
        {
            if (_left.IsEmpty)
            {
                return false;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(_left[2..]);
            Current = new EdnsOption { Code = BinaryPrimitives.ReadUInt16BigEndian(_left), Value = _left.Slice(4, length), Offset = _offset + 4 };
            _left = _left[(4 + length)..];
            _offset += 4 + length;
            return true;
        }
    }
}

/// <summary>One option; <see cref="EdnsOptionCode"/> has the codes.</summary>
public readonly ref struct EdnsOption
{
    public ushort Code { get; internal init; }

    public ReadOnlySpan<byte> Value { get; internal init; }

    /// <summary>Of the value, from the start of the message.</summary>
    public int Offset { get; internal init; }
}

/// <summary>Client subnet (RFC 7871 6).</summary>
public readonly ref struct ClientSubnet
{
    private const ushort FamilyV4 = 1;
    private const ushort FamilyV6 = 2;

    public ushort Family { get; private init; }

    public byte SourcePrefix { get; private init; }

    public byte ScopePrefix { get; private init; }

    /// <summary>As many octets as the source prefix needs.</summary>
    public ReadOnlySpan<byte> Address { get; private init; }

    /// <summary>Bits of an address of the family; 0 for a family that is not known.</summary>
    public int AddressBits => Family switch
    {
        FamilyV4 => 32,
        FamilyV6 => 128,
        _ => 0,
    };

    /// <summary>False, with the fault, where the option contradicts RFC 7871.</summary>
    public static bool TryRead(in EdnsOption option, bool isResponse, out ClientSubnet subnet, out DnsFault fault)
    {
        subnet = default;
        var value = option.Value;
        if (value.Length < 4)
        {
            fault = new DnsFault(FaultKind.OptionLength, option.Offset, option.Code, value.Length, RecordType.OPT);
            return false;
        }

        subnet = new ClientSubnet
        {
            Family = BinaryPrimitives.ReadUInt16BigEndian(value),
            SourcePrefix = value[2],
            ScopePrefix = value[3],
            Address = value[4..],
        };
        fault = subnet.Check(option.Offset, isResponse);
        return fault.IsNone;
    }

    private DnsFault Check(int at, bool isResponse)
    {
        var needed = (SourcePrefix + 7) / 8;
        var beyond = (byte)(0xff >> (SourcePrefix % 8));
        return true switch
        {
            _ when AddressBits != 0 && SourcePrefix > AddressBits => new(FaultKind.EcsSourcePrefix, at + 2, SourcePrefix, AddressBits, RecordType.OPT),
            _ when AddressBits != 0 && ScopePrefix > AddressBits => new(FaultKind.EcsScopePrefix, at + 3, ScopePrefix, AddressBits, RecordType.OPT),
            _ when ScopePrefix != 0 && !isResponse => new(FaultKind.EcsScopeInQuery, at + 3, ScopePrefix, RecordType.OPT),
            _ when Address.Length != needed => new(FaultKind.EcsAddressLength, at + 4, Address.Length, needed, RecordType.OPT),
            _ when SourcePrefix % 8 != 0 && (Address[^1] & beyond) != 0 => new(FaultKind.EcsAddressBits, at + 3 + needed, SourcePrefix, RecordType.OPT),
            _ => default,
        };
    }
}
