// A map's values, mapped into this process: reads and writes without a system call.

using System.Runtime.InteropServices;
using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>One mapping of a map that was made with <see cref="MapFlags.Mappable"/>.</summary>
internal sealed unsafe class MappedMemory : IDisposable
{
    private readonly nuint length;
    private byte* start;

    /// <param name="fd">Of the map.</param>
    /// <param name="size">Octets of all values.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="BpfException">The map is not mappable.</exception>
    public MappedMemory(int fd, int size, string name)
    {
        var page = (nuint)Environment.SystemPageSize;
        length = ((nuint)size + page - 1) / page * page;
        var mapped = Libc.mmap(null, length, Libc.ProtectionRead | Libc.ProtectionWrite, Libc.MapShared, fd, 0);
        Size = size;
        start = (nint)mapped != -1
            ? (byte*)mapped
            : throw new BpfException("map into memory", name, Marshal.GetLastPInvokeError(), suggestion: "declare the map with BPF_F_MMAPABLE");
    }

    public int Size { get; }

    public byte* Start
    {
        get
        {
            ObjectDisposedException.ThrowIf(start is null, this);
            return start;
        }
    }

    public void Dispose()
    {
        if (start is not null)
        {
            _ = Libc.munmap(start, length);
            start = null;
        }
    }
}
