// The few functions of the C library that libbpf does not wrap. All give -1 and set errno on failure.

using System.Runtime.InteropServices;

#pragma warning disable CS0649 // C fills these in, or reads them as zero.

namespace Eider.Bpf.Native;

internal static unsafe partial class Libc
{
    private const string Name = "libc";

    public const int OpenReadOnly = 0;
    public const int OpenDirectory = 0x10000;
    public const int OpenCloseOnExec = 0x80000;
    public const int ProtectionRead = 1;
    public const int ProtectionWrite = 2;
    public const int MapShared = 1;
    public const int MapFrom = -3; // M_MMAP_THRESHOLD
    public const int LockShared = 1;
    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const short PollIn = 1;
    public const int EventNonBlocking = 0x800;
    public const int EventCloseOnExec = 0x80000;

    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int open(string path, int flags);

    /// <param name="operation"><see cref="LockShared"/> or <see cref="LockExclusive"/>, with <see cref="LockNonBlocking"/>.</param>
    [LibraryImport(Name, SetLastError = true)]
    public static partial int flock(int fd, int operation);

    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int memfd_create(string name, uint flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int close(int fd);

    [LibraryImport(Name, SetLastError = true)]
    public static partial nint read(int fd, byte* buffer, nuint size);

    [LibraryImport(Name, SetLastError = true)]
    public static partial nint write(int fd, byte* buffer, nuint size);

    /// <summary>Settings of malloc; glibc only. Gives 0 on failure, and no errno.</summary>
    [LibraryImport(Name)]
    public static partial int mallopt(int setting, int value);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int fcntl(int fd, int command, int argument);

    [LibraryImport(Name, SetLastError = true)]
    public static partial void* mmap(void* address, nuint length, int protection, int flags, int fd, nint offset);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int munmap(void* address, nuint length);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int poll(PollFd* fds, nuint count, int timeoutMs);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int eventfd(uint initial, int flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int ioctl(int fd, nuint request, nint argument);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int setns(int fd, int type);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int getrlimit(int resource, ResourceLimit* limit);

    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int unlink(string path);

    [LibraryImport(Name, SetLastError = true)]
    public static partial InterfaceName* if_nameindex();

    [LibraryImport(Name)]
    public static partial void if_freenameindex(InterfaceName* names);

    [LibraryImport(Name)]
    public static partial int vsnprintf(byte* buffer, nuint size, byte* format, nint arguments);

    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint perf_event_open(nint number, PerfEventAttributes* attributes, nint pid, nint cpu, nint groupFd, nint flags);
}

internal unsafe struct InterfaceName
{
    public uint Index;
    public byte* Name;
}

internal struct PollFd
{
    public int Fd;
    public short Events;
    public short Returned;
}

internal struct ResourceLimit
{
    public ulong Soft;
    public ulong Hard;
}

/// <summary>struct perf_event_attr up to PERF_ATTR_SIZE_VER1, as a uprobe needs it.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal unsafe struct PerfEventAttributes
{
    [FieldOffset(0)]
    public uint Type;

    [FieldOffset(4)]
    public uint Size;

    [FieldOffset(8)]
    public ulong Config;

    [FieldOffset(56)]
    public byte* UprobePath;

    [FieldOffset(64)]
    public ulong ProbeOffset;
}
