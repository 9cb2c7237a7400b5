// A made-up /proc, cgroup tree and passwd file in a directory of its own.

using System.Globalization;
using System.Text;
using Eider.Bpf;
using Eider.Core;
using Eider.Core.Enrich;
using Microsoft.Extensions.Time.Testing;

namespace Eider.Tests.Enrich;

internal sealed class FakeHost : IDisposable
{
    public const ulong Tick = 10_000_000;

    private readonly string _root = Directory.CreateTempSubdirectory("eider-enrich-").FullName;

    public FakeHost()
    {
        Directory.CreateDirectory(Path.Join(_root, "proc"));
        Directory.CreateDirectory(Cgroups);
        Time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Clock = new BootClock(Time, () => 0);
        Paths = new HostPaths(Path.Join(_root, "proc"), new CgroupMount(Cgroups, "/", IsHybrid: false), Passwd);
    }

    public FakeTimeProvider Time { get; }

    public BootClock Clock { get; }

    public HostPaths Paths { get; private set; }

    public string Cgroups => Path.Join(_root, "cgroup");

    public string Passwd => Path.Join(_root, "passwd");

    public static Owner Owner(int pid, ulong startNs, uint uid = 0, ulong cgroupId = 0, string comm = "thread") => new(pid, startNs, uid, cgroupId, 0, comm);

    public IdentityResolver Resolver() => new(Paths, Clock, Time);

    public ProcessTable Processes(int capacity = ProcessTable.DefaultCapacity)
    {
        var names = new StringPool();
        return new ProcessTable(new ProcReader(Paths.ProcRoot, names), names, Clock, Time, capacity);
    }

    /// <param name="startTicks">As /proc shows it; the kernel's own start time lies up to 10 ms later.</param>
    public void Process(int pid, ulong startTicks, int parent = 0, string comm = "prog", string? exe = "/usr/bin/prog", string commandLine = "prog", string cgroup = "0::/\n")
    {
        var directory = Path.Join(Paths.ProcRoot, pid.ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(directory);
        File.WriteAllText(
            Path.Join(directory, "stat"),
            $"{pid} ({comm}) S {parent} 1 1 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 {startTicks} 2998272 416 18446744073709551615 1 1\n");
        File.WriteAllBytes(Path.Join(directory, "cmdline"), commandLine.Length == 0 ? [] : Encoding.UTF8.GetBytes(commandLine.Replace(' ', '\0') + "\0"));
        File.WriteAllText(Path.Join(directory, "cgroup"), cgroup);
        File.Delete(Path.Join(directory, "exe"));
        if (exe is not null)
        {
            File.CreateSymbolicLink(Path.Join(directory, "exe"), exe);
        }
    }

    public void EndProcess(int pid) => Directory.Delete(Path.Join(Paths.ProcRoot, pid.ToString(CultureInfo.InvariantCulture)), recursive: true);

    /// <returns>The id.</returns>
    public ulong Cgroup(string path)
    {
        var directory = Cgroups + path;
        Directory.CreateDirectory(directory);
        return Inode.Of(directory);
    }

    public void MakeHybrid() => Paths = Paths with { Cgroups = Paths.Cgroups! with { IsHybrid = true } };

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
