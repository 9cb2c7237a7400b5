// The arithmetic of bpf/lib/names.h: what the kernel makes of a name's labels, made here of the names in lists and policies.

using System.Buffers.Binary;

namespace Eider.Core.Policy;

/// <summary>Secrets that key a table of names; fresh for each table, so that nobody can make a name that collides with another.</summary>
/// <param name="Multiplier1">Odd.</param>
/// <param name="Multiplier2">Odd.</param>
public readonly record struct NameKeys(ulong Seed, ulong Multiplier1, ulong Multiplier2)
{
    /// <param name="secret">Gives 64 bits that nobody can guess, others each time.</param>
    public static NameKeys From(Func<ulong> secret) => new(secret(), secret() | 1, secret() | 1);
}

/// <summary>Hashes names in presentation form without escapes, as lists hold them after conversion to A-labels.</summary>
public static class NameHash
{
    private const int MaxLabelLength = 63;
    private const int MaxNameLength = 253;
    private const int WordSize = sizeof(ulong);

    /// <param name="name">Any case; labels of 1 to 63 ASCII octets between dots; no trailing dot.</param>
    /// <param name="hash">What the kernel folds the same labels to.</param>
    /// <returns>False where it is no such name.</returns>
    public static bool TryOf(ReadOnlySpan<byte> name, in NameKeys keys, out ulong hash)
    {
        hash = keys.Seed;
        if (name.IsEmpty || name.Length > MaxNameLength)
        {
            return false;
        }

        while (true)
        {
            var dot = name.LastIndexOf((byte)'.');
            var label = name[(dot + 1)..];
            if (label.IsEmpty || label.Length > MaxLabelLength)
            {
                return false;
            }

            hash = Mix(hash, OfLabel(label, keys), keys);
            if (dot < 0)
            {
                return true;
            }

            name = name[..dot];
        }
    }

    /// <summary>A whole name at once, as the kernel hashes those that are denied in response to alerts (bpf/lib/respond.h).</summary>
    /// <param name="wire">In lower case, with the root's octet.</param>
    internal static ulong OfWire(ReadOnlySpan<byte> wire, in NameKeys keys)
    {
        var hash = keys.Seed ^ (ulong)wire.Length;
        Span<byte> word = stackalloc byte[WordSize];
        for (; wire.Length > 0; wire = wire[Math.Min(WordSize, wire.Length)..])
        {
            word.Clear();
            wire[..Math.Min(WordSize, wire.Length)].CopyTo(word);
            hash = Mix(hash, LowerCase(BinaryPrimitives.ReadUInt64LittleEndian(word)), keys);
        }

        return hash;
    }

    private static ulong OfLabel(ReadOnlySpan<byte> label, in NameKeys keys)
    {
        var hash = keys.Seed ^ (ulong)label.Length;
        while (label.Length > WordSize)
        {
            hash = Mix(hash, LowerCase(BinaryPrimitives.ReadUInt64LittleEndian(label)), keys);
            label = label[WordSize..];
        }

        ulong last = 0;
        for (var octet = label.Length - 1; octet >= 0; octet--)
        {
            last = (last << 8) | label[octet];
        }

        return Mix(hash, LowerCase(last), keys);
    }

    private static ulong LowerCase(ulong word)
    {
        const ulong Every = 0x0101010101010101;
        var lowBits = word & (Every * 0x7f);
        var fromA = lowBits + Every * (0x80 - 'A');
        var pastZ = lowBits + Every * (0x7f - 'Z');
        var upper = (fromA ^ pastZ) & ~word & (Every * 0x80);
        return word | (upper >> 2);
    }

    private static ulong Mix(ulong hash, ulong word, in NameKeys keys)
    {
        hash = (hash ^ word) * keys.Multiplier1;
        hash = (hash ^ (hash >> 32)) * keys.Multiplier2;
        return hash ^ (hash >> 29);
    }
}
