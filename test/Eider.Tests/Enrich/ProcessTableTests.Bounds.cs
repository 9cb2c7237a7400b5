// What the table forgets, and that it does.

using System.Text;
using Eider.Core.Enrich;
using Xunit;

namespace Eider.Tests.Enrich;

public sealed partial class ProcessTableTests
{
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
}
