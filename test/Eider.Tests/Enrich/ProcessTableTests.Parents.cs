// Lines of parents: whole, broken and hostile ones.

using Eider.Core;
using Eider.Core.Enrich;
using Xunit;

namespace Eider.Tests.Enrich;

public sealed partial class ProcessTableTests
{
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
}
