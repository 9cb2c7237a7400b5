// What holds for a cgroup by what holds around it; whom a question can be asked for; and files that change.

using Eider.Core;
using Eider.Core.Policy;
using Xunit;

namespace Eider.Tests.Policy.Compiler;

public sealed class WorkloadTreeTests
{
    [Fact]
    public void Nearest_cgroup_above_that_is_known_is_the_parent()
    {
        var tree = new WorkloadTree();
        tree.TryAdd(1, "/", out var root);
        tree.TryAdd(2, "/a", out var a);
        tree.TryAdd(3, "/a/b/c", out var c);
        tree.TryAdd(4, "/ab", out var ab);

        Assert.Equal((null, root, a, root), (root!.Parent, a!.Parent, c!.Parent, ab!.Parent));
        Assert.False(tree.TryAdd(3, "/other", out _));
        Assert.False(tree.TryAdd(0, "/zero", out _));
        Assert.False(tree.TryAdd(9, "relative", out _));
    }

    [Fact]
    public void Policy_of_a_cgroup_holds_within_it_whatever_lives_there()
    {
        var outer = new WorkloadPosture(new Selection(PolicyBits.Of(3, policy => policy == 0), default), 1, true, 0, 1);
        var own = new Selection(PolicyBits.Of(3, policy => policy == 2), PolicyBits.Of(3, policy => policy == 1));

        var within = WorkloadTree.Within(own, outer);

        Assert.Equal([0, 2], within.Selecting.Policies());
        Assert.Equal([1], within.Reaching.Policies());
    }

    [Fact]
    public void Entry_is_made_where_the_posture_differs_and_again_before_the_kernel_gives_up_looking()
    {
        var tree = new WorkloadTree();
        tree.TryAdd(1, "/", out var node);
        WorkloadPosture? above = null;
        var entries = new List<int>();
        for (var level = 0; level < 20; level++)
        {
            above = WorkloadTree.Settle(node!, default, above, first: level < 2 ? 0u : 7u, isOfItsOwn: false, defaultPosture: 0);
            if (above.Value.HasEntry)
            {
                entries.Add(level);
            }
        }

        Assert.Equal([2, 10, 18], entries);
    }

    [Fact]
    public void Workload_with_a_rate_is_one_with_everything_in_it()
    {
        const string pod = "/kubepods.slice/kubepods-pod7f3c1c9e_0d5b_4b0e_9a53_6f0f6f1f8a11.slice", unit = "/system.slice/nginx.service";
        string[] paths = ["/", "/kubepods.slice", pod, $"{pod}/cri-containerd-{new string('a', 64)}.scope", $"{pod}/cri-containerd-{new string('b', 64)}.scope",
            $"{pod}/cri-containerd-{new string('b', 64)}.scope/init.scope", "/system.slice", unit, $"{unit}/worker", "/system.slice/cron.service", "/batch", "/batch/job"];
        var tree = new WorkloadTree();
        foreach (var (path, at) in paths.Select((path, at) => (path, at)))
        {
            Assert.True(tree.TryAdd((ulong)at + 1, path, out _));
        }

        var held = new Dictionary<string, WorkloadPosture>();
        foreach (var node in tree.Nodes)
        {
            // One policy selects everything, and another the batch jobs besides.
            var first = node.Path.StartsWith("/batch", StringComparison.Ordinal) ? 8u : 7u;
            WorkloadPosture? above = node.Parent is { } parent ? held[parent.Path] : null;
            held.Add(node.Path, WorkloadTree.Settle(node, default, above, first, isOfItsOwn: true, defaultPosture: 7));
        }

        // Each is told by the place of its outermost cgroup in the list above.
        Assert.Equal([1, 1, 3, 3, 3, 3, 1, 8, 8, 10, 11, 11], paths.Select(path => (int)held[path].Number));
        Assert.Equal(["/", pod, unit, "/system.slice/cron.service", "/batch"], paths.Where(path => held[path].HasEntry));
    }

    [Fact]
    public void Path_that_was_cut_has_an_entry_of_its_own()
    {
        var tree = new WorkloadTree();
        tree.TryAdd(1, "/a", out _);
        tree.TryAdd(2, "/a" + string.Concat(Enumerable.Repeat("/bcdefgh", 200)), out var cut);

        Assert.True(cut!.IsCut);
        Assert.True(WorkloadTree.Settle(cut, default, new WorkloadPosture(default, 7, true, 0, 1), first: 7, isOfItsOwn: false, defaultPosture: 0).HasEntry);
    }

