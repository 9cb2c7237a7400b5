// One cgroup has one path, whether the kernel tells it or it is read, in namespaces too.

using Eider.Bpf;
using Eider.Core.Enrich;
using Xunit;

namespace Eider.Tests.Enrich;

public sealed class CgroupPathsTests : IDisposable
{
    private readonly string _mount = Directory.CreateTempSubdirectory("eider-cgroups-").FullName;

    public void Dispose() => Directory.Delete(_mount, recursive: true);

    [Theory]
    [InlineData("/", "/a/b", "/c", "/")] // a cgroup namespace with a mount of its own
    [InlineData("/part", "/part/a/b", "/part/c", "/part")] // a part of the hierarchy, mounted somewhere
    public void Told_path_is_the_one_that_is_read(string root, string expected, string later, string top)
    {
        var paths = new CgroupPaths(new CgroupMount(_mount, root, IsHybrid: false));
        var (id, directory) = Cgroup("a/b");

        Assert.Equal("/above.1/a/b", paths.OfTold(7, "/above.1/a/b"));
        Assert.Equal(expected, paths.OfTold(id, "/above.1/a/b"));
        Assert.Equal(expected, paths.Of(directory));
        Assert.Equal(directory, paths.ToDirectory(expected));

        Assert.Equal(later, paths.OfTold(7, "/above.1/c"));
        Assert.Equal(top, paths.OfTold(8, "/above.1"));
        Assert.Equal("/../above.10/a", paths.OfTold(9, "/above.10/a"));
        Assert.Equal("/../other", paths.OfTold(10, "/other"));
    }

    [Fact]
    public void Whole_hierarchy_is_told_as_it_is_read()
    {
        var paths = new CgroupPaths(new CgroupMount(_mount, "/", IsHybrid: false));
        var (id, directory) = Cgroup("system.slice");

        Assert.Equal(("/system.slice", "/system.slice", "/"), (paths.OfTold(id, "/system.slice"), paths.Of(directory), paths.Of(_mount)));
        Assert.Equal("/user.slice", paths.OfTold(7, "/user.slice"));
    }

    [Fact]
    public void Mount_of_the_whole_hierarchy_is_known_in_a_namespace_too()
    {
        Assert.SkipWhen(CgroupV2.Find() is null, "cgroup v2 is not mounted here");
        var mount = CgroupV2.Find()!;
        Assert.SkipWhen(Inode.Of(mount.Path) != 1, $"{mount.Path} shows a part of the hierarchy only");
        var paths = new CgroupPaths(mount with { Root = "/../.." });

        Assert.Equal(("/a/b", "/c"), (paths.Of(mount.Path + "/a/b"), paths.OfTold(7, "/c")));
    }

    private (ulong Id, string Directory) Cgroup(string path)
    {
        var directory = Path.Join(_mount, path);
        Directory.CreateDirectory(directory);
        return (Inode.Of(directory), directory);
    }
}
