// Per-CPU hash maps: for each key one value a CPU.

using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>A view of a map of type <see cref="MapType.PerCpuHash"/> or <see cref="MapType.LruPerCpuHash"/>. Values are given and taken for all
/// possible CPUs at once, in the order of their numbers. Thread-safe.</summary>
public sealed class PerCpuHashMap<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private readonly BpfMap map;

    /// <exception cref="BpfMismatchException">The map is of another type, or its key or value has another size.</exception>
    public PerCpuHashMap(BpfMap map)
    {
        MapShape.ExpectType(map, MapType.PerCpuHash, MapType.LruPerCpuHash);
        MapShape.ExpectKey<TKey>(map);
        MapShape.ExpectValue<TValue>(map);
        this.map = map;
    }

    /// <param name="key">Of the entry.</param>
    /// <param name="values">Room for <see cref="PossibleCpus.Count"/> values; left as it is where there is no entry.</param>
    public unsafe bool TryGet(TKey key, Span<TValue> values)
    {
        using var slots = new PerCpuSlots<TValue>(stackalloc byte[PerCpuSlots<TValue>.OnStack]);
        fixed (byte* at = slots.Octets)
        {
            if (!Found("read", Libbpf.bpf_map_lookup_elem(map.Fd, &key, at)))
            {
                return false;
            }
        }

        slots.CopyTo(values);
        return true;
    }

    /// <param name="key">Of the entry.</param>
    /// <param name="values"><see cref="PossibleCpus.Count"/> values.</param>
    /// <exception cref="BpfException">The map is full (E2BIG).</exception>
    public unsafe void Set(TKey key, ReadOnlySpan<TValue> values)
    {
        using var slots = new PerCpuSlots<TValue>(stackalloc byte[PerCpuSlots<TValue>.OnStack]);
        slots.CopyFrom(values);
        fixed (byte* at = slots.Octets)
        {
            MapShape.Check(map, "write", Libbpf.bpf_map_update_elem(map.Fd, &key, at, 0));
        }
    }

    /// <returns>False where there is no such entry.</returns>
    public unsafe bool Delete(TKey key) => Found("delete from", Libbpf.bpf_map_delete_elem(map.Fd, &key));

    /// <summary>Walks the keys. A key deleted under the walk can make it start anew, so a map that shrinks meanwhile may give keys twice.</summary>
    public IEnumerable<TKey> Keys()
    {
        TKey? at = null;
        while (Next(at) is { } key)
        {
            yield return key;
            at = key;
        }
    }

    private unsafe TKey? Next(TKey? after)
    {
        var previous = after.GetValueOrDefault();
        TKey next;
        return Found("walk", Libbpf.bpf_map_get_next_key(map.Fd, after is null ? null : &previous, &next)) ? next : null;
    }

    private bool Found(string action, int result) => result switch
    {
        >= 0 => true,
        -Errno.NoEntry => false,
        _ => throw MapShape.Failed(map, action, -result),
    };
}
