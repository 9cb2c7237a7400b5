// Owners to identities, on a made-up host.

using Eider.Core;
using Eider.Core.Enrich;
using Eider.Lab;
using Xunit;

namespace Eider.Tests.Enrich;

public sealed class IdentityResolverTests : IDisposable
{
    private const string Pod = "0f3b6c1a-8d52-4e7b-9a11-2c4d5e6f7a8b";
    private const string Id = "4f5a9c1e0b7d2f38a6c4e1905b7d3f2a8c6e4b1d9f7a5c3e2b0d8f6a4c1e9b75";

    private readonly FakeHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Process_that_was_there_at_the_start_is_named_in_full()
    {
        _host.Process(1, 1, 0, "systemd", "/usr/lib/systemd/systemd", "/sbin/init");
        _host.Process(500, 900, 1, "nginx", "/usr/sbin/nginx", "nginx -g x");
        File.WriteAllText(_host.Passwd, "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/:/bin/false\n");
        var cgroup = _host.Cgroup("/system.slice/nginx.service");
        var resolver = _host.Resolver();
        resolver.Scan();

        var identity = resolver.Resolve(FakeHost.Owner(500, 900 * FakeHost.Tick + 123_456, 33, cgroup));

        Assert.Equal((500, "nginx", "/usr/sbin/nginx", "nginx -g x"), (identity.Process!.Pid, identity.Process.Comm, identity.Process.Exe, identity.Process.CommandLine));
        Assert.Equal([new ParentInfo(1, "systemd", "/usr/lib/systemd/systemd")], identity.Process.Parents);
        Assert.Equal(new UserInfo(33, "www-data"), identity.User);
        Assert.Equal(new CgroupInfo(cgroup, "/system.slice/nginx.service"), identity.Cgroup);
        Assert.Equal("nginx.service", identity.Unit);
    }

