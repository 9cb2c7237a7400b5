// Cgroup ids to paths, on a made-up tree whose directories' inodes are the ids.

using Eider.Bpf;
using Eider.Core.Enrich;
using Xunit;

namespace Eider.Tests.Enrich;

public sealed class CgroupTableTests : IDisposable
{
    private readonly FakeHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Tree_is_read_at_the_start()
    {
        var (root, child) = (_host.Cgroup(""), _host.Cgroup("/a.slice/b.service"));
        var table = Table();
        table.Scan();

        Assert.Equal(("/", "/a.slice/b.service", 3), (table.Find(root, 0).Info.Path, table.Find(child, 0).Info.Path, table.Count));
    }

    [Fact]
    public void Cgroup_without_a_record_is_found_through_its_process_without_reading_the_tree()
    {
        var table = Table();
        table.Scan();
        var (late, other) = (_host.Cgroup("/late.service"), _host.Cgroup("/other.service"));
        _host.Process(8, 1, cgroup: "0::/late.service\n");

        Assert.Equal("/late.service", table.Find(late, 8).Info.Path);
        Assert.Null(table.Find(other, 8).Info.Path);
    }

    [Fact]
    public void Tree_is_read_again_for_a_missing_cgroup_but_not_at_every_event()
    {
        var table = Table();
        table.Scan();
        var first = _host.Cgroup("/first");
        Assert.False(table.Find(first, 0).IsResolved);

        _host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(table.Find(first, 0).IsResolved);
        var second = _host.Cgroup("/second");
        Assert.False(table.Find(second, 0).IsResolved);
        Assert.Equal(1, table.UnresolvedCount);
    }

    [Fact]
    public void Removed_cgroup_is_remembered_for_its_grace_time()
    {
        var table = Table();
        table.OnCreated(1_000_001, "/a"u8);
        table.OnRemoved(1_000_001);
        Assert.Equal("/a", table.Find(1_000_001, 0).Info.Path);

        _host.Time.Advance(CgroupTable.Grace);
        table.OnRemoved(1_000_001);

        Assert.Equal((0, 0L), (table.Count, table.Evictions));
    }

    [Fact]
    public void Removal_whose_record_was_lost_is_seen_when_the_tree_is_read_again()
    {
        var id = _host.Cgroup("/a");
        var table = Table();
        table.Scan();
        Directory.Delete(_host.Cgroups + "/a");
        table.Scan();
        _host.Time.Advance(CgroupTable.Grace);
        table.Scan();

        Assert.Equal(1, table.Count);
        Assert.False(table.Find(id, 0).IsResolved);
    }

    [Fact]
    public void Path_that_fills_its_record_may_be_cut_and_is_not_believed()
    {
        var table = Table();
        table.OnCreated(1_000_001, new byte[1023].Select(_ => (byte)'a').Append((byte)0).ToArray());
        table.OnCreated(1_000_002, ""u8);

        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void More_cgroups_than_there_is_room_for_are_forgotten_and_counted()
    {
        var table = Table();
        for (var i = 0; i < CgroupTable.Capacity + 10; i++)
        {
            table.OnCreated(1_000_000 + (ulong)i, "/a"u8);
        }

        Assert.Equal((CgroupTable.Capacity, 10L), (table.Count, table.Evictions));
    }

    [Fact]
    public void Ids_that_cannot_be_found_are_bounded_too()
    {
        var table = Table();
        for (var i = 0; i < CgroupTable.Capacity + 10; i++)
        {
            table.Find(1_000_000 + (ulong)i, 0);
        }

        Assert.Equal((CgroupTable.Capacity, CgroupTable.Capacity), (table.Count, table.UnresolvedCount));
    }

    [Fact]
    public void Mount_that_shows_a_part_of_the_tree_gives_whole_paths()
    {
        var id = _host.Cgroup("/b");
        var table = new CgroupTable(new CgroupMount(_host.Cgroups, "/part", false), Proc(), _host.Time);
        table.Scan();

        Assert.Equal("/part/b", table.Find(id, 0).Info.Path);
    }

    private CgroupTable Table() => new(new CgroupMount(_host.Cgroups, "/", false), Proc(), _host.Time);

    private ProcReader Proc() => new(_host.Paths.ProcRoot, new StringPool());
}
