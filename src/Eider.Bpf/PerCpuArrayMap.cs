// Per-CPU arrays: one value an index and CPU, written by programs without contention. Counters, mostly.

using System.Numerics;
using System.Runtime.CompilerServices;
using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>A view of a map of type <see cref="MapType.PerCpuArray"/>. Values are given and taken for all possible CPUs at once, in the order of their numbers. Thread-safe.</summary>
public sealed class PerCpuArrayMap<TValue>
    where TValue : unmanaged
{
    private readonly BpfMap map;

    /// <exception cref="BpfMismatchException">The map is of another type, or its key or value has another size.</exception>
    public PerCpuArrayMap(BpfMap map)
    {
        MapShape.ExpectType(map, MapType.PerCpuArray);
        MapShape.ExpectValue<TValue>(map);
        this.map = map;
    }

    /// <summary>Indexes.</summary>
    public int Length => (int)map.MaxEntries;

    /// <param name="index">From 0.</param>
    /// <param name="values">Room for <see cref="PossibleCpus.Count"/> values.</param>
    /// <exception cref="BpfException">The index is beyond the array (ENOENT).</exception>
    public unsafe void Get(int index, Span<TValue> values)
    {
        using var slots = new PerCpuSlots<TValue>(stackalloc byte[PerCpuSlots<TValue>.OnStack]);
        fixed (byte* at = slots.Octets)
        {
            MapShape.Check(map, "read", Libbpf.bpf_map_lookup_elem(map.Fd, &index, at));
        }

        slots.CopyTo(values);
    }

    /// <summary>Replaces the values of all CPUs; a program that adds meanwhile can be lost.</summary>
    /// <param name="index">From 0.</param>
    /// <param name="values"><see cref="PossibleCpus.Count"/> values.</param>
    /// <exception cref="BpfException">The index is beyond the array (E2BIG).</exception>
    public unsafe void Set(int index, ReadOnlySpan<TValue> values)
    {
        using var slots = new PerCpuSlots<TValue>(stackalloc byte[PerCpuSlots<TValue>.OnStack]);
        slots.CopyFrom(values);
        fixed (byte* at = slots.Octets)
        {
            MapShape.Check(map, "write", Libbpf.bpf_map_update_elem(map.Fd, &index, at, 0));
        }
    }
}

public static class PerCpuArrays
{
    /// <summary>The value of an index over all CPUs, modulo the type's range. No allocation.</summary>
    public static T Sum<T>(this PerCpuArrayMap<T> map, int index)
        where T : unmanaged, IBinaryInteger<T>
    {
        Span<T> values = PossibleCpus.Count <= 64 ? stackalloc T[PossibleCpus.Count] : new T[PossibleCpus.Count];
        map.Get(index, values);
        var sum = T.Zero;
        foreach (var value in values)
        {
            sum += value;
        }

        return sum;
    }
}
