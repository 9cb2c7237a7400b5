// Decode: what can be done with an uncompressed wire name: read it out, compare it without regard to case.

using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Eider.Core.Decode;

/// <summary>Works on whole, checked, uncompressed names: length-prefixed labels up to and including the root's zero.</summary>
public static class WireNames
{
    private const ulong Ones = 0x0101_0101_0101_0101;

    /// <summary>Presentation form as <see cref="DnsEvent.Name"/> describes it; <c>\.</c> and <c>\\</c> for a dot and a backslash inside a label.</summary>
    public static string ToText(ReadOnlySpan<byte> wire)
    {
        Span<char> text = stackalloc char[4 * DnsName.MaxWireLength];
        return new string(text[..Format(wire, text)]);
    }

    /// <summary>Writes the presentation form; <paramref name="text"/> needs 4 characters for each octet at worst.</summary>
    /// <returns>Characters written.</returns>
    public static int Format(ReadOnlySpan<byte> wire, Span<char> text)
    {
        var to = 0;
        var at = 0;
        while (wire[at] != 0)
        {
            foreach (var octet in wire.Slice(at + 1, wire[at]))
            {
                to += Escape(octet, text[to..]);
            }

            at += wire[at] + 1;
            text[to++] = '.';
        }

        if (to == 0)
        {
            text[0] = '.';
            return 1;
        }

        return to - 1;
    }

    /// <summary>Copies with A to Z in lower case; length octets are below 64, so they stay as they are (RFC 4343 3).</summary>
    public static void Fold(ReadOnlySpan<byte> wire, Span<byte> folded)
    {
        for (var i = 0; i < wire.Length; i++)
        {
            var octet = wire[i];
            folded[i] = octet is >= (byte)'A' and <= (byte)'Z' ? (byte)(octet | 0x20) : octet;
        }
    }

    /// <summary>Hash of the name in lower case; see <see cref="DnsName.FoldedHash"/>.</summary>
    public static ulong FoldedHash(ReadOnlySpan<byte> wire, ulong seed)
    {
        var hash = KeyedHash.Mix(seed, (ulong)wire.Length);
        if (wire.Length >= 8)
        {
            var (at, second) = (0, KeyedHash.Mix(seed, ~seed));
            for (; at < wire.Length - 16; at += 16)
            {
                hash = KeyedHash.Mix(hash, Folded(wire[at..]), Folded(wire[(at + 8)..]), second);
            }

            // The last words may overlap those before them: the length, which is in the hash, says by how much.
            return wire.Length - at > 8 ? KeyedHash.Mix(hash, Folded(wire[at..]), Folded(wire[^8..]), second) : KeyedHash.Mix(hash, Folded(wire[^8..]));
        }

        var tail = 0UL;
        for (var i = wire.Length - 1; i >= 0; i--)
        {
            tail = (tail << 8) | wire[i];
        }

        return KeyedHash.Mix(hash, FoldWord(tail));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Folded(ReadOnlySpan<byte> wire) => FoldWord(BinaryPrimitives.ReadUInt64LittleEndian(wire));

    private static int Escape(byte octet, Span<char> text)
    {
        if (octet is (byte)'.' or (byte)'\\')
        {
            text[0] = '\\';
            text[1] = (char)octet;
            return 2;
        }

        if (octet is > 0x20 and < 0x7f)
        {
            text[0] = (char)octet;
            return 1;
        }

        text[0] = '\\';
        text[1] = (char)('0' + octet / 100);
        text[2] = (char)('0' + octet / 10 % 10);
        text[3] = (char)('0' + octet % 10);
        return 4;
    }

    /// <summary>Lower-cases the eight octets of a word at once: an octet's top bit in <c>upper</c> is set where the octet is A to Z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong FoldWord(ulong word)
    {
        var low = word & (0x7f * Ones);
        var upper = (low + ((0x80 - 'A') * Ones)) & ~(low + ((0x7f - 'Z') * Ones)) & ~word & (0x80 * Ones);
        return word | (upper >> 2);
    }
}
