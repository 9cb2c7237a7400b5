// Sockets of families that .NET does not open: netlink(7), and one option of socket(7).

using System.Runtime.InteropServices;

namespace Eider.Bpf.Native;

[StructLayout(LayoutKind.Sequential)]
internal struct NetlinkAddress
{
    public ushort Family;
    private readonly ushort pad;
    public uint Port;
    public uint Groups;
}

internal static unsafe partial class Libc
{
    public const int FamilyInternet = 2;
    public const int FamilyNetlink = 16;
    public const int SocketDatagram = 2;
    public const int SocketRaw = 3;
    public const int SocketCloseOnExec = 0x80000;
    public const int SocketLevel = 1;
    public const int NetnsCookie = 71;
    public const int ReceiveBuffer = 8;

    [LibraryImport(Name, SetLastError = true)]
    public static partial int socket(int family, int type, int protocol);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int bind(int fd, NetlinkAddress* address, uint length);

    [LibraryImport(Name, SetLastError = true)]
    public static partial nint send(int fd, byte* buffer, nuint size, int flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial nint recv(int fd, byte* buffer, nuint size, int flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int getsockopt(int fd, int level, int option, void* value, uint* length);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int setsockopt(int fd, int level, int option, void* value, uint length);
}