    [Fact]
    public void Path_used_again_means_the_newer_cgroup()
    {
        var tree = new WorkloadTree();
        tree.TryAdd(1, "/a", out _);
        tree.TryAdd(2, "/a", out var newer);

        tree.Remove(1);

        Assert.Same(newer, tree.Find("/a"));
    }

    [Theory]
    [InlineData("/a/b", "/|/a|/a/b")]
    [InlineData("cgroup=/a/b/", "/|/a|/a/b")]
    [InlineData("cgroup=/", "/")]
    [InlineData("unit=nginx.service", "/|/system.slice|/system.slice/nginx.service")]
    public void Subject_is_a_cgroup_with_those_around_it(string text, string paths)
    {
        Assert.True(PolicySubject.TryParse(text, new SubjectSources(WorkloadDirectory.Empty, null), out var subject, out var error), error);

        Assert.Equal(paths.Split('|'), subject.Around.Select(workload => workload.Cgroup!.Path));
    }

    [Fact]
    public void Subject_may_be_a_pod_a_user_or_both()
    {
        using var folder = new TemporaryFolder();
        folder.Write("passwd", "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\nalice:x:7:7::/:/bin/sh\n");
        var directory = new WorkloadDirectory([new PodInfo("11111111-2222-3333-4444-555555555555", "shop", "web-0")], new Dictionary<string, IReadOnlyDictionary<string, string>>());
        var sources = new SubjectSources(directory, null, folder.PathOf("passwd"));

        Assert.True(PolicySubject.TryParse("pod=shop/web-0,user=alice", sources, out var subject, out _));
        Assert.Equal(("shop", 1000u), (subject.Around[^1].Namespace, subject.Uid));
        Assert.True(PolicySubject.TryParse("user=42", sources, out var user, out _));
        Assert.Equal(42u, user.Uid);
    }

    [Theory]
    [InlineData("nginx", "is no subject; write cgroup=/PATH")]
    [InlineData("user=nobody-here", "this machine has no user \"nobody-here\"")]
    [InlineData("pod=shop/gone", "no pod \"shop/gone\" is known here")]
    [InlineData("/a,/b", "names two workloads")]
    [InlineData("pid=0", "there is no process 0")]
    [InlineData("pid=x", "there is no process x")]
    [InlineData("", "is no subject")]
    public void Subject_that_is_none_is_told_why(string text, string why)
    {
        Assert.False(PolicySubject.TryParse(text, new SubjectSources(WorkloadDirectory.Empty, null), out _, out var error));

        Assert.Contains(why, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_have_changed_once_they_are_others_and_rest()
    {
        using var folder = new TemporaryFolder();
        folder.Write("p/a.yaml", "one");
        var stamps = new FileStamps([folder.PathOf("p"), folder.PathOf("missing")]);
        stamps.Take();

        Assert.False(stamps.HaveSettledToOthers() || stamps.HaveSettledToOthers());
        folder.Write("p/b.yaml", "new");
        Assert.False(stamps.HaveSettledToOthers());
        folder.Write("p/b.yaml", "new and longer");
        Assert.False(stamps.HaveSettledToOthers());
        Assert.True(stamps.HaveSettledToOthers());
        stamps.Take();
        Assert.False(stamps.HaveSettledToOthers() || stamps.HaveSettledToOthers());
        folder.Write("p/.hidden.yaml", "editors do that");
        folder.Write("missing", "now it is there");
        Assert.False(stamps.HaveSettledToOthers());
        Assert.True(stamps.HaveSettledToOthers());
    }

    [Fact]
    public void Change_of_what_a_link_leads_to_is_a_change()
    {
        using var folder = new TemporaryFolder();
        folder.Write("v1/a.yaml", "one");
        folder.Write("v2/a.yaml", "two");
        Directory.CreateDirectory(folder.PathOf("p"));
        File.CreateSymbolicLink(folder.PathOf("data"), folder.PathOf("v1"));
        File.CreateSymbolicLink(folder.PathOf("p/a.yaml"), folder.PathOf("data/a.yaml"));
        var stamps = new FileStamps([folder.PathOf("p")]);
        stamps.Take();

        File.Delete(folder.PathOf("data"));
        File.CreateSymbolicLink(folder.PathOf("data"), folder.PathOf("v2"));

        Assert.False(stamps.HaveSettledToOthers());
        Assert.True(stamps.HaveSettledToOthers());
    }

    private sealed class TemporaryFolder : IDisposable
    {
        private readonly string path = Directory.CreateTempSubdirectory("eider-tree-").FullName;

        public string PathOf(string name) => Path.Combine(path, name);

        public void Write(string name, string text)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
            File.WriteAllText(PathOf(name), text);
        }

        public void Dispose() => Directory.Delete(path, recursive: true);
    }
}
