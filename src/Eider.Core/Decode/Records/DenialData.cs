// Decode: data of the records that prove what does not exist, and the type bitmaps in them.

namespace Eider.Core.Decode.Records;

/// <summary>NSEC (RFC 4034 4.1).</summary>
public readonly ref struct NsecData
{
    public DnsName NextName { get; private init; }

    public TypeBitmap Types { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out NsecData data)
    {
        data = default;
        if (!rdata.TryName(out var next) || !TypeBitmap.TryRead(ref rdata, out var types))
        {
            return false;
        }

        data = new NsecData { NextName = next, Types = types };
        return true;
    }
}

/// <summary>NSEC3 and, without the last two fields, NSEC3PARAM (RFC 5155 3.2, 4.2).</summary>
public readonly ref struct Nsec3Data
{
    public byte HashAlgorithm { get; private init; }

    public byte Flags { get; private init; }

    public ushort Iterations { get; private init; }

    public ReadOnlySpan<byte> Salt { get; private init; }

    public ReadOnlySpan<byte> NextHash { get; private init; }

    public TypeBitmap Types { get; private init; }

    public static bool TryRead(scoped ref RdataReader rdata, out Nsec3Data data)
    {
        data = default;
        if (!rdata.TryByte(out var algorithm) || !rdata.TryByte(out var flags) || !rdata.TryUInt16(out var iterations) || !rdata.TryString(out var salt))
        {
            return false;
        }

        ReadOnlySpan<byte> next = default;
        TypeBitmap types = default;
        if (rdata.Type == RecordType.NSEC3PARAM ? !rdata.TryEnd() : !rdata.TryString(out next) || !TypeBitmap.TryRead(ref rdata, out types))
        {
            return false;
        }

        data = new Nsec3Data { HashAlgorithm = algorithm, Flags = flags, Iterations = iterations, Salt = salt, NextHash = next, Types = types };
        return true;
    }
}

/// <summary>The types a name has (RFC 4034 4.1.2): windows of 256 types, each with a bitmap of up to 32 octets.</summary>
public readonly ref struct TypeBitmap
{
    private readonly ReadOnlySpan<byte> _windows;

    private TypeBitmap(ReadOnlySpan<byte> windows) => _windows = windows;

    public Enumerator GetEnumerator() => new(_windows);

    internal static bool TryRead(scoped ref RdataReader rdata, out TypeBitmap types)
    {
        types = default;
        var whole = rdata;
        var last = -1;
        while (rdata.Left > 0)
        {
            var at = rdata.Offset;
            if (!rdata.TryByte(out var window) || !rdata.TryByte(out var length))
            {
                return false;
            }

            if (window <= last)
            {
                return rdata.Fail(new DnsFault(FaultKind.BitmapWindowOrder, at, window, rdata.Type));
            }

            if (length is 0 or > 32)
            {
                return rdata.Fail(new DnsFault(FaultKind.BitmapLength, at + 1, length, rdata.Type));
            }

            if (!rdata.TryOctets(length, out _))
            {
                return false;
            }

            last = window;
        }

        types = new TypeBitmap(whole.Rest());
        return true;
    }

    /// <summary>The types in ascending order.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _windows;
        private int _bit = -1;

        internal Enumerator(ReadOnlySpan<byte> windows) => _windows = windows;

        public ushort Current { get; private set; }

        public bool MoveNext()
        {
            while (!_windows.IsEmpty)
            {
                while (++_bit < _windows[1] * 8)
                {
                    if ((_windows[2 + _bit / 8] & (0x80 >> (_bit % 8))) != 0)
                    {
                        Current = (ushort)((_windows[0] << 8) | _bit);
                        return true;
                    }
                }

                _windows = _windows[(2 + _windows[1])..];
                _bit = -1;
            }

            return false;
        }
    }
}
