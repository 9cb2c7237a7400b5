// What all maps of keys and single values share: one entry at a time. KeyedMap.Batch.cs has many at a time.

using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>What a <c>Set</c> does about an entry that is there, or is not.</summary>
public enum MapWrite : ulong
{
    Any = 0,

    /// <summary>Only a new entry; EEXIST otherwise.</summary>
    New = 1,

    /// <summary>Only an entry that exists; ENOENT otherwise.</summary>
    Existing = 2,
}

/// <summary>A typed view of a map; see the derived types. The map stays the caller's to dispose. Thread-safe, as the kernel is; no allocation a call.</summary>
public abstract partial class KeyedMap<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private protected KeyedMap(BpfMap map, params ReadOnlySpan<MapType> types)
    {
        MapShape.ExpectType(map, types);
        MapShape.ExpectKey<TKey>(map);
        MapShape.ExpectValue<TValue>(map);
        Map = map;
    }

    public BpfMap Map { get; }

    /// <exception cref="BpfException">For another reason than a missing entry.</exception>
    public unsafe bool TryGet(TKey key, out TValue value)
    {
        fixed (TValue* at = &value)
        {
            return Found("read", Libbpf.bpf_map_lookup_elem(Map.Fd, &key, at));
        }
    }

    /// <exception cref="BpfException">The map is full (E2BIG), the entry is there or is not (<paramref name="how"/>).</exception>
    public unsafe void Set(TKey key, TValue value, MapWrite how = MapWrite.Any) =>
        MapShape.Check(Map, "write", Libbpf.bpf_map_update_elem(Map.Fd, &key, &value, (ulong)how));

    /// <returns>False where there is no such entry.</returns>
    public unsafe bool Delete(TKey key) => Found("delete from", Libbpf.bpf_map_delete_elem(Map.Fd, &key));

    /// <summary>Reads and deletes in one step, so that no write between the two is lost. Needs 5.14.</summary>
    /// <returns>False where there is no such entry.</returns>
    public unsafe bool TryTake(TKey key, out TValue value)
    {
        fixed (TValue* at = &value)
        {
            return Found("take from", Libbpf.bpf_map_lookup_and_delete_elem(Map.Fd, &key, at));
        }
    }

    private protected bool Found(string action, int result) => result switch
    {
        >= 0 => true,
        -Errno.NoEntry => false,
        _ => throw MapShape.Failed(Map, action, -result),
    };
}
