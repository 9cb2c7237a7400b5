// Global variables of the C source: found by name through the object's BTF, read and written where libbpf keeps their initial values.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Eider.Bpf.Native;

namespace Eider.Bpf;

public sealed partial class BpfObject
{
    private readonly Dictionary<string, MappedMemory> live = [];

    /// <summary>The object's own type information.</summary>
    /// <exception cref="BpfMismatchException">It was compiled without -g.</exception>
    public Btf Btf => btf ??= Btf.Of(this);

    /// <summary>Gives a global variable its value: constants (<c>const volatile</c>, .rodata) before <see cref="Load"/>, the others (.data, .bss) at any time.</summary>
    /// <param name="variable">As named in C.</param>
    /// <exception cref="BpfMismatchException">There is no such variable, or its size is not that of <typeparamref name="T"/>.</exception>
    /// <exception cref="BpfPhaseException">It is a constant and the object is loaded.</exception>
    public void SetGlobal<T>(string variable, T value)
        where T : unmanaged => SetGlobal(variable, new ReadOnlySpan<T>(in value));

    /// <summary>Gives a global array its values; as many as it holds.</summary>
    /// <inheritdoc cref="SetGlobal{T}(string, T)"/>
    public void SetGlobal<T>(string variable, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var place = Locate(variable, out var section);
        if (phase != Phase.Editing && section.StartsWith(".rodata", StringComparison.Ordinal))
        {
            Expect(loaded: false, $"set the constant \"{variable}\"");
        }

        var octets = MemoryMarshal.AsBytes(values);
        ExpectSize(variable, place.Length, octets.Length);
        octets.CopyTo(place);
    }

    /// <summary>Reads a global variable: its initial value before <see cref="Load"/>, what the programs made of it afterwards.</summary>
    /// <exception cref="BpfMismatchException">There is no such variable, or its size is not that of <typeparamref name="T"/>.</exception>
    public T GetGlobal<T>(string variable)
        where T : unmanaged
    {
        var place = Locate(variable, out _);
        ExpectSize(variable, place.Length, Unsafe.SizeOf<T>());
        return MemoryMarshal.Read<T>(place);
    }

    private Span<byte> Locate(string variable, out string section)
    {
        ObjectDisposedException.ThrowIf(phase == Phase.Disposed, this);
        if (phase == Phase.Failed)
        {
            Expect(loaded: false, $"reach the variable \"{variable}\"");
        }

        var found = Btf.FindVariable(variable)
            ?? throw new BpfMismatchException($"object {Name} has no global variable \"{variable}\"; it has {Listed(Btf.Variables().Select(known => known.Name))}");
        section = found.Section;
        var values = ValuesOf(section);
        return found.Offset >= 0 && found.Offset <= values.Length - found.Size
            ? values.Slice(found.Offset, found.Size)
            : throw new BpfMismatchException($"variable \"{variable}\" of object {Name} lies in section {section}, which holds no values to set");
    }

    /// <summary>Before load libbpf's copy, of which the maps will be made; afterwards the map itself. Constants cannot change, so their copy stays true.</summary>
    private unsafe Span<byte> ValuesOf(string section)
    {
        var map = Libbpf.bpf_object__find_map_by_name(native, section);
        nuint size = 0;
        var initial = map == 0 ? null : Libbpf.bpf_map__initial_value(map, &size);
        if (initial is null)
        {
            return default;
        }

        if (!IsLoaded || section.StartsWith(".rodata", StringComparison.Ordinal))
        {
            return new Span<byte>(initial, (int)size);
        }

        if (!live.TryGetValue(section, out var memory))
        {
            memory = new MappedMemory(Libbpf.bpf_map__fd(map), (int)size, $"section {section} of {Name}");
            live.Add(section, memory);
        }

        return new Span<byte>(memory.Start, memory.Size);
    }

    private void ExpectSize(string variable, int size, int given)
    {
        if (size != given)
        {
            throw new BpfMismatchException($"variable \"{variable}\" of object {Name} has {size} octets, not {given}");
        }
    }
}
