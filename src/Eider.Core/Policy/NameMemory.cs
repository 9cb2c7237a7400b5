// Memory that a table of names is written into: the kernel's own, or plain memory where no kernel is to judge by it.

using System.Runtime.CompilerServices;
using Eider.Bpf;

namespace Eider.Core.Policy;

/// <summary>Gives memory for so many buckets, header included, all zero.</summary>
/// <exception cref="PolicyException">There is not so much memory.</exception>
internal delegate NameMemory NameMemoryMaker(int buckets);

internal abstract class NameMemory : IDisposable
{
    public abstract Span<NameBucket> Span { get; }

    public abstract void Dispose();
}

/// <summary>For checking policies without a kernel.</summary>
internal sealed class PlainNames(int buckets) : NameMemory
{
    private readonly NameBucket[] memory = new NameBucket[buckets];

    public override Span<NameBucket> Span => memory;

    public override void Dispose()
    {
    }
}

/// <summary>An array map, mapped while it is written.</summary>
internal sealed class KernelNames : NameMemory
{
    private readonly MappedArray<NameBucket> mapped;

    private KernelNames(BpfMap map)
    {
        Map = map;
        mapped = new MappedArray<NameBucket>(map);
    }

    public BpfMap Map { get; }

    public override Span<NameBucket> Span => mapped.Span;

    /// <summary>What the table says of itself.</summary>
    public NamesHeader Header { get; private set; }

    /// <exception cref="PolicyException">The kernel has no room for it.</exception>
    public static KernelNames Create(int buckets)
    {
        BpfMap? map = null;
        try
        {
            map = BpfMap.Create(
                MapType.Array, "eider_names", sizeof(uint), NameBucket.Slots * sizeof(ulong), (uint)buckets, MapFlags.Mappable | MapFlags.InnerSizeMayDiffer);
            return new KernelNames(map);
        }
        catch (BpfException refused)
        {
            map?.Dispose();
            throw new PolicyException(
                PolicyFault.Kernel,
                $"no table for the names of all lists, {(long)buckets * NameBucket.Slots * sizeof(ulong) >> 20} MiB of kernel memory: {refused.Message}",
                refused);
        }
    }

    /// <summary>Writes the filter that stands in front of the table, and ends writing: what was written is the kernel's to keep, and no longer counts as this
    /// process's memory.</summary>
    public void WriteFilter(Span<ulong> filter)
    {
        Header = Unsafe.As<NameBucket, NamesHeader>(ref Span[0]);
        NameFilter.Write(Span[1..], filter);
        mapped.Dispose();
    }

    public override void Dispose()
    {
        mapped.Dispose();
        Map.Dispose();
    }
}
