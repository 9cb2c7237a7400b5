// A file that is nowhere but in memory, for interfaces that insist on a path.

using System.Runtime.InteropServices;
using Eider.Bpf.Native;
using Microsoft.Win32.SafeHandles;

namespace Eider.Bpf;

/// <summary>memfd_create(2): gone when disposed, for whoever has not opened or mapped it by then. Not thread-safe. Needs kernel 3.17.</summary>
public sealed class MemoryFile : IDisposable
{
    private const uint CloseOnExec = 1;

    private readonly SafeFileHandle _handle;

    private MemoryFile(SafeFileHandle handle) => _handle = handle;

    /// <summary>Leads to the file in this process only.</summary>
    public string Path => $"/proc/self/fd/{_handle.DangerousGetHandle()}";

    /// <param name="name">For /proc/PID/maps; need not be unique.</param>
    /// <param name="contents">Read from its position to its end.</param>
    /// <exception cref="BpfException">No descriptor is free (EMFILE), or no memory.</exception>
    public static MemoryFile Create(string name, Stream contents)
    {
        var fd = Libc.memfd_create(name, CloseOnExec);
        if (fd < 0)
        {
            throw new BpfException("make a file in memory", name, Marshal.GetLastPInvokeError());
        }

        var handle = new SafeFileHandle(fd, ownsHandle: true);
        using var file = File.OpenHandle($"/proc/self/fd/{fd}", FileMode.Open, FileAccess.Write);
        using var stream = new FileStream(file, FileAccess.Write);
        contents.CopyTo(stream);
        return new MemoryFile(handle);
    }

    public void Dispose() => _handle.Dispose();
}
