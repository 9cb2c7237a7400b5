// Hashing for tables whose keys strangers choose: keyed, quick, and the same words give the same hash for as long as the process lives.

using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Eider.Core;

/// <summary>Folds words into 64 bits by multiplication. Nobody outside knows the key, so nobody can choose what collides.</summary>
internal static class KeyedHash
{
    private const ulong Multiplier = 0x9e37_79b9_7f4a_7c15; // 2^64 / golden ratio: odd, its bits are well mixed

    /// <summary>What a hash begins with.</summary>
    public static readonly ulong Key = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    private static readonly ulong SecondKey = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong hash, ulong word)
    {
        var high = Math.BigMul(hash ^ word ^ 0xd6e8_feb8_6659_fd93, Multiplier, out var low);
        return high ^ low;
    }

    /// <summary>Two words by one multiplication. Each meets a factor that nobody outside knows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong hash, ulong one, ulong other) => Mix(hash, one, other, SecondKey);

    /// <param name="second">Secret as <paramref name="hash"/> is.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong hash, ulong one, ulong other, ulong second)
    {
        var high = Math.BigMul(hash ^ one, other ^ second, out var low);
        return high ^ low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong hash, IpAddress address) => Mix(hash, (ulong)(address.Value >> 64), (ulong)address.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong hash, Endpoint endpoint) => Mix(Mix(hash, endpoint.Port), endpoint.Address);

    public static ulong Of(ReadOnlySpan<byte> octets)
    {
        var hash = Mix(Key, (ulong)octets.Length);
        while (octets.Length >= 2 * sizeof(ulong))
        {
            hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(octets), BinaryPrimitives.ReadUInt64LittleEndian(octets[sizeof(ulong)..]));
            octets = octets[(2 * sizeof(ulong))..];
        }

        if (octets.Length >= sizeof(ulong))
        {
            hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(octets));
            octets = octets[sizeof(ulong)..];
        }

        var tail = 0UL;
        foreach (var octet in octets)
        {
            tail = (tail << 8) | octet;
        }

        return Mix(hash, tail);
    }
}
