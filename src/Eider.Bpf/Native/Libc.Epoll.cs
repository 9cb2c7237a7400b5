// epoll(7), for waits that only a wake-up ends.

using System.Runtime.InteropServices;

namespace Eider.Bpf.Native;

/// <summary>struct epoll_event, whose data lies at another offset on x86-64 than elsewhere: left out of use, with room for both.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct EpollEvent
{
    public uint Events;
    private readonly uint unused;
    private readonly ulong unusedToo;
}

internal static unsafe partial class Libc
{
    public const int EpollCloseOnExec = 0x80000;
    public const int EpollAdd = 1;
    public const uint EpollIn = 1;
    public const uint EpollEdgeTriggered = 1u << 31;

    [LibraryImport(Name, SetLastError = true)]
    public static partial int epoll_create1(int flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int epoll_ctl(int watch, int operation, int fd, EpollEvent* interest);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int epoll_wait(int watch, EpollEvent* happened, int max, int timeoutMs);
}
