// Pins: names in the BPF file system that keep kernel objects alive and let another process find them.

using System.Runtime.InteropServices;
using Eider.Bpf.Native;

namespace Eider.Bpf;

internal static class Pins
{
    /// <param name="kind">Of object that must be there: <c>map</c>, <c>prog</c> or <c>link</c>.</param>
    /// <exception cref="BpfException">There is no such pin, or it is another kind of object's.</exception>
    public static Handle Open(string path, string kind)
    {
        Libbpf.Require();
        var fd = Libbpf.bpf_obj_get(path);
        if (fd < 0)
        {
            throw new BpfException("open pinned", path, -fd, suggestion: -fd == Errno.PermissionDenied ? Suggestions.For(-fd, "") : null);
        }

        if (FdInfo.KindOf(fd) is var found && found != kind)
        {
            _ = Libc.close(fd);
            throw new BpfException($"open pinned {kind}", path, Errno.Invalid, suggestion: $"this is the pin of a {found}");
        }

        return new Handle(fd, path);
    }

    /// <summary>Makes the directory too, so that a caller names only the pin.</summary>
    public static void Pin(int fd, string path, string kind, string name)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } directory)
        {
            PinDirectories.Make(directory);
        }

        var result = Libbpf.bpf_obj_pin(fd, path);
        if (result < 0)
        {
            throw new BpfException($"pin {kind} {name} at", path, -result, suggestion: -result switch
            {
                Errno.Exists => "something is pinned there already: remove it, or open it instead",
                Errno.PermissionDenied or Errno.Invalid => PinDirectories.Mend,
                _ => null,
            });
        }
    }

    public static void Remove(string path)
    {
        if (Libc.unlink(path) < 0 && Marshal.GetLastPInvokeError() is var errno && errno != Errno.NoEntry)
        {
            throw new BpfException("remove pin", path, errno);
        }
    }
}

/// <summary>/proc/self/fdinfo: what the kernel says of a descriptor.</summary>
internal static class FdInfo
{
    /// <returns>0 where the kernel does not say.</returns>
    public static long Number(int fd, string key) =>
        Lines(fd).Where(line => line.StartsWith(key + ":", StringComparison.Ordinal)).Select(line => long.TryParse(line.AsSpan(key.Length + 1).Trim(), out var n) ? n : 0).FirstOrDefault();

    /// <returns><c>map</c>, <c>prog</c>, <c>link</c>, or <c>file</c>.</returns>
    public static string KindOf(int fd)
    {
        foreach (var line in Lines(fd))
        {
            if (line.IndexOf("_type:", StringComparison.Ordinal) is > 0 and var end && line[..end] is "map" or "prog" or "link")
            {
                return line[..line.IndexOf('_')];
            }
        }

        return "file";
    }

    private static string[] Lines(int fd)
    {
        try
        {
            return File.ReadAllLines($"/proc/self/fdinfo/{fd}");
        }
        catch (IOException)
        {
            return [];
        }
    }
}
