// Inode numbers, which .NET does not offer: the id of a cgroup is the inode of its directory.

using System.Runtime.InteropServices;

namespace Eider.Bpf;

public static unsafe partial class Inode
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const uint WantInode = 0x100; // STATX_INO
    private const uint WantType = 0x1; // STATX_TYPE
    private const int StatxLength = 256;
    private const int ModeOffset = 28; // of stx_mode
    private const int TypeMask = 0xf000; // S_IFMT
    private const int RegularFile = 0x8000;
    private const int Folder = 0x4000;
    private const int InodeOffset = 32; // of stx_ino, the same on every architecture

    /// <summary>Inode number of what is at <paramref name="path"/>, symbolic links not followed; 0 where there is nothing or it may not be looked at. Any thread.</summary>
    public static ulong Of(string path)
    {
        var buffer = stackalloc byte[StatxLength];
        return statx(CurrentDirectory, path, NoFollow, WantInode, buffer) == 0 ? *(ulong*)(buffer + InodeOffset) : 0;
    }

    /// <summary>Whether there is something at <paramref name="path"/>, symbolic links followed, that is neither a regular file nor a directory: a pipe, a socket or a device,
    /// which to open may take for ever. Any thread.</summary>
    public static bool IsSpecial(string path)
    {
        var buffer = stackalloc byte[StatxLength];
        return statx(CurrentDirectory, path, 0, WantType, buffer) == 0 && (*(ushort*)(buffer + ModeOffset) & TypeMask) is not (RegularFile or Folder);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, byte* buffer);
}
