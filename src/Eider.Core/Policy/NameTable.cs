// Names as the kernel looks them up: fingerprints in buckets of one cache line, filled in place in the map's own memory.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Eider.Core.Policy;

/// <summary>One bucket: 48 bits of hash and 16 bits of set id a slot; 0 is empty. struct eider_bucket of bpf/abi.h.</summary>
[InlineArray(Slots)]
public struct NameBucket
{
    public const int Slots = 8;

    private ulong _first;
}

[InlineArray(2)]
internal struct Multipliers
{
    private ulong _first;
}

/// <summary>struct eider_names of bpf/abi.h: stands in bucket 0, and in the side that the table belongs to.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NamesHeader
{
    public ulong Seed;
    public Multipliers Multiplier;
    public uint Buckets;
    public uint Pad;
    private readonly ulong _padding1;
    private readonly ulong _padding2;
    private readonly ulong _padding3;
    private readonly ulong _padding4;
}

/// <summary>Merges the sets of a name that stands in several lists.</summary>
/// <param name="held">The set id in the table.</param>
/// <param name="added">The set id that comes to it.</param>
/// <returns>The id of the set that holds the members of both; 1 to 65,535.</returns>
public delegate ushort SetUnion(ushort held, ushort added);

public enum AddResult
{
    Added,

    /// <summary>It was there already.</summary>
    Merged,

    /// <summary>A label is empty or too long, or the name is.</summary>
    NotAName,

    /// <summary>No room near its place: the table is too small for what it is to hold.</summary>
    Full,
}

/// <summary>A writer over the memory of a table of names. Not thread-safe; the kernel must not be using the table yet.</summary>
public readonly ref struct NameTable
{
    /// <summary>A name is in one of so many buckets side by side: EIDER_BUCKET_PROBES of bpf/abi.h.</summary>
    public const int Probes = 16;

    private const ulong FingerprintMask = ~0xffffUL;

    private readonly Span<NameBucket> buckets;
    private readonly NameKeys keys;

    /// <param name="memory">Header and buckets, all zero.</param>
    public NameTable(Span<NameBucket> memory, NameKeys keys)
    {
        this.keys = keys;
        buckets = memory[1..];
        ref var header = ref Unsafe.As<NameBucket, NamesHeader>(ref memory[0]);
        header.Seed = keys.Seed;
        header.Multiplier[0] = keys.Multiplier1;
        header.Multiplier[1] = keys.Multiplier2;
        header.Buckets = (uint)buckets.Length;
    }

    /// <summary>Buckets, header included, for so many names: filled to five eighths, a name takes 13 octets and almost always one cache line. Fuller, a search
    /// that finds nothing walks on too often.</summary>
    public static int BucketsFor(long names) => checked((int)Math.Max(2, (names * 8 / (5 * NameBucket.Slots)) + 2));

    /// <summary>Adds a name to a set. A name that is there already gets the union of both sets.</summary>
    /// <param name="name">As <see cref="NameHash.TryOf"/> takes it.</param>
    /// <param name="set">1 to 65,535.</param>
    public AddResult Add(ReadOnlySpan<byte> name, ushort set, SetUnion union) =>
        NameHash.TryOf(name, keys, out var hash) ? Add(hash, set, union) : AddResult.NotAName;

    /// <summary>The set of a name, or 0.</summary>
    public ushort Find(ReadOnlySpan<byte> name)
    {
        if (!NameHash.TryOf(name, keys, out var hash))
        {
            return 0;
        }

        var fingerprint = hash << 16;
        var index = Home(hash);
        for (var probe = 0; probe < Probes; probe++)
        {
            foreach (var slot in buckets[index])
            {
                if (slot == 0 || ((slot ^ fingerprint) & FingerprintMask) == 0)
                {
                    return (ushort)slot;
                }
            }

            index = index + 1 == buckets.Length ? 0 : index + 1;
        }

        return 0;
    }

    private int Home(ulong hash) => (int)(((hash >> 32) * (ulong)buckets.Length) >> 32);

    private AddResult Add(ulong hash, ushort set, SetUnion union)
    {
        var fingerprint = hash << 16;
        var index = Home(hash);
        for (var probe = 0; probe < Probes; probe++)
        {
            foreach (ref var slot in (Span<ulong>)buckets[index])
            {
                if (slot == 0)
                {
                    slot = fingerprint | set;
                    return AddResult.Added;
                }

                if (((slot ^ fingerprint) & FingerprintMask) == 0)
                {
                    slot = fingerprint | union((ushort)slot, set);
                    return AddResult.Merged;
                }
            }

            index = index + 1 == buckets.Length ? 0 : index + 1;
        }

        return AddResult.Full;
    }
}
