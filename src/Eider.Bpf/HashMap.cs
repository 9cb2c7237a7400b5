// Views of the maps with keys: hash, least recently used, longest prefix, plain arrays, and arrays of programs.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>A view of a map of type <see cref="MapType.Hash"/> or <see cref="MapType.LruHash"/> (which evicts the least recently used when full).</summary>
/// <exception cref="BpfMismatchException">At construction: the map is of another type, or its key or value has another size.</exception>
public sealed class HashMap<TKey, TValue>(BpfMap map) : KeyedMap<TKey, TValue>(map, MapType.Hash, MapType.LruHash)
    where TKey : unmanaged
    where TValue : unmanaged;

/// <summary>A view of a map of type <see cref="MapType.Array"/>: indexes from 0 always have a value, so none can be deleted.</summary>
/// <exception cref="BpfMismatchException">At construction: the map is of another type, or its value has another size.</exception>
public sealed class ArrayMap<TValue>(BpfMap map) : KeyedMap<int, TValue>(map, MapType.Array)
    where TValue : unmanaged
{
    /// <summary>Indexes.</summary>
    public int Length => (int)Map.MaxEntries;

    /// <exception cref="BpfException">The index is beyond the array (ENOENT to read, E2BIG to write).</exception>
    public unsafe TValue this[int index]
    {
        get
        {
            TValue value;
            MapShape.Check(Map, "read", Libbpf.bpf_map_lookup_elem(Map.Fd, &index, &value));
            return value;
        }

        set => Set(index, value);
    }
}

/// <summary>A view of a map of type <see cref="MapType.ProgramArray"/>, for tail calls. The kernel empties it when neither a descriptor nor a pin is left; programs that use it do not keep it.</summary>
/// <exception cref="BpfMismatchException">At construction: the map is of another type.</exception>
public sealed class ProgramArrayMap(BpfMap map) : KeyedMap<int, int>(map, MapType.ProgramArray)
{
    /// <exception cref="BpfException">The index is beyond the array (E2BIG), or the program is of another type than those that call it (EINVAL).</exception>
    public void Set(int index, BpfProgram program) => Set(index, program.Fd);
}

/// <summary>A key of a longest-prefix map: the kernel compares the first <paramref name="PrefixLength"/> bits, in network order.</summary>
/// <param name="PrefixLength">Bits.</param>
/// <param name="Data">As it lies in memory, so an address must be in network order.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public readonly record struct LpmKey<TData>(uint PrefixLength, TData Data)
    where TData : unmanaged;

/// <summary>A view of a map of type <see cref="MapType.LpmTrie"/>. A read gives the value of the longest stored prefix of the key's data; writes and
/// deletions mean the very prefix. The map must be made with BPF_F_NO_PREALLOC. Batches need 5.14.</summary>
/// <exception cref="BpfMismatchException">At construction: the map is of another type, or its key or value has another size.</exception>
public sealed class LpmTrieMap<TData, TValue>(BpfMap map) : KeyedMap<LpmKey<TData>, TValue>(map, MapType.LpmTrie)
    where TData : unmanaged
    where TValue : unmanaged
{
    /// <summary>The value of the longest stored prefix that holds this address.</summary>
    public bool TryMatch(TData address, out TValue value) => TryGet(new((uint)Unsafe.SizeOf<TData>() * 8, address), out value);
}
