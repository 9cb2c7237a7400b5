// Maps whose values are maps: what a program sees is swapped whole, between two of its instructions.

using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>A view of a map of type <see cref="MapType.ArrayOfMaps"/> (with an <c>int</c> key) or <see cref="MapType.HashOfMaps"/>. The outer map holds
/// the inner ones, so the caller may dispose an inner map once it is set. Thread-safe.</summary>
public sealed class MapInMap<TKey>
    where TKey : unmanaged
{
    private readonly BpfMap map;

    /// <exception cref="BpfMismatchException">The map is of another type, or its key has another size.</exception>
    public MapInMap(BpfMap map)
    {
        MapShape.ExpectType(map, MapType.ArrayOfMaps, MapType.HashOfMaps);
        MapShape.ExpectKey<TKey>(map);
        this.map = map;
    }

    /// <summary>Puts a map in place. When this returns, no program works with the one before any more (5.0+), so its memory can be reused.</summary>
    /// <exception cref="BpfException">The inner map has another shape than the outer one's (EINVAL).</exception>
    public unsafe void Set(TKey key, BpfMap inner)
    {
        var fd = inner.Fd;
        var result = Libbpf.bpf_map_update_elem(map.Fd, &key, &fd, 0);
        if (result < 0)
        {
            throw new BpfException($"put map {inner.Name} into", map.Name, -result, suggestion: -result == Errno.Invalid
                ? "the inner map must have the type, key, value, size and flags of the one the outer map was made with" : null);
        }
    }

    /// <summary>Opens the inner map of a key; the caller disposes it.</summary>
    /// <returns>Null where the key has none.</returns>
    /// <exception cref="BpfException">CAP_SYS_ADMIN is missing.</exception>
    public unsafe BpfMap? Open(TKey key)
    {
        uint id;
        var result = Libbpf.bpf_map_lookup_elem(map.Fd, &key, &id);
        return result >= 0 ? BpfMap.OpenById(id) : result == -Errno.NoEntry ? null : throw MapShape.Failed(map, "read", -result);
    }

    /// <returns>False where the key had none.</returns>
    public unsafe bool Delete(TKey key)
    {
        var result = Libbpf.bpf_map_delete_elem(map.Fd, &key);
        return result >= 0 || (result == -Errno.NoEntry ? false : throw MapShape.Failed(map, "delete from", -result));
    }
}
