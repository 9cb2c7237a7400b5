// An array map in this process's memory: reads and writes at the speed of memory, for tables of millions of entries.

namespace Eider.Bpf;

/// <summary>
/// A view of a map of type <see cref="MapType.Array"/> made with <see cref="MapFlags.Mappable"/>. What is written is seen by programs at once, without
/// order or atomicity beyond that of single aligned words: publish a finished table by swapping it into a <see cref="MapInMap{TKey}"/>.
/// Needs 5.5. Dispose unmaps; no span or reference may be used afterwards.
/// </summary>
public sealed unsafe class MappedArray<TValue> : IDisposable
    where TValue : unmanaged
{
    private readonly MappedMemory memory;

    /// <exception cref="BpfMismatchException">The map is of another type, its value has another size, or one that is not a multiple of 8 (the kernel puts
    /// values at multiples of 8, which a span cannot follow).</exception>
    /// <exception cref="BpfException">The map was made without <see cref="MapFlags.Mappable"/>.</exception>
    public MappedArray(BpfMap map)
    {
        MapShape.ExpectType(map, MapType.Array);
        MapShape.ExpectValue<TValue>(map);
        if (sizeof(TValue) % 8 != 0)
        {
            throw new BpfMismatchException($"a value of map {map.Name} has {sizeof(TValue)} octets; to be mapped it must have a multiple of 8");
        }

        Length = (int)map.MaxEntries;
        memory = new MappedMemory(map.Fd, checked(Length * sizeof(TValue)), map.Name);
    }

    public int Length { get; }

    /// <summary>All values. Valid until disposal.</summary>
    public Span<TValue> Span => new(memory.Start, Length);

    /// <summary>One value, bounds-checked.</summary>
    public ref TValue this[int index] => ref Span[index];

    public void Dispose() => memory.Dispose();
}
