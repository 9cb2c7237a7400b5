// A small file system of its own for tests of full and read-only disks. Needs root.

using System.Diagnostics;
using Xunit;

namespace Eider.Tests.Store;

internal sealed class Tmpfs : IDisposable
{
    public Tmpfs(int mebibytes)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting a small file system needs root");
        Folder = Directory.CreateTempSubdirectory("eider-tmpfs-").FullName;
        var refused = Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m", "tmpfs", Folder);
        if (refused.Length > 0)
        {
            Directory.Delete(Folder);
            Assert.Skip($"a small file system cannot be mounted here: {refused}");
        }
    }

    public string Folder { get; }

    public void MakeReadOnly() => Assert.Empty(Run("mount", "-o", "remount,ro", Folder));

    public void MakeWritable() => Assert.Empty(Run("mount", "-o", "remount,rw", Folder));

    public void Dispose()
    {
        Run("umount", "-l", Folder);
        Directory.Delete(Folder);
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? "" : $"{program}: {errors}";
    }
}
