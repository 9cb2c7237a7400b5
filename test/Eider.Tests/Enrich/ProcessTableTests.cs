// Processes from records and from a made-up /proc: who is who when pids come back, and what is forgotten first.

using System.Text;
using Eider.Core;
using Eider.Core.Enrich;
using Xunit;

namespace Eider.Tests.Enrich;

public sealed partial class ProcessTableTests : IDisposable
{
    private readonly FakeHost _host = new();

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData(0, true)]
    [InlineData(9_999_999, true)]
    [InlineData(10_000_000, false)]
    [InlineData(-1, false)]
    public void Start_time_of_proc_stands_for_the_ten_milliseconds_after_it(long offsetNs, bool same)
    {
        _host.Process(8, 100);
        var table = _host.Processes();
        table.Scan();

        Assert.Equal(same, table.Find(8, (ulong)((long)(100 * FakeHost.Tick) + offsetNs)) is not null);
    }

    [Fact]
    public void Start_time_told_exactly_is_compared_exactly_from_then_on()
    {
        _host.Process(8, 100);
        var table = _host.Processes();
        table.Scan();
        Assert.NotNull(table.Find(8, 100 * FakeHost.Tick + 5));

        Assert.Null(table.Find(8, 100 * FakeHost.Tick + 6));
    }

    [Fact]
    public void Process_with_the_pid_of_another_is_not_taken_for_it()
    {
        _host.Process(8, 100, comm: "new");
        var table = _host.Processes();

        var old = table.FindOrAdd(FakeHost.Owner(8, 50 * FakeHost.Tick, comm: "old"));
        var current = table.FindOrAdd(FakeHost.Owner(8, 100 * FakeHost.Tick));

        Assert.Equal(("old", null), (table.Describe(old).Comm, table.Describe(old).Exe));
        Assert.Equal(("new", "/usr/bin/prog"), (table.Describe(current).Comm, table.Describe(current).Exe));
        Assert.Same(old, table.Find(8, 50 * FakeHost.Tick));
    }

    [Fact]
    public void Pid_given_to_another_ends_the_one_before_though_its_exit_record_was_lost()
    {
        var table = _host.Processes();
        Exec(table, 8, 1_000_000_000, "first");
        Exec(table, 8, 2_000_000_000, "second");

        Assert.Equal("first", table.Find(8, 1_000_000_000)!.Comm);
        Assert.Equal("second", table.Find(8, 0)!.Comm);
        Assert.Equal(1, table.EndedCount);
    }

    [Fact]
    public void Child_runs_its_parent_s_program_until_it_becomes_another()
    {
        var table = _host.Processes();
        Exec(table, 8, 1_000_000_000, "/bin/sh", "sh");
        Fork(table, 9, 8, 2_000_000_000);
        var child = table.Find(9, 2_000_000_000)!;

        Assert.Equal("/bin/sh", table.Describe(child).Exe);
        Exec(table, 9, 2_000_000_000, "/bin/ls", "ls");
        Assert.Equal("/bin/ls", table.Describe(child).Exe);
        Assert.Equal([new ParentInfo(8, "sh", "/bin/sh")], table.Describe(child).Parents);
    }

    [Fact]
    public void Fork_record_that_comes_after_the_scan_does_not_undo_what_the_scan_saw()
    {
        _host.Process(8, 100, comm: "sh", exe: "/bin/sh", commandLine: "sh");
        _host.Process(9, 200, 1, "ls", "/bin/ls", "ls -l");
        var table = _host.Processes();
        table.Scan();
        Fork(table, 9, 8, 200 * FakeHost.Tick + 77);

        var info = table.Describe(table.Find(9, 200 * FakeHost.Tick + 77)!);

        Assert.Equal(("/bin/ls", "ls -l"), (info.Exe, info.CommandLine));
        Assert.Equal(8, info.Parents[0].Pid);
    }

    [Fact]
    public void Executable_of_a_living_process_is_named_instead_of_the_path_it_was_called_by()
    {
        _host.Process(8, 100, exe: "/usr/bin/dash", commandLine: "./run.sh a");
        var table = _host.Processes();
        Exec(table, 8, 100 * FakeHost.Tick, "./run.sh", "run.sh", "./run.sh\0a\0");

        Assert.Equal("/usr/bin/dash", table.Describe(table.Find(8, 0)!).Exe);
    }

    [Fact]
    public void Each_program_of_a_living_process_is_looked_at()
    {
        var table = _host.Processes();
        _host.Process(8, 100, exe: "/usr/bin/dash", commandLine: "sh");
        Exec(table, 8, 100 * FakeHost.Tick, "/bin/sh", "sh", "sh\0");
        Assert.Equal("/usr/bin/dash", table.Describe(table.Find(8, 0)!).Exe);

        _host.Process(8, 100, exe: "/usr/bin/bind-dig", commandLine: "dig a");
        Exec(table, 8, 100 * FakeHost.Tick, "/usr/bin/dig", "dig", "dig\0a\0");

        Assert.Equal("/usr/bin/bind-dig", table.Describe(table.Find(8, 0)!).Exe);
    }

    [Fact]
    public void Program_that_took_the_place_of_another_meanwhile_is_not_named_for_it()
    {
        // /proc is ahead of the ring: the event is of the first program.
        _host.Process(8, 100, exe: "/usr/bin/second", commandLine: "second", comm: "second");
        var table = _host.Processes();
        Exec(table, 8, 100 * FakeHost.Tick, "/usr/bin/first", "first", "first\0x\0");

        var info = table.Describe(table.Find(8, 0)!);

        Assert.Equal(("first", "/usr/bin/first", "first x"), (info.Comm, info.Exe, info.CommandLine));
    }

    [Fact]
    public void Program_that_only_has_the_name_of_the_one_that_follows_it_is_told_by_its_own_path()
    {
        _host.Process(8, 100, exe: "/usr/bin/curl", commandLine: "curl -s b", comm: "curl");
        var table = _host.Processes();
        Exec(table, 8, 100 * FakeHost.Tick, "/tmp/x/curl", "curl", "curl\0-s\0a\0");

        var info = table.Describe(table.Find(8, 0)!);

        Assert.Equal(("/tmp/x/curl", "curl -s a"), (info.Exe, info.CommandLine));
    }

    [Fact]
    public void Arguments_a_process_wrote_over_are_told_as_exec_had_them()
    {
        _host.Process(8, 100, exe: "/usr/sbin/nginx (deleted)", commandLine: "nginx: worker");
        var table = _host.Processes();
        Exec(table, 8, 100 * FakeHost.Tick, "/sbin/nginx", "nginx", "nginx\0-q\0");

        var info = table.Describe(table.Find(8, 0)!);

        Assert.Equal(("/usr/sbin/nginx (deleted)", "nginx -q"), (info.Exe, info.CommandLine));
    }

    [Fact]
    public void Command_line_longer_than_its_record_is_completed_from_proc_and_cut_at_4_KiB()
    {
        var longLine = new string('x', 3000);
        _host.Process(8, 100, commandLine: longLine);
        _host.Process(9, 100, commandLine: new string('y', 5000));
        var table = _host.Processes();
        table.OnExec(new ExecRecord { Pid = 8, ParentPid = 0, StartTimeNs = 100 * FakeHost.Tick, Comm = "x"u8, Path = "x"u8, Args = Encoding.ASCII.GetBytes(longLine[..512]), ArgsCut = true });
        table.Scan();

        Assert.Equal(longLine, table.Describe(table.Find(8, 0)!).CommandLine);
        Assert.Equal(new string('y', ProcReader.MaxCommandLine) + "…", table.Describe(table.Find(9, 0)!).CommandLine);
    }

    [Fact]
    public void Kernel_thread_has_no_executable_and_no_command_line()
    {
        _host.Process(2, 1, comm: "kworker/u8:1-events_unbound", exe: null, commandLine: "");
        var table = _host.Processes();
        table.Scan();

        var info = table.Describe(table.Find(2, 0)!);

        Assert.Equal(("kworker/u8:1-events_unbound", null, null), (info.Comm, info.Exe, info.CommandLine));
    }

    [Fact]
    public void Second_scan_puts_right_what_lost_records_left_wrong()
    {
        _host.Process(8, 100, exe: "/bin/first", commandLine: "first");
        _host.Process(9, 100);
        var table = _host.Processes();
        table.Scan();
        Assert.Equal("/bin/first", table.Describe(table.Find(8, 0)!).Exe);

        _host.Process(8, 100, exe: "/bin/second", commandLine: "second", comm: "second");
        _host.EndProcess(9);
        table.Scan();

        Assert.Equal(("second", "/bin/second"), (table.Describe(table.Find(8, 0)!).Comm, table.Describe(table.Find(8, 0)!).Exe));
        Assert.Equal(1, table.EndedCount);
    }

    private static void Exec(ProcessTable table, int pid, ulong startNs, string path, string? comm = null, string args = "") => table.OnExec(new ExecRecord
    {
        Pid = pid,
        ParentPid = 0,
        StartTimeNs = startNs,
        Comm = Encoding.UTF8.GetBytes(comm ?? path),
        Path = Encoding.UTF8.GetBytes(path),
        Args = Encoding.UTF8.GetBytes(args),
    });

    private static void Fork(ProcessTable table, int pid, int parent, ulong startNs) =>
        table.OnFork(new ForkRecord { Pid = pid, ParentPid = parent, StartTimeNs = startNs, Comm = "forked"u8 });
}
