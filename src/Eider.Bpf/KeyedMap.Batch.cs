// Many entries a system call, and one by one where the kernel has no batches for the type of map.

using System.Runtime.CompilerServices;
using Eider.Bpf.Native;

namespace Eider.Bpf;

public abstract partial class KeyedMap<TKey, TValue>
{
    private const int EnumerationBatch = 256;

    /// <summary>Writes many entries.</summary>
    /// <exception cref="ArgumentException">Not as many values as keys.</exception>
    /// <exception cref="BpfException">The map is full (E2BIG) or the like; the entries before the one that failed are written.</exception>
    public unsafe void SetBatch(ReadOnlySpan<TKey> keys, ReadOnlySpan<TValue> values)
    {
        if (keys.Length != values.Length)
        {
            throw new ArgumentException($"{keys.Length} keys for {values.Length} values", nameof(values));
        }

        if (keys.Length == 0)
        {
            return;
        }

        fixed (TKey* keysAt = keys)
        fixed (TValue* valuesAt = values)
        {
            var count = (uint)keys.Length;
            var options = new BatchOptions { Size = (nuint)sizeof(BatchOptions) };
            var result = Libbpf.bpf_map_update_batch(Map.Fd, keysAt, valuesAt, &count, &options);
            if (!IsWithoutBatches(result))
            {
                MapShape.Check(Map, "write", result);
                return;
            }
        }

        for (var i = 0; i < keys.Length; i++)
        {
            Set(keys[i], values[i]);
        }
    }

    /// <summary>Deletes many entries; keys without an entry are passed over.</summary>
    /// <returns>Entries that were there.</returns>
    public unsafe int DeleteBatch(ReadOnlySpan<TKey> keys)
    {
        var deleted = 0;
        while (keys.Length > 0)
        {
            var count = (uint)keys.Length;
            var options = new BatchOptions { Size = (nuint)sizeof(BatchOptions) };
            int result;
            fixed (TKey* at = keys)
            {
                result = Libbpf.bpf_map_delete_batch(Map.Fd, at, &count, &options);
            }

            if (IsWithoutBatches(result))
            {
                return deleted + DeleteEach(keys);
            }

            // The kernel stops at the first key without an entry; it and those before it are done with.
            _ = result == 0 || Found("delete from", result);
            deleted += (int)count;
            keys = result == 0 ? default : keys[(int)(count + 1)..];
        }

        return deleted;
    }

    /// <summary>Reads the next entries of a walk through the map. Entries that come or go meanwhile may be seen or not; the others are seen once, except
    /// where the kernel has no batches: there an entry deleted under the walk can make it start anew.</summary>
    /// <param name="cursor">A new one starts the walk; afterwards it belongs to this walk.</param>
    /// <param name="keys">Filled.</param>
    /// <param name="values">Filled; as many as keys.</param>
    /// <returns>Entries read; 0 at the end.</returns>
    /// <exception cref="BpfException">ENOSPC: a bucket of the hash holds more entries than there is room for; come again, same cursor, with more room.</exception>
    public unsafe int ReadBatch(MapCursor cursor, Span<TKey> keys, Span<TValue> values)
    {
        if (keys.Length != values.Length || keys.Length == 0)
        {
            throw new ArgumentException("a batch needs room for at least one entry, and as many values as keys", nameof(values));
        }

        if (cursor.AtEnd)
        {
            return 0;
        }

        if (cursor.Token is null)
        {
            cursor.Token = new byte[Math.Max(Unsafe.SizeOf<TKey>(), sizeof(ulong))];
            cursor.Next = new byte[cursor.Token.Length];
        }

        return cursor.OneByOne ? ReadEach(cursor, keys, values) : ReadMany(cursor, keys, values);
    }

    /// <summary>Walks the map; see <see cref="ReadBatch"/> for what is seen of changes meanwhile. Allocates its buffers once.</summary>
    public IEnumerable<KeyValuePair<TKey, TValue>> Entries()
    {
        var cursor = new MapCursor();
        var keys = new TKey[EnumerationBatch];
        var values = new TValue[EnumerationBatch];
        while (true)
        {
            int count;
            try
            {
                count = ReadBatch(cursor, keys, values);
            }
            catch (BpfException e) when (e.Errno == Errno.NoSpace && keys.Length < int.MaxValue / 2)
            {
                keys = new TKey[keys.Length * 2];
                values = new TValue[keys.Length];
                continue;
            }

            if (count == 0)
            {
                yield break;
            }

            for (var i = 0; i < count; i++)
            {
                yield return new(keys[i], values[i]);
            }
        }
    }

    private unsafe int ReadMany(MapCursor cursor, Span<TKey> keys, Span<TValue> values)
    {
        fixed (TKey* keysAt = keys)
        fixed (TValue* valuesAt = values)
        fixed (byte* token = cursor.Token, next = cursor.Next)
        {
            var count = (uint)keys.Length;
            var options = new BatchOptions { Size = (nuint)sizeof(BatchOptions) };
            var result = Libbpf.bpf_map_lookup_batch(Map.Fd, cursor.Started ? token : null, next, keysAt, valuesAt, &count, &options);
            if (!cursor.Started && IsWithoutBatches(result))
            {
                cursor.OneByOne = true;
                return ReadEach(cursor, keys, values);
            }

            // ENOENT: this was the last batch, and it may hold entries.
            cursor.AtEnd = !Found("read", result);
            cursor.Started = true;
            (cursor.Token, cursor.Next) = (cursor.Next, cursor.Token);
            return (int)count;
        }
    }

    private unsafe int ReadEach(MapCursor cursor, Span<TKey> keys, Span<TValue> values)
    {
        var count = 0;
        fixed (byte* token = cursor.Token)
        {
            while (count < keys.Length)
            {
                TKey key;
                if (!Found("walk", Libbpf.bpf_map_get_next_key(Map.Fd, cursor.Started ? token : null, &key)))
                {
                    cursor.AtEnd = true;
                    break;
                }

                cursor.Started = true;
                *(TKey*)token = key;
                if (TryGet(key, out values[count]))
                {
                    keys[count++] = key;
                }
            }
        }

        return count;
    }

    private int DeleteEach(ReadOnlySpan<TKey> keys)
    {
        var deleted = 0;
        foreach (var key in keys)
        {
            deleted += Delete(key) ? 1 : 0;
        }

        return deleted;
    }

    /// <summary>EINVAL before 5.6, ENOTSUPP for types of map that have none.</summary>
    private static bool IsWithoutBatches(int result) => result is -Errno.NotSupportedInKernel or -Errno.Invalid or -Errno.NotSupported;
}

/// <summary>Where a walk through a map stands. For one walk by one thread.</summary>
public sealed class MapCursor
{
    internal byte[]? Token { get; set; }

    internal byte[]? Next { get; set; }

    internal bool Started { get; set; }

    internal bool OneByOne { get; set; }

    public bool AtEnd { get; internal set; }
}
