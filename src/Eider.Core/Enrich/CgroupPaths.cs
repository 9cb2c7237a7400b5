// One language for the paths of cgroups: what the kernel tells counts from the root of the hierarchy, what is read counts from a mount that may show a part of it.

using Eider.Bpf;

namespace Eider.Core.Enrich;

/// <summary>Paths as this process's cgroup namespace has them; in a namespace of its own what lies outside begins with <c>/..</c>, as in /proc/PID/cgroup. Thread-safe.</summary>
internal sealed class CgroupPaths(CgroupMount mount)
{
    private const ulong RootInode = 1; // of the whole hierarchy, in every kernel since 5.5

    // Where the whole hierarchy is mounted, a namespace changes nothing: its paths are the kernel's.
    private readonly string _root = mount.Root == "/" || Inode.Of(mount.Path) == RootInode ? "" : mount.Root;
    private volatile string? _above = Inode.Of(mount.Path) == RootInode ? "" : null;

    /// <summary>Of the mount.</summary>
    public string Directory => mount.Path;

    /// <param name="directory">At or below <see cref="Directory"/>.</param>
    public string Of(string directory) => _root + directory[mount.Path.Length..] is { Length: > 0 } path ? path : "/";

    /// <summary>The directory of a path, where it lies below the mount.</summary>
    public string ToDirectory(string path) =>
        mount.Path + (_root.Length > 0 && path.StartsWith(_root, StringComparison.Ordinal) ? path[_root.Length..] : path);

    /// <param name="id">Of the cgroup.</param>
    /// <param name="told">From the root of the hierarchy, as the kernel tells it. How much of it lies above the mount is learnt from the first cgroup that is found below it.</param>
    public string OfTold(ulong id, string told)
    {
        if ((_above ??= Above(id, told)) is not { } above)
        {
            return told;
        }

        return !told.StartsWith(above, StringComparison.Ordinal) ? "/.." + told
            : told.Length == above.Length ? Of(mount.Path)
            : told[above.Length] == '/' ? _root + told[above.Length..]
            : "/.." + told;
    }

    private string? Above(ulong id, string told)
    {
        for (var at = 0; at >= 0 && at < told.Length; at = told.IndexOf('/', at + 1))
        {
            if (Inode.Of(mount.Path + told[at..]) == id)
            {
                return told[..at];
            }
        }

        return null;
    }
}
