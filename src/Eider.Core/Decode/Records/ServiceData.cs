// Decode: data of SVCB and HTTPS (RFC 9460).

using System.Buffers.Binary;

namespace Eider.Core.Decode.Records;

/// <summary>SVCB and HTTPS (RFC 9460 2.2). In alias mode (priority 0) the parameters mean nothing and are only checked to fit.</summary>
public readonly ref struct ServiceData
{
    public ushort Priority { get; private init; }

    public DnsName Target { get; private init; }

    public SvcParams Params { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out ServiceData data)
    {
        data = default;
        if (!rdata.TryUInt16(out var priority) || !rdata.TryName(out var target))
        {
            return false;
        }

        var whole = rdata;
        if (!SvcParamCheck.Check(ref rdata, isAlias: priority == 0))
        {
            return false;
        }

        data = new ServiceData { Priority = priority, Target = target, Params = new SvcParams(whole.Rest()) };
        return true;
    }
}

/// <summary>Checked parameters in wire order, which is ascending by key.</summary>
public readonly ref struct SvcParams
{
    private readonly ReadOnlySpan<byte> _octets;

    internal SvcParams(ReadOnlySpan<byte> octets) => _octets = octets;

    public bool IsEmpty => _octets.IsEmpty;

    public Enumerator GetEnumerator() => new(_octets);

    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _left;

        internal Enumerator(ReadOnlySpan<byte> octets) => _left = octets;

        public SvcParam Current { get; private set; }

        public bool MoveNext()
        {
            if (_left.IsEmpty)
            {
                return false;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(_left[2..]);
            Current = new SvcParam { Key = BinaryPrimitives.ReadUInt16BigEndian(_left), Value = _left.Slice(4, length) };
            _left = _left[(4 + length)..];
            return true;
        }
    }
}

/// <summary>One parameter; <see cref="SvcParamKey"/> has the keys.</summary>
public readonly ref struct SvcParam
{
    public ushort Key { get; internal init; }

    public ReadOnlySpan<byte> Value { get; internal init; }
}
