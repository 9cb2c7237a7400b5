// A lock on a directory: who holds it lives, and whoever dies lets go of it.

using System.Runtime.InteropServices;
using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>An advisory lock of the kernel's (flock) on a directory of any file system, that of BPF among them. Held until it is disposed of, or its process ends.</summary>
public sealed class DirectoryLock : IDisposable
{
    private const int WouldBlock = 11;

    private int _fd;

    private DirectoryLock(int fd) => _fd = fd;

    /// <param name="shared">Beside others that are shared; else alone.</param>
    /// <returns>Null where others hold one that does not go with it.</returns>
    /// <exception cref="BpfException">The directory cannot be opened or locked.</exception>
    public static DirectoryLock? TryTake(string path, bool shared)
    {
        var fd = Libc.open(path, Libc.OpenReadOnly | Libc.OpenDirectory | Libc.OpenCloseOnExec);
        if (fd < 0)
        {
            throw new BpfException("open directory", path, Marshal.GetLastPInvokeError());
        }

        if (Libc.flock(fd, (shared ? Libc.LockShared : Libc.LockExclusive) | Libc.LockNonBlocking) == 0)
        {
            return new DirectoryLock(fd);
        }

        var error = Marshal.GetLastPInvokeError();
        Libc.close(fd);
        return error == WouldBlock ? null : throw new BpfException("lock directory", path, error);
    }

    public void Dispose()
    {
        if (_fd >= 0)
        {
            Libc.close(_fd);
            _fd = -1;
        }
    }
}
