// Cgroup paths as systemd, kubelet and the container runtimes lay them out.

using Eider.Core.Enrich;
using Xunit;

namespace Eider.Tests.Enrich;

public sealed class CgroupPathTests
{
    private const string Id = "4f5a9c1e0b7d2f38a6c4e1905b7d3f2a8c6e4b1d9f7a5c3e2b0d8f6a4c1e9b75";
    private const string Outer = "b1946ac92492d2347c6235b4d2611184f0c9a7e1d3b5f2c4e6a8d0b9c7e5f3a1";
    private const string Pod = "0f3b6c1a-8d52-4e7b-9a11-2c4d5e6f7a8b";
    private const string PodInSlice = "0f3b6c1a_8d52_4e7b_9a11_2c4d5e6f7a8b";
    private const string StaticPod = "2f0bb8d4cfa9c1c2a4d3e5f60718293a";

    public static TheoryData<string, string?, string?, string?, string?> Layouts => new()
    {
        // path, unit, container, runtime, pod
        { "/", null, null, null, null },
        { "", null, null, null, null },
        { "/init.scope", "init.scope", null, null, null },
        { "/system.slice/nginx.service", "nginx.service", null, null, null },
        { "/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service", null, null, null },
        { @"/system.slice/system-systemd\x2dfsck.slice/systemd-fsck@dev-disk-by\x2duuid-1a.service", @"systemd-fsck@dev-disk-by\x2duuid-1a.service", null, null, null },
        { "/system.slice/_cpu.service", "cpu.service", null, null, null },
        { "/system.slice/mnt-data.mount", "mnt-data.mount", null, null, null },
        { "/system.slice/nginx.service/worker", "nginx.service", null, null, null },
        { "/user.slice/user-1000.slice/session-3.scope", "session-3.scope", null, null, null },
        { "/user.slice/user-1000.slice/user@1000.service/init.scope", "init.scope", null, null, null },
        { "/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-4242.scope", "app-firefox-4242.scope", null, null, null },

        // kubelet, systemd driver
        { $"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{PodInSlice}.slice/cri-containerd-{Id}.scope", null, Id, "containerd", Pod },
        { $"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{PodInSlice}.slice/crio-{Id}.scope", null, Id, "cri-o", Pod },
        { $"/kubepods.slice/kubepods-pod{PodInSlice}.slice/docker-{Id}.scope", null, Id, "docker", Pod },
        { $"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{StaticPod}.slice/cri-containerd-{Id}.scope", null, Id, "containerd", StaticPod },
        { $"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{PodInSlice}.slice", null, null, null, Pod },
        { $"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{PodInSlice}.slice/crio-conmon-{Id}.scope", $"crio-conmon-{Id}.scope", null, null, Pod },
        { $"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{PodInSlice}.slice/cri-containerd-{Id}.scope/init.scope", "init.scope", Id, "containerd", Pod },
        { $"/system.slice/containerd.service/kubepods-burstable-pod{PodInSlice}.slice:cri-containerd:{Id}", null, Id, "containerd", Pod },

        // kubelet, cgroupfs driver
        { $"/kubepods/burstable/pod{Pod}/{Id}", null, Id, null, Pod },
        { $"/kubepods/pod{Pod}/{Id}", null, Id, null, Pod },
        { $"/kubepods/besteffort/pod{StaticPod}/{Id}", null, Id, null, StaticPod },
        { $"/kubepods/besteffort/pod{Pod}/crio-{Id}", null, Id, "cri-o", Pod },

        // nested: kind, minikube, k3s
        { $"/system.slice/docker-{Outer}.scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod{PodInSlice}.slice/cri-containerd-{Id}.scope", null, Id, "containerd", Pod },
        { $"/docker/{Outer}/kubelet/kubepods/burstable/pod{Pod}/{Id}", null, Id, null, Pod },
        { $"/docker/{Outer}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod{PodInSlice}.slice", null, null, null, Pod },
        { $"/docker/{Outer}/system.slice/kubelet.service", "kubelet.service", Outer, "docker", null },
        { $"/kubepods/burstable/pod{StaticPod}/{Outer}/kubepods/besteffort/pod{Pod}/{Id}", null, Id, null, Pod },
        { $"/kubepods/burstable/pod{Pod}/{Outer}/docker/{Id}", null, Id, "docker", Pod },

        // runtimes on their own
        { $"/docker/{Id}", null, Id, "docker", null },
        { $"/system.slice/docker-{Id}.scope", null, Id, "docker", null },
        { $"/system.slice/nerdctl-{Id}.scope", null, Id, "containerd", null },
        { $"/default/{Id}", null, Id, "containerd", null },
        { $"/machine.slice/libpod-{Id}.scope", null, Id, "podman", null },
        { $"/machine.slice/libpod-{Id}.scope/container", null, Id, "podman", null },
        { $"/machine.slice/libpod-conmon-{Id}.scope", $"libpod-conmon-{Id}.scope", null, null, null },
        { $"/libpod_parent/libpod-{Id}", null, Id, "podman", null },
        { $"/system.slice/web.service/libpod-payload-{Id}", "web.service", Id, "podman", null },
        { $"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{Id}.scope/container", null, Id, "podman", null },
        { "/machine.slice/systemd-nspawn@web.service/payload", "systemd-nspawn@web.service", "web", "nspawn", null },
        { "/machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service", "nginx.service", "web", "nspawn", null },
        { @"/machine.slice/machine-web\x2d1.scope", @"machine-web\x2d1.scope", "web-1", "nspawn", null },
        { @"/machine.slice/machine-qemu\x2d1\x2dvm.scope/libvirt/emulator", @"machine-qemu\x2d1\x2dvm.scope", null, null, null },
        { "/lxc/web/system.slice/ssh.service", "ssh.service", "web", "lxc", null },
        { "/lxc.payload.web", null, "web", "lxc", null },
        { "/lxc.payload/web", null, "web", "lxc", null },
        { "/lxc.monitor.web", null, null, null, null },
    };

