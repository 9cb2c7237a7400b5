// The real /proc, with real processes.

using System.Diagnostics;
using Eider.Bpf;
using Eider.Core;
using Eider.Core.Enrich;
using Xunit;

namespace Eider.Tests.Enrich;

public sealed class LiveProcTests
{
    private readonly ProcReader _proc = new("/proc", new StringPool());

    [Fact]
    public void This_process_is_named_with_its_parents_up_to_the_first()
    {
        var identity = Resolver().Resolve(OwnerOf(Environment.ProcessId));

        Assert.Equal(new FileInfo("/proc/self/exe").LinkTarget, identity.Process!.Exe);
        Assert.Equal(File.ReadAllText("/proc/self/cmdline").TrimEnd('\0').Replace('\0', ' '), identity.Process.CommandLine);
        Assert.Equal(1, identity.Process.Parents[^1].Pid);
        var started = new DateTimeOffset(Process.GetCurrentProcess().StartTime);
        Assert.InRange(identity.Process.StartTime, started.AddSeconds(-2), started.AddSeconds(2));
    }

    [Fact]
    public void Child_is_named_while_it_lives_and_after_it_ended()
    {
        var resolver = Resolver();
        Owner owner;
        using (var child = new Child())
        {
            owner = OwnerOf(child.Pid);
            resolver.Resolve(owner);
        }

        resolver.OnExit(owner.Pid, owner.StartTimeNs);

        var process = resolver.Resolve(owner).Process!;

        Assert.Equal(("sleep", "sleep 1000"), (process.Comm, process.CommandLine));
        Assert.EndsWith("/sleep", process.Exe, StringComparison.Ordinal);
        Assert.Equal(Environment.ProcessId, process.Parents[0].Pid);
    }

    [Fact]
    public void Process_that_ended_unseen_is_named_by_its_owner_record_alone()
    {
        Owner owner;
        using (var child = new Child())
        {
            owner = OwnerOf(child.Pid);
        }

        var process = Resolver().Resolve(owner).Process!;

        Assert.Equal(("thread", null), (process.Comm, process.Exe));
    }

    [Fact]
    public void Cgroup_of_this_process_is_found_by_its_inode()
    {
        var mount = CgroupV2.Find();
        var path = _proc.UnifiedCgroup(Environment.ProcessId);
        Assert.SkipWhen(mount is not { Root: "/" } || path is null, "no whole cgroup v2 tree is mounted here");
        var id = Inode.Of(mount!.Path + path);
        Assert.SkipWhen(id == 0, $"this process's cgroup {path} is not below {mount.Path}: it runs in a cgroup namespace");

        Assert.Equal(path, Resolver().Resolve(OwnerOf(Environment.ProcessId) with { CgroupId = id }).Cgroup!.Path);
    }

    [Fact]
    public void Path_without_anything_has_no_inode() => Assert.Equal(0UL, Inode.Of("/proc/self/nothing"));

    [Fact]
    public void Every_process_of_the_machine_can_be_described()
    {
        var names = new StringPool();
        var table = new ProcessTable(_proc, names, new BootClock(TimeProvider.System), TimeProvider.System);
        table.Scan();

        var described = _proc.Pids().Select(pid => table.Find(pid, 0)).OfType<ProcessEntry>().Select(table.Describe).ToList();

        Assert.Contains(described, process => process.Pid == Environment.ProcessId);
        Assert.All(described, process => Assert.NotEmpty(process.Comm));
    }

    [Theory]
    [InlineData("1 (a) S 7 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 42 9", "a", 7, 42)]
    [InlineData("1 (a) S 1 (b) S 8 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 43 9", "a) S 1 (b", 8, 43)]
    [InlineData("1 () Z 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 0\n", "", 0, 0)]
    [InlineData("1 (\n)) R 9 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 18446744073709551615 9", "\n)", 9, ulong.MaxValue)]
    public void Stat_line_is_read_from_its_last_parenthesis(string line, string comm, int parent, ulong startTicks)
    {
        Assert.True(ProcReader.TryParseStat(System.Text.Encoding.UTF8.GetBytes(line), new StringPool(), out var stat));
        Assert.Equal(new ProcStat(comm, parent, startTicks), stat);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1 (a")]
    [InlineData(")(")]
    [InlineData("1 (a) S 7 1 1")]
    [InlineData("1 (a) S x 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 42 9")]
    [InlineData("1 (a) S 7 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 x 9")]
    public void Broken_stat_line_is_refused(string line) =>
        Assert.False(ProcReader.TryParseStat(System.Text.Encoding.UTF8.GetBytes(line), new StringPool(), out _));

    private static IdentityResolver Resolver() => new(new HostPaths(Cgroups: CgroupV2.Find()), new BootClock(TimeProvider.System), TimeProvider.System);

    private Owner OwnerOf(int pid)
    {
        Assert.True(_proc.TryStat(pid, out var stat));
        return new Owner(pid, stat.StartTicks * ProcReader.NsPerTick + 1234, 0, 0, 0, "thread");
    }

    private sealed class Child : IDisposable
    {
        // Start returns once exec has succeeded, so /proc shows the program.
        private readonly Process _process = Process.Start(new ProcessStartInfo("sleep", "1000"))!;

        public int Pid => _process.Id;

        public void Dispose()
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
