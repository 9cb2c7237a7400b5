// Lists of mounts: unified, hybrid, partial and broken ones.

using Eider.Bpf;
using Xunit;

namespace Eider.Tests.Bpf;

public sealed class CgroupV2Tests
{
    [Theory]
    [InlineData("25 1 0:23 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate", "/sys/fs/cgroup", "/", false)]
    [InlineData("37 31 0:34 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n38 31 0:35 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw", "/sys/fs/cgroup/unified", "/", true)]
    [InlineData("2 1 0:1 /part /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n1 1 0:1 / /run/a\\040b rw - cgroup2 none rw", "/run/a b", "/", false)]
    [InlineData("1 1 0:1 / /proc rw - proc proc rw\n- - -\n\n1 1 0:1 / /x rw shared:1 -", null, null, false)]
    public void Mount_is_found(string mountinfo, string? path, string? root, bool isHybrid)
    {
        var mount = CgroupV2.Find(mountinfo.Split('\n'));

        Assert.Equal((path, root, isHybrid), (mount?.Path, mount?.Root, mount?.IsHybrid ?? false));
    }
}