    public static TheoryData<string> Impostors => new()
    {
        $"/pod{Pod}/x",
        $"/notkubepods/burstable/pod{Pod}/x",
        $"/kubepods/burstable/pod{Pod}0/x",
        "/kubepods/burstable/podzzzzzzzz-8d52-4e7b-9a11-2c4d5e6f7a8b/x",
        "/kubepods/burstable/pod/x",
        "/kubepods/burstable/podinfo",
        "/kubepods-",
        "/kubepods",
        "/kubepods.slice.service/../..",
        $"/docker/{Id}0",
        $"/docker/{Id[1..]}",
        $"/docker/{Id.ToUpperInvariant()}",
        $"/docker{Id}.scope.d",
        "/::",
        $"/a:b:{Id[1..]}",
        "/../../../etc/passwd",
        "///",
        "/lxc",
        "/lxc/",
        "/lxc.payload.",
        "/machine-.scope",
        "/machine-.scope.d",
        "/systemd-nspawn@.service",
        @"/\x2d\x",
        "/\0\0\0",
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Path_of_a_known_layout_is_read(string path, string? unit, string? containerId, string? runtime, string? podUid)
    {
        var read = CgroupPath.Parse(path);

        Assert.Equal((unit, containerId, runtime, podUid), (read.Unit, read.ContainerId, read.Runtime, read.PodUid));
    }

    [Theory]
    [InlineData("/system.slice/system-getty.slice/getty@tty1.service", "system-getty.slice")]
    [InlineData("/user.slice/user-1000.slice/user@1000.service/app.slice/app-a.scope", "app.slice")]
    [InlineData("/init.scope", null)]
    public void Innermost_slice_is_told(string path, string? slice) => Assert.Equal(slice, CgroupPath.Parse(path).Slice);

    [Theory]
    [MemberData(nameof(Impostors))]
    public void Path_that_only_resembles_a_layout_names_no_pod_and_no_container(string path)
    {
        var read = CgroupPath.Parse(path);

        Assert.Null(read.PodUid);
        Assert.Null(read.ContainerId);
    }

    [Fact]
    public void Pod_below_user_slice_is_not_believed()
    {
        // Any user may make these directories in the part of the tree that systemd delegates to them.
        var read = CgroupPath.Parse($"/user.slice/user-1000.slice/user@1000.service/kubepods/burstable/pod{Pod}/{Id}");

        Assert.Null(read.PodUid);
    }

    [Fact]
    public void Path_longer_than_any_real_one_says_nothing()
    {
        var path = string.Concat(Enumerable.Repeat("/a", 4096)) + $"/docker/{Id}";

        Assert.Same(CgroupPath.None, CgroupPath.Parse(path));
    }

    [Fact]
    public void Every_beginning_of_every_layout_is_safe()
    {
        foreach (var row in Layouts)
        {
            var path = row.Data.Item1;
            for (var length = 0; length <= path.Length; length++)
            {
                CgroupPath.Parse(path.AsSpan(0, length));
                CgroupPath.Parse(path.AsSpan(length));
            }
        }
    }
}
