// A file descriptor that closes when told to and never by itself: a finalizer that ran early would detach a program or empty a map.

using System.Runtime.InteropServices;
using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>A descriptor until <see cref="Dispose"/>; disposal is thread-safe and idempotent, use after it throws.</summary>
/// <param name="owned">False for a descriptor that libbpf closes with its object.</param>
internal sealed class Handle(int fd, string what, bool owned = true) : IDisposable
{
    private int value = fd;

    /// <exception cref="ObjectDisposedException">After disposal.</exception>
    public int Fd
    {
        get
        {
            var now = value;
            ObjectDisposedException.ThrowIf(now < 0, what);
            return now;
        }
    }

    public void Dispose()
    {
        var last = Interlocked.Exchange(ref value, -1);
        if (owned && last >= 0)
        {
            _ = Libc.close(last);
        }
    }

    /// <summary>A second descriptor of the same kernel object, closed on exec.</summary>
    public static Handle Duplicate(int fd, string what)
    {
        const int DuplicateCloseOnExec = 1030;
        var copy = Libc.fcntl(fd, DuplicateCloseOnExec, 0);
        return copy >= 0 ? new Handle(copy, what) : throw new BpfException("duplicate the descriptor of", what, Marshal.GetLastPInvokeError());
    }
}
