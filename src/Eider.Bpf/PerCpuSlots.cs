// The form in which the kernel passes the values of all CPUs: one after another, each in a slot of a multiple of 8 octets.

using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Eider.Bpf;

internal readonly ref struct PerCpuSlots<TValue>
    where TValue : unmanaged
{
    /// <summary>Octets a caller lends from its stack; more CPUs or larger values borrow from a pool.</summary>
    public const int OnStack = 512;

    private readonly byte[]? borrowed;

    public PerCpuSlots(Span<byte> stack)
    {
        var size = Stride * PossibleCpus.Count;
        borrowed = size <= stack.Length ? null : ArrayPool<byte>.Shared.Rent(size);
        Octets = borrowed is null ? stack[..size] : borrowed.AsSpan(0, size);
    }

    public static int Stride => (Unsafe.SizeOf<TValue>() + 7) & ~7;

    public Span<byte> Octets { get; }

    public void CopyTo(Span<TValue> values)
    {
        ExpectLength(values.Length);
        for (var cpu = 0; cpu < PossibleCpus.Count; cpu++)
        {
            values[cpu] = MemoryMarshal.Read<TValue>(Octets[(cpu * Stride)..]);
        }
    }

    public void CopyFrom(ReadOnlySpan<TValue> values)
    {
        ExpectLength(values.Length);
        Octets.Clear();
        for (var cpu = 0; cpu < PossibleCpus.Count; cpu++)
        {
            MemoryMarshal.Write(Octets[(cpu * Stride)..], values[cpu]);
        }
    }

    public void Dispose()
    {
        if (borrowed is not null)
        {
            ArrayPool<byte>.Shared.Return(borrowed);
        }
    }

    private static void ExpectLength(int length)
    {
        if (length != PossibleCpus.Count)
        {
            throw new ArgumentException($"a per-CPU map has {PossibleCpus.Count} values for each key, not {length}");
        }
    }
}
