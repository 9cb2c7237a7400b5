// The memory of Detect: tables that never outgrow their limit, whoever fills them.

using System.Runtime.CompilerServices;

namespace Eider.Core.Detect;

/// <summary>A hash table of values in place. When it is full, the entry that has not been touched for longest makes room, and is counted. Grows with use
/// up to its limit. Not thread-safe.</summary>
/// <typeparam name="TKey">Its hash must be seeded: keys come from strangers.</typeparam>
internal sealed class BoundedTable<TKey, TValue> where TKey : struct, IEquatable<TKey> where TValue : struct
{
    private const int None = -1;
    private const int FirstCapacity = 64;

    private readonly int limit;
    private Entry[] entries = new Entry[FirstCapacity];
    private int[] buckets = NewBuckets(FirstCapacity);
    private int oldest = None;
    private int newest = None;

    /// <summary>What was found or touched last: what is asked of one message asks for the same key over and over.</summary>
    private int latest = None;

    /// <param name="limit">Entries, rounded up to a power of two.</param>
    public BoundedTable(int limit) => this.limit = Math.Max(FirstCapacity, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)limit));

    public int Count { get; private set; }

    public int Limit => limit;

    /// <summary>Entries that made room for others.</summary>
    public long Shed { get; private set; }

    /// <summary>Octets of its arrays.</summary>
    public long Bytes => ((long)entries.Length * Unsafe.SizeOf<Entry>()) + ((long)buckets.Length * sizeof(int));

    /// <summary>The value of a key, which becomes the one touched last; a default value is added where there is none. Valid until the next call.</summary>
    public ref TValue Touch(in TKey key, out bool isNew)
    {
        var index = IndexOf(key, out var hash);
        isNew = index == None;
        if (isNew)
        {
            index = latest = Add(key, hash);
        }
        else if (index != newest)
        {
            Unlink(index);
            LinkNewest(index);
        }

        return ref entries[index].Value;
    }

    /// <summary>The value of a key, or a null reference (<see cref="Unsafe.IsNullRef{T}"/>). Valid until the next call.</summary>
    public ref TValue Find(in TKey key)
    {
        var index = IndexOf(key, out _);
        return ref index == None ? ref Unsafe.NullRef<TValue>() : ref entries[index].Value;
    }

    /// <summary>Every value, the one not touched for longest first. The table must not change meanwhile.</summary>
    public IEnumerable<(TKey Key, TValue Value)> OldestFirst()
    {
        for (var index = oldest; index != None; index = entries[index].Newer)
        {
            yield return (entries[index].Key, entries[index].Value);
        }
    }

    /// <param name="hash">0 where the index says it.</param>
    private int IndexOf(in TKey key, out int hash)
    {
        hash = 0;
        if (latest != None && entries[latest].Key.Equals(key))
        {
            return latest;
        }

        hash = key.GetHashCode();
        for (var index = buckets[hash & (buckets.Length - 1)]; index != None; index = entries[index].Next)
        {
            if (entries[index].Hash == hash && entries[index].Key.Equals(key))
            {
                return latest = index;
            }
        }

        return None;
    }

    private int Add(in TKey key, int hash)
    {
        int index;
        if (Count < limit)
        {
            if (Count == entries.Length)
            {
                Grow();
            }

            index = Count++;
        }
        else
        {
            index = oldest;
            Unlink(index);
            LeaveBucket(index);
            Shed++;
        }

        ref var bucket = ref buckets[hash & (buckets.Length - 1)];
        entries[index] = new Entry { Key = key, Hash = hash, Next = bucket };
        bucket = index;
        LinkNewest(index);
        return index;
    }

    private void Grow()
    {
        Array.Resize(ref entries, entries.Length * 2);
        buckets = NewBuckets(entries.Length);
        for (var index = 0; index < Count; index++)
        {
            ref var bucket = ref buckets[entries[index].Hash & (buckets.Length - 1)];
            entries[index].Next = bucket;
            bucket = index;
        }
    }

    private void LeaveBucket(int index)
    {
        ref var link = ref buckets[entries[index].Hash & (buckets.Length - 1)];
        while (link != index)
        {
            link = ref entries[link].Next;
        }

        link = entries[index].Next;
    }

    private void LinkNewest(int index)
    {
        entries[index].Older = newest;
        entries[index].Newer = None;
        if (newest == None)
        {
            oldest = index;
        }
        else
        {
            entries[newest].Newer = index;
        }

        newest = index;
    }

    private void Unlink(int index)
    {
        var (older, newer) = (entries[index].Older, entries[index].Newer);
        if (older == None)
        {
            oldest = newer;
        }
        else
        {
            entries[older].Newer = newer;
        }

        if (newer == None)
        {
            newest = older;
        }
        else
        {
            entries[newer].Older = older;
        }
    }

    private static int[] NewBuckets(int length)
    {
        var created = new int[length];
        Array.Fill(created, None);
        return created;
    }

    private struct Entry
    {
        public TKey Key;
        public TValue Value;
        public int Hash;
        public int Next;
        public int Older;
        public int Newer;
    }
}
