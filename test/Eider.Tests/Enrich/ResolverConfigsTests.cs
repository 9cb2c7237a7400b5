// A workload's resolv.conf belongs to the workload: it may be anything.

using System.Diagnostics;
using Eider.Core;
using Eider.Core.Enrich;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Eider.Tests.Enrich;

public sealed class ResolverConfigsTests : IDisposable
{
    private const int Pid = 4711;

    private readonly string proc = Directory.CreateTempSubdirectory("eider-proc").FullName;
    private readonly FakeTimeProvider time = new();
    private readonly ResolverConfigs configs;

    public ResolverConfigsTests()
    {
        Directory.CreateDirectory(Etc);
        configs = new ResolverConfigs(new HostPaths(ProcRoot: proc), time);
    }

    private string Etc => Path.Combine(proc, $"{Pid}/root/etc");

    private string File => Path.Combine(Etc, "resolv.conf");

    public void Dispose() => Directory.Delete(proc, recursive: true);

    [Fact]
    public void Config_of_a_process_is_read_below_its_root()
    {
        System.IO.File.WriteAllText(File, "search svc.cluster.local cluster.local\noptions ndots:5\n");

        Assert.Equal(["svc.cluster.local", "cluster.local"], configs.Of(Who(1))!.Search);
    }

    [Fact]
    public void Config_is_kept_for_the_workload_and_read_again_after_a_minute()
    {
        System.IO.File.WriteAllText(File, "search one.example\n");
        _ = configs.Of(Who(1));
        System.IO.File.WriteAllText(File, "search two.example\n");

        Assert.Equal(["one.example"], configs.Of(Who(1))!.Search);
        Assert.Equal(["two.example"], configs.Of(Who(2))!.Search);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(["two.example"], configs.Of(Who(1))!.Search);
    }

    [Fact]
    public void Link_out_of_the_root_is_followed_within_it()
    {
        var outside = Path.Combine(proc, "outside.conf");
        System.IO.File.WriteAllText(outside, "search outside.example\n");
        System.IO.File.CreateSymbolicLink(File, outside);

        Assert.Null(configs.Of(Who(1)));
    }

    [Fact]
    public void Pipe_in_its_place_holds_nobody_up()
    {
        using var mkfifo = Process.Start("mkfifo", File);
        mkfifo.WaitForExit();

        Assert.Null(configs.Of(Who(1)));
    }

    [Fact]
    public void Process_that_has_ended_leaves_what_was_known()
    {
        System.IO.File.WriteAllText(File, "search one.example\n");
        _ = configs.Of(Who(1));
        System.IO.File.Delete(File);
        time.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal(["one.example"], configs.Of(Who(1))!.Search);
    }

    private static Identity Who(ulong cgroup) => new()
    {
        Process = new ProcessInfo(Pid, DateTimeOffset.UnixEpoch, "app", null, null, []),
        Cgroup = new CgroupInfo(cgroup, "/app"),
    };
}
