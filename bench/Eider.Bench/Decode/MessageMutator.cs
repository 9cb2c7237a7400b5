// Makes new messages from known ones: what fuzzing feeds on.

using System.Buffers.Binary;

namespace Eider.Bench.Decode;

/// <summary>Deterministic for a seed. Not thread-safe.</summary>
internal sealed class MessageMutator(byte[][] seeds, int seed)
{
    private const int Longest = 65_535;

    /// <summary>Edges of lengths, label types, pointers and counts.</summary>
    private static readonly byte[] Edges = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xfe, 0xff, 12, 16, 41];

    private readonly Random _random = new(seed);
    private readonly byte[] _buffer = new byte[Longest];
    private int _length;

    /// <summary>The message that <see cref="Next"/> gave last; stable until it is called again.</summary>
    public ReadOnlySpan<byte> Last => _buffer.AsSpan(0, _length);

    public ReadOnlySpan<byte> Next()
    {
        var known = seeds[_random.Next(seeds.Length)];
        _length = Math.Min(known.Length, Longest);
        known.AsSpan(0, _length).CopyTo(_buffer);
        if (_random.Next(64) == 0)
        {
            _length = _random.Next(600);
            _random.NextBytes(_buffer.AsSpan(0, _length));
        }

        for (var changes = _random.Next(1, 5); changes > 0; changes--)
        {
            Change();
        }

        return Last;
    }

    private void Change()
    {
        switch (_random.Next(9))
        {
            case 0:
                _length = _random.Next(_length + 1);
                break;
            case 1:
                Set(Place(), (byte)_random.Next(256));
                break;
            case 2:
                Set(Place(), Edges[_random.Next(Edges.Length)]);
                break;
            case 3:
                Flip(Place());
                break;
            case 4:
                SetPointer(Place());
                break;
            case 5:
                Set(4 + _random.Next(8), (byte)_random.Next(4));
                break;
            case 6:
                Insert(Place(), _random.Next(1, 40));
                break;
            case 7:
                Remove(Place(), _random.Next(1, 40));
                break;
            default:
                Splice();
                break;
        }
    }

    private int Place() => _random.Next(_length + 1);

    private void Set(int at, byte octet)
    {
        if (at < _length)
        {
            _buffer[at] = octet;
        }
    }

    private void Flip(int at) => Set(at, (byte)((at < _length ? _buffer[at] : 0) ^ (1 << _random.Next(8))));

    private void SetPointer(int at)
    {
        if (at + 2 <= _length)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(at), (ushort)(0xc000 | _random.Next(Math.Min(at + 8, 0x4000))));
        }
    }

    /// <summary>Repeats octets from elsewhere in the message.</summary>
    private void Insert(int at, int count)
    {
        count = Math.Min(count, Math.Min(_length, Longest - _length));
        var from = _random.Next(_length - count + 1);
        Span<byte> copy = stackalloc byte[count];
        _buffer.AsSpan(from, count).CopyTo(copy);
        _buffer.AsSpan(at, _length - at).CopyTo(_buffer.AsSpan(at + count));
        copy.CopyTo(_buffer.AsSpan(at));
        _length += count;
    }

    private void Remove(int at, int count)
    {
        count = Math.Min(count, _length - at);
        _buffer.AsSpan(at + count, _length - at - count).CopyTo(_buffer.AsSpan(at));
        _length -= count;
    }

    /// <summary>Goes on with the tail of another message.</summary>
    private void Splice()
    {
        var other = seeds[_random.Next(seeds.Length)];
        var at = Place();
        var from = _random.Next(other.Length + 1);
        var count = Math.Min(other.Length - from, Longest - at);
        other.AsSpan(from, count).CopyTo(_buffer.AsSpan(at));
        _length = at + count;
    }
}
