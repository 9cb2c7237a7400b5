// Files of other processes' roots: whoever owns such a root may have put anything there.

using System.Runtime.InteropServices;
using Eider.Bpf.Native;

namespace Eider.Bpf;

public static unsafe partial class ContainedFile
{
    private const nint OpenAt2 = 437; // the same number on every architecture
    private const int ReadOnly = 0;
    private const int NonBlocking = 0x800; // a FIFO must not hold us
    private const int CloseOnExec = 0x80000;
    private const ulong ResolveNoMagicLinks = 0x02;
    private const ulong ResolveInRoot = 0x10;
    private const ushort TypeMask = 0xf000;
    private const ushort Regular = 0x8000;
    private const int StatxLength = 256;
    private const int ModeOffset = 28; // of stx_mode
    private const int EmptyPath = 0x1000;

    /// <summary>Reads a regular file below a root; symbolic links are followed within it and never out of it. Needs kernel 5.6.</summary>
    /// <param name="root">A directory, e.g. <c>/proc/PID/root</c>.</param>
    /// <param name="path">Below it.</param>
    /// <param name="buffer">Takes the start of the file.</param>
    /// <returns>Octets read, or -1 where there is no such file or it is none.</returns>
    public static int Read(string root, string path, Span<byte> buffer)
    {
        var directory = Libc.open(root, Libc.OpenReadOnly | Libc.OpenDirectory | Libc.OpenCloseOnExec);
        if (directory < 0)
        {
            return -1;
        }

        using var held = new Handle(directory, root);
        var how = new OpenHow { Flags = ReadOnly | NonBlocking | CloseOnExec, Resolve = ResolveInRoot | ResolveNoMagicLinks };
        var fd = openat2(OpenAt2, directory, path, &how, (nuint)sizeof(OpenHow));
        if (fd < 0)
        {
            return -1;
        }

        using var file = new Handle((int)fd, path);
        if (!IsRegular(file.Fd))
        {
            return -1;
        }

        fixed (byte* at = buffer)
        {
            return (int)Libc.read(file.Fd, at, (nuint)buffer.Length);
        }
    }

    private static bool IsRegular(int fd)
    {
        var buffer = stackalloc byte[StatxLength];
        return statx(fd, "", EmptyPath, 1, buffer) == 0 && (*(ushort*)(buffer + ModeOffset) & TypeMask) == Regular;
    }

    [LibraryImport("libc", EntryPoint = "syscall", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint openat2(nint number, nint directory, string path, OpenHow* how, nuint size);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, byte* buffer);

    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