    [Fact]
    public void Second_event_of_a_process_gets_the_same_object_without_allocation()
    {
        _host.Process(500, 900);
        File.WriteAllText(_host.Passwd, "root:x:0:0::/root:/bin/sh\n");
        var resolver = _host.Resolver();
        var owner = FakeHost.Owner(500, 900 * FakeHost.Tick, 0, _host.Cgroup("/a.service"));
        var first = resolver.Resolve(owner);

        var second = default(Identity);
        var allocated = Allocated.Least(() => second = resolver.Resolve(owner));

        Assert.Same(first, second);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Event_before_exec_keeps_the_old_program_and_event_after_it_has_the_new()
    {
        var resolver = _host.Resolver();
        var owner = FakeHost.Owner(700, 5_000_000_123);
        resolver.OnFork(new ForkRecord { Pid = 700, ParentPid = 1, StartTimeNs = owner.StartTimeNs, Comm = "sh\0"u8 });
        resolver.OnExec(new ExecRecord { Pid = 700, ParentPid = 1, StartTimeNs = owner.StartTimeNs, Comm = "sh\0\0"u8, Path = "/bin/sh\0"u8, Args = "sh\0-c\0x\0"u8 });
        var before = resolver.Resolve(owner);
        resolver.OnExec(new ExecRecord { Pid = 700, ParentPid = 1, StartTimeNs = owner.StartTimeNs, Comm = "dig"u8, Path = "/usr/bin/dig"u8, Args = "dig\0a\0"u8 });
        var after = resolver.Resolve(owner);

        Assert.Equal(("sh", "/bin/sh", "sh -c x"), (before.Process!.Comm, before.Process.Exe, before.Process.CommandLine));
        Assert.Equal(("dig", "/usr/bin/dig", "dig a"), (after.Process!.Comm, after.Process.Exe, after.Process.CommandLine));
    }

    [Fact]
    public void Event_of_a_process_that_ended_is_still_named()
    {
        var resolver = _host.Resolver();
        resolver.OnExec(new ExecRecord { Pid = 700, ParentPid = 1, StartTimeNs = 42, Comm = "dig"u8, Path = "/usr/bin/dig"u8, Args = "dig\0a\0"u8 });
        resolver.OnExit(700, 42);

        Assert.Equal("/usr/bin/dig", resolver.Resolve(FakeHost.Owner(700, 42)).Process!.Exe);
    }

    [Fact]
    public void Owner_of_whom_nothing_is_known_is_named_by_its_own_record_and_counted_once()
    {
        var resolver = _host.Resolver();
        var owner = FakeHost.Owner(4242, 99_000_000_000, 1000, 0, "curl");

        var identity = resolver.Resolve(owner);
        resolver.Resolve(owner);

        Assert.Equal((4242, "curl", null, null), (identity.Process!.Pid, identity.Process.Comm, identity.Process.Exe, identity.Process.CommandLine));
        Assert.Equal(1, resolver.Statistics.UnresolvedOwners);
    }

    [Fact]
    public void Owner_without_a_process_is_named_by_its_cgroup()
    {
        var cgroup = _host.Cgroup($"/kubepods/burstable/pod{Pod}/{Id}");
        var resolver = _host.Resolver();
        resolver.Scan();

        var identity = resolver.Resolve(FakeHost.Owner(0, 0, 0, cgroup));

        Assert.Null(identity.Process);
        Assert.Equal((Pod, Id), (identity.Pod!.Uid, identity.ContainerId));
        Assert.Same(identity, resolver.Resolve(FakeHost.Owner(0, 0, 0, cgroup)));
        Assert.Same(Identity.Unknown, resolver.Resolve(Owner.Unknown));
    }

    [Fact]
    public void Cgroup_that_was_made_and_removed_before_its_event_is_named_by_its_record()
    {
        var resolver = _host.Resolver();
        resolver.Scan();
        resolver.OnCgroupCreated(987_654_321, "/system.slice/run-u1.service\0\0"u8);
        resolver.OnCgroupRemoved(987_654_321);

        Assert.Equal("run-u1.service", resolver.Resolve(FakeHost.Owner(9, 9, 0, 987_654_321)).Unit);
    }

    [Fact]
    public void One_process_with_sockets_of_two_users_and_cgroups_has_an_identity_for_each()
    {
        _host.Process(1, 1);
        File.WriteAllText(_host.Passwd, "root:x:0:0::/:\nbob:x:1000:1000::/:\n");
        var (a, b) = (_host.Cgroup("/a.service"), _host.Cgroup("/b.service"));
        var resolver = _host.Resolver();
        resolver.Scan();

        var first = resolver.Resolve(FakeHost.Owner(1, FakeHost.Tick, 0, a));
        var second = resolver.Resolve(FakeHost.Owner(1, FakeHost.Tick, 1000, b));

        Assert.Equal(("root", "a.service"), (first.User!.Name, first.Unit));
        Assert.Equal(("bob", "b.service"), (second.User!.Name, second.Unit));
        Assert.Equal("bob", resolver.Resolve(FakeHost.Owner(1, FakeHost.Tick, 1000, a)).User!.Name);
        Assert.Same(first.Process, second.Process);
        Assert.Same(first, resolver.Resolve(FakeHost.Owner(1, FakeHost.Tick, 0, a)));
        Assert.Equal(3, resolver.Statistics.Identities);
    }

    [Fact]
    public void Identities_of_a_process_that_changes_cgroups_all_the_time_are_bounded()
    {
        _host.Process(1, 1);
        var resolver = _host.Resolver();
        for (ulong cgroup = 1_000_001; cgroup <= 1_000_100; cgroup++)
        {
            resolver.OnCgroupCreated(cgroup, "/a.service"u8);
            resolver.Resolve(FakeHost.Owner(1, FakeHost.Tick, 0, cgroup));
        }

        Assert.InRange(resolver.Statistics.Identities, 1, 8);
    }

    [Fact]
    public void Name_that_was_missing_appears_in_later_events()
    {
        _host.Process(1, 1);
        var resolver = _host.Resolver();
        resolver.Scan();
        var owner = FakeHost.Owner(1, FakeHost.Tick, 1000, 123_456_789);
        var before = resolver.Resolve(owner);
        File.WriteAllText(_host.Passwd, "bob:x:1000:1000::/:\n");
        resolver.OnCgroupCreated(owner.CgroupId, "/late.service"u8);
        _host.Time.Advance(UserTable.CheckInterval);
        var after = resolver.Resolve(owner);

        Assert.Equal((null, null), (before.User!.Name, before.Cgroup!.Path));
        Assert.Equal(("bob", "/late.service", "late.service"), (after.User!.Name, after.Cgroup!.Path, after.Unit));
        Assert.Equal(1, resolver.Statistics.Identities);
    }

    [Theory]
    [InlineData("/", $"/docker/{Id}", null, Id)]
    [InlineData("/", "/system.slice/ssh.service", "ssh.service", null)]
    [InlineData("/system.slice/containerd.service", $"/docker/{Id}", null, Id)]
    [InlineData("/system.slice/ssh.service", "/", "ssh.service", null)]
    public void Hybrid_host_is_read_from_systemd_s_own_hierarchy_where_that_says_more(string unified, string systemd, string? unit, string? containerId)
    {
        _host.MakeHybrid();
        _host.Process(77, 5, cgroup: $"9:name=systemd:{systemd}\n8:pids:/x\n0::{unified}\n");
        var resolver = _host.Resolver();
        resolver.OnCgroupCreated(111_222_333, System.Text.Encoding.UTF8.GetBytes(unified));

        var identity = resolver.Resolve(FakeHost.Owner(77, 5 * FakeHost.Tick, 0, 111_222_333));

        Assert.Equal((unit, containerId), (identity.Unit, identity.ContainerId));
    }

    [Fact]
    public void Container_of_a_process_that_ended_stays_known_when_a_missing_name_is_looked_for_again()
    {
        _host.MakeHybrid();
        _host.Process(77, 5, cgroup: $"9:name=systemd:/docker/{Id}\n0::/\n");
        var resolver = _host.Resolver();
        resolver.OnCgroupCreated(111_222_333, "/"u8);
        var owner = FakeHost.Owner(77, 5 * FakeHost.Tick, 1000, 111_222_333);
        resolver.Resolve(owner);
        _host.EndProcess(77);
        resolver.OnExit(77, owner.StartTimeNs);
        File.WriteAllText(_host.Passwd, "bob:x:1000:1000::/:\n");
        _host.Time.Advance(UserTable.CheckInterval);

        var identity = resolver.Resolve(owner);

        Assert.Equal(("bob", Id, "prog"), (identity.User!.Name, identity.ContainerId, identity.Process!.Comm));
    }

    [Fact]
    public void Name_that_is_still_missing_leaves_the_identity_as_it_was()
    {
        var resolver = _host.Resolver();
        var owner = FakeHost.Owner(77, 5, 1000, 111_222_333);
        var first = resolver.Resolve(owner);
        _host.Time.Advance(TimeSpan.FromHours(1));

        Assert.Same(first, resolver.Resolve(owner));
    }

    [Fact]
    public void Hostile_names_are_carried_as_they_are()
    {
        _host.Process(66, 7, 0, "a) R 1 (b\n", "/tmp/x\n (deleted)", "\u001b[31m");
        var resolver = _host.Resolver();

        var process = resolver.Resolve(FakeHost.Owner(66, 7 * FakeHost.Tick)).Process!;

        Assert.Equal(("a) R 1 (b\n", "/tmp/x\n (deleted)", "\u001b[31m"), (process.Comm, process.Exe, process.CommandLine));
    }
}
