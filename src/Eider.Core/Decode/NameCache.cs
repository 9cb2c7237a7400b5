// Decode: names seen lately as strings, so that a name asked a thousand times is built once.

using System.Runtime.CompilerServices;

namespace Eider.Core.Decode;

/// <summary>A name as text and as the hash of its lower-case form.</summary>
public readonly record struct CachedName(string Text, ulong FoldedHash);

/// <summary>A cache of fixed size from wire names (exact case) to their text. A flood of unique names displaces entries but never grows it: at most
/// <see cref="Capacity"/> names of at most 255 octets. Names that nobody asks again are displaced first. Not thread-safe.</summary>
public sealed class NameCache
{
    public const int DefaultCapacity = 4096;

    /// <summary>Entries that one hash may choose from. Spellings of one name share them, so 0x20 randomisation floods only its own set.</summary>
    private const int Ways = 4;

    /// <summary>A text longer than this (a name of mostly unprintable octets) is not kept; it bounds the memory of a hostile flood.</summary>
    private const int LongestText = DnsName.MaxWireLength;

    private readonly Entry[] _entries;
    private readonly ulong _setMask;
    private readonly ulong _seed;

    /// <param name="seed">Secret, so that nobody can choose names that displace others; also the seed of every <see cref="CachedName.FoldedHash"/>.</param>
    /// <param name="capacity">Names to keep, rounded up to a power of two.</param>
    public NameCache(ulong seed, int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, Ways);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1 << 24);
        Capacity = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity);
        _entries = new Entry[Capacity];
        _setMask = (ulong)(Capacity / Ways) - 1;
        _seed = seed;
    }

    public int Capacity { get; }

    /// <summary>The seed that two hashes must share to be compared.</summary>
    public ulong Seed => _seed;

    /// <summary>The name's text; allocates only where the name is not in the cache.</summary>
    [SkipLocalsInit]
    public CachedName Get(DnsName name)
    {
        Span<byte> scratch = stackalloc byte[DnsName.MaxWireLength];
        var wire = name.Wire(scratch);
        var hash = WireNames.FoldedHash(wire, _seed);
        var set = _entries.AsSpan((int)(hash & _setMask) * Ways, Ways);
        foreach (ref var entry in set)
        {
            if (entry.Hash == hash && entry.Wire is not null && wire.SequenceEqual(entry.Wire))
            {
                entry.IsUsed = true;
                return new CachedName(entry.Text, hash);
            }
        }

        return new CachedName(Add(set, hash, wire), hash);
    }

    private static string Add(Span<Entry> set, ulong hash, ReadOnlySpan<byte> wire)
    {
        var text = WireNames.ToText(wire);
        if (text.Length <= LongestText)
        {
            Displaced(set) = new Entry { Hash = hash, Wire = wire.ToArray(), Text = text };
        }

        return text;
    }

    /// <summary>The first entry not asked for since it was last looked at here; entries passed over must be asked for again to stay.</summary>
    private static ref Entry Displaced(Span<Entry> set)
    {
        foreach (ref var entry in set)
        {
            if (!entry.IsUsed)
            {
                return ref entry;
            }

            entry.IsUsed = false;
        }

        return ref set[0];
    }

    private struct Entry
    {
        public ulong Hash;
        public byte[]? Wire;
        public string Text;
        public bool IsUsed;
    }
}
