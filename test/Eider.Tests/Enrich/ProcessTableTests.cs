// Processes from records and from a made-up /proc: who is who when pids come back, and what is forgotten first.

using System.Text;
using Eider.Core;
using Eider.Core.Enrich;
using Xunit;

namespace Eider.Tests.Enrich;

public sealed class ProcessTableTests : IDisposable
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
    public void Arguments_a_process_wrote_over_are_told_as_exec_had_them()
    {
        _host.Process(8, 100, exe: "/usr/sbin/nginx (deleted)", commandLine: "nginx: worker");
        var table = _host.Processes();
        Exec(table, 8, 100 * FakeHost.Tick, "sbin/nginx", "nginx", "nginx\0-q\0");

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
    public void Parents_are_told_up_to_pid_1()
    {
        _host.Process(1, 1, 0, "init", "/sbin/init");
        _host.Process(20, 2, 1, "sshd", "/usr/sbin/sshd");
        _host.Process(30, 3, 20, "bash", "/bin/bash");
        _host.Process(40, 4, 30, "dig", "/usr/bin/dig");
        var table = _host.Processes();

        var info = table.Describe(table.FindOrAdd(FakeHost.Owner(40, 4 * FakeHost.Tick)));

        Assert.Equal([new(30, "bash", "/bin/bash"), new(20, "sshd", "/usr/sbin/sshd"), new ParentInfo(1, "init", "/sbin/init")], info.Parents);
    }

    [Fact]
    public void Parent_that_ended_is_told_while_it_is_remembered_and_its_successor_after_that()
    {
        _host.Process(1, 1, 0, "init", "/sbin/init");
        _host.Process(9, 200, 1, "daemon");
        _host.Process(10, 200, 1, "daemon");
        var table = _host.Processes();
        Exec(table, 8, 100 * FakeHost.Tick, "/bin/sh", "sh");
        Fork(table, 9, 8, 200 * FakeHost.Tick);
        Fork(table, 10, 8, 200 * FakeHost.Tick);
        table.OnExit(8, 100 * FakeHost.Tick);
        Assert.Equal(8, table.Describe(table.Find(9, 0)!).Parents[0].Pid);

        _host.Time.Advance(ProcessTable.Grace);
        table.OnExit(8, 100 * FakeHost.Tick);

        Assert.Null(table.Find(8, 0));
        Assert.Equal([1], table.Describe(table.Find(10, 0)!).Parents.Select(parent => parent.Pid));
    }

    [Fact]
    public void Process_younger_than_its_child_is_not_its_parent()
    {
        _host.Process(9, 200, 8);
        _host.Process(8, 300, 1);
        var table = _host.Processes();
        table.Scan();

        Assert.Empty(table.Describe(table.Find(9, 0)!).Parents);
    }

    [Fact]
    public void Parents_that_go_in_a_circle_end()
    {
        _host.Process(8, 100, 9);
        _host.Process(9, 100, 8);
        var table = _host.Processes();
        table.Scan();

        Assert.Equal([9], table.Describe(table.Find(8, 0)!).Parents.Select(parent => parent.Pid));
    }

    [Fact]
    public void Line_of_parents_is_32_long_at_most()
    {
        for (var pid = 1; pid <= 50; pid++)
        {
            _host.Process(pid, (ulong)pid, pid - 1);
        }

        var table = _host.Processes();
        table.Scan();

        Assert.Equal(32, table.Describe(table.Find(50, 0)!).Parents.Count);
    }

    [Fact]
    public void Full_table_forgets_those_that_ended_first_and_counts_them()
    {
        var table = _host.Processes(capacity: 3);
        for (var pid = 1; pid <= 3; pid++)
        {
            Exec(table, pid, (ulong)pid * 1_000_000_000, "p");
        }

        table.OnExit(2, 2_000_000_000);
        Exec(table, 4, 4_000_000_000, "p");
        Exec(table, 5, 5_000_000_000, "p");
        table.OnExit(99, 0);

        Assert.Null(table.Find(2, 0));
        Assert.Null(table.Find(1, 0));
        Assert.NotNull(table.Find(3, 0));
        Assert.Equal((3, 2L), (table.Count, table.Evictions));
    }

    [Fact]
    public void Table_is_bounded_whatever_comes()
    {
        var table = _host.Processes(capacity: 100);
        var random = new Random(7);
        for (var i = 0; i < 50_000; i++)
        {
            var (pid, start) = (random.Next(1, 400), (ulong)random.Next(1, 40) * 1_000_000_000);
            switch (random.Next(4))
            {
                case 0: Exec(table, pid, start, "p", args: new string('a', random.Next(500))); break;
                case 1: Fork(table, pid, random.Next(1, 400), start); break;
                case 2: table.OnExit(pid, start); break;
                default: table.Describe(table.FindOrAdd(FakeHost.Owner(pid, start))); break;
            }

            Assert.InRange(table.Count, 0, 101 + 32);
        }

        _host.Time.Advance(ProcessTable.Grace);
        for (var pid = 1; pid < 400; pid++)
        {
            for (ulong start = 1; start < 40; start++)
            {
                table.OnExit(pid, start * 1_000_000_000);
            }
        }

        _host.Time.Advance(ProcessTable.Grace);
        table.OnExit(1, 1);
        Assert.Equal((0, 0L), (table.Count, table.ImageOctets));
    }

    [Fact]
    public void Long_command_lines_do_not_take_more_than_their_share()
    {
        var table = _host.Processes();
        var args = Encoding.ASCII.GetString(new byte[500].Select(_ => (byte)'a').ToArray());
        for (var pid = 1; pid <= 40_000; pid++)
        {
            Exec(table, pid, (ulong)pid * 1_000_000_000, "p", args: args + pid);
        }

        Assert.InRange(table.ImageOctets, 1, (16 << 20) + 1024);
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
