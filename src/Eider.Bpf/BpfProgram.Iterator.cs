// Iterator programs: the kernel calls them for each object of a kind (tasks, their files, sockets, map entries) while someone reads.

using System.Runtime.InteropServices;
using Eider.Bpf.Native;

namespace Eider.Bpf;

public sealed partial class BpfProgram
{
    private const int ReadSize = 64 * 1024;

    /// <summary>Prepares a program of section <c>iter/…</c> for reading; each <see cref="BpfLink.ReadIterator"/> then walks all objects anew.</summary>
    /// <param name="map">For <c>iter/bpf_map_elem</c>: the map to walk.</param>
    /// <param name="pid">For <c>iter/task</c> and <c>iter/task_file</c>: only this process (6.1+); 0 for all.</param>
    /// <exception cref="BpfException">The kernel has no such iterator; needs 5.8.</exception>
    public unsafe BpfLink AttachIterator(BpfMap? map = null, int pid = 0)
    {
        var info = new IteratorInfo { MapFd = map?.Fd ?? 0, Pid = pid };
        var narrowed = map is not null || pid != 0;
        var options = new LinkCreateOptions
        {
            Size = (nuint)sizeof(LinkCreateOptions),
            IteratorInfo = narrowed ? &info : null,
            IteratorInfoLength = narrowed ? (uint)sizeof(IteratorInfo) : 0,
        };
        return Link(Section, Libbpf.bpf_link_create(Fd, 0, (int)AttachType.TraceIterator, &options));
    }

    /// <summary>Walks all objects once: attaches, reads to the end, lets go.</summary>
    /// <returns>What the program printed with bpf_seq_write and the like; empty for a program that works by side effect.</returns>
    /// <exception cref="BpfException">As <see cref="AttachIterator"/> and <see cref="BpfLink.ReadIterator"/>.</exception>
    public byte[] RunIterator(BpfMap? map = null, int pid = 0)
    {
        using var link = AttachIterator(map, pid);
        return link.ReadIterator();
    }

    internal static unsafe byte[] ReadToEnd(int linkFd, string name)
    {
        var fd = Libbpf.bpf_iter_create(linkFd);
        if (fd < 0)
        {
            throw new BpfException("start iterator", name, -fd);
        }

        try
        {
            using var output = new MemoryStream();
            var buffer = new byte[ReadSize];
            fixed (byte* start = buffer)
            {
                while (true)
                {
                    var got = Libc.read(fd, start, ReadSize);
                    if (got == 0)
                    {
                        return output.ToArray();
                    }

                    // EAGAIN: the kernel walked a million objects that printed nothing and wants to be asked again.
                    if (got < 0 && Marshal.GetLastPInvokeError() is var errno and not (Errno.Again or Errno.Interrupted))
                    {
                        throw new BpfException("read iterator", name, errno);
                    }

                    output.Write(buffer, 0, Math.Max((int)got, 0));
                }
            }
        }
        finally
        {
            _ = Libc.close(fd);
        }
    }
}

public sealed partial class BpfLink
{
    /// <summary>For a link of <see cref="BpfProgram.AttachIterator"/>: has the kernel call the program for every object, and gives what it printed.</summary>
    /// <exception cref="BpfException">Not an iterator (EINVAL).</exception>
    public byte[] ReadIterator() => BpfProgram.ReadToEnd(Fd, name);
}
