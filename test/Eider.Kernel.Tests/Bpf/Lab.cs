// The surroundings of a kernel test: compiled objects, and a cgroup, pin directory or child process of its own that it cannot leave behind.

using System.Diagnostics;
using System.Runtime.CompilerServices;
using Eider.Bpf;

namespace Eider.Kernel.Tests.Bpf;

internal static class TestObjects
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "bpf-test", name + ".bpf.o");

    public static string SourceDirectory { get; } = Path.Combine(Path.GetDirectoryName(ThisFile())!, "objects");

    public static BpfObject Open(string name) => BpfObject.OpenFile(PathOf(name));

    private static string ThisFile([CallerFilePath] string path = "") => path;
}

/// <summary>A cgroup v2 directory without processes until <see cref="Adopt"/>.</summary>
internal sealed class TestCgroup : IDisposable
{
    public TestCgroup([CallerMemberName] string name = "")
    {
        var mount = CgroupV2.Find() ?? throw new InvalidOperationException("cgroup v2 is not mounted");
        Path = System.IO.Path.Combine(mount.Path, $"eider-test-{Environment.ProcessId}-{name}");
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    /// <summary>As programs see it.</summary>
    public ulong Id => ulong.Parse(Shell.Run($"stat -c %i {Path}"));

    public void Dispose() => Directory.Delete(Path);

    /// <summary>Runs a shell command inside the cgroup and waits for its end.</summary>
    public string Run(string command) => Shell.Run($"echo $$ > {Path}/cgroup.procs && {command}");

    /// <summary>Sends a UDP datagram with 4 octets of payload over loopback, from a process of the cgroup.</summary>
    public void SendDatagram() => Run("exec bash -c 'printf 1234 > /dev/udp/127.0.0.1/9'");
}

/// <summary>A directory of the BPF file system.</summary>
internal sealed class PinDirectory : IDisposable
{
    public PinDirectory([CallerMemberName] string name = "")
    {
        Path = $"/sys/fs/bpf/eider-test-{Environment.ProcessId}-{name}";
        if (!File.ReadAllText("/proc/self/mountinfo").Contains(" - bpf ", StringComparison.Ordinal))
        {
            Shell.Run("mount -t bpf bpf /sys/fs/bpf");
        }

        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

internal static class Shell
{
    public static string Run(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-ec", command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"\"{command}\" ended with {process.ExitCode}: {errors.Result}");
    }
}
