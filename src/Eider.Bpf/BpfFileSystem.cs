// The file system in which pins live.

using System.Runtime.InteropServices;

namespace Eider.Bpf;

public static partial class BpfFileSystem
{
    /// <summary>Where systemd and everybody else mounts it.</summary>
    public const string Path = "/sys/fs/bpf";

    private const string Type = "bpf";

    /// <summary>Mounts it at <see cref="Path"/> where it is not mounted there.</summary>
    /// <exception cref="BpfException">It cannot be mounted: CAP_SYS_ADMIN is missing, or the kernel has none.</exception>
    public static void EnsureMounted()
    {
        if (IsMounted())
        {
            return;
        }

        if (mount(Type, Path, Type, 0, 0) < 0)
        {
            throw new BpfException("mount BPF file system at", Path, Marshal.GetLastPInvokeError(), suggestion: $"mount it with: mount -t {Type} {Type} {Path}");
        }
    }

    private static bool IsMounted() =>
        File.ReadLines("/proc/self/mounts").Any(line => line.Split(' ') is [_, Path, Type, ..]);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string type, nuint flags, nint data);
}
