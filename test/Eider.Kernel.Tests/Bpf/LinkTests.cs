// Attachments: each kind of hook, and how long an attachment lasts.

using Eider.Bpf;

namespace Eider.Kernel.Tests.Bpf;

public sealed class LinkTests
{
    private const int Loopback = 1;

    [KernelTheory]
    [InlineData(TcMode.Tcx, TcDirection.Ingress)]
    [InlineData(TcMode.Tcx, TcDirection.Egress)]
    [InlineData(TcMode.Classic, TcDirection.Ingress)]
    [InlineData(TcMode.Classic, TcDirection.Egress)]
    public void Tc_program_sees_packets_until_its_link_is_disposed(TcMode mode, TcDirection direction)
    {
        using var space = new TestNetns();
        using var loaded = Load();

        using (var link = space.Run(() => loaded.Program("count_packets").AttachTc(Loopback, direction, mode)))
        {
            space.SendDatagram();
            Assert.Equal(1ul, loaded.GetGlobal<ulong>("packets"));
            var info = space.Run(link.Info);
            Assert.Equal((Loopback, loaded.Program("count_packets").Info().Id), (info.Ifindex, info.ProgramId));
            Assert.Equal(direction == TcDirection.Ingress ? AttachType.TcxIngress : AttachType.TcxEgress, info.AttachType);
            space.Run(() => Dispose(link));
        }

        space.SendDatagram();
        Assert.Equal(1ul, loaded.GetGlobal<ulong>("packets"));
    }

    [KernelTheory]
    [InlineData(TcMode.Tcx)]
    [InlineData(TcMode.Classic)]
    public void Pinned_tc_link_outlives_disposal_and_is_found_updated_and_detached(TcMode mode)
    {
        using var space = new TestNetns();
        using var pins = new PinDirectory();
        using (var first = Load())
        {
            var link = space.Run(() => first.Program("count_packets").AttachTc(Loopback, TcDirection.Egress, mode));
            link.Pin(pins["tc"]);
            space.Run(() => Dispose(link));
            space.SendDatagram();
            Assert.Equal(1ul, first.GetGlobal<ulong>("packets"));
        }

        using var loaded = Load();
        using var opened = space.Run(() => BpfLink.OpenPinned(pins["tc"]));
        space.Run(() => Update(opened, loaded.Program("count_replaced")));
        space.SendDatagram();
        Assert.Equal(1ul, loaded.GetGlobal<ulong>("replaced"));

        using (var again = space.Run(() => BpfLink.OpenPinned(pins["tc"])))
        {
            space.Run(() => Detach(again));
        }

        space.SendDatagram();
        Assert.Equal(1ul, loaded.GetGlobal<ulong>("replaced"));
        Assert.False(File.Exists(pins["tc"]));
    }

    [KernelFact]
    public void Tcx_programs_run_in_the_order_asked_for()
    {
        using var space = new TestNetns();
        using var loaded = Load();
        using var link = space.Run(() => loaded.Program("count_packets").AttachTc(Loopback, TcDirection.Egress, TcMode.Tcx));
        using var end = space.Run(() => loaded.Program("end_chain").AttachTc(Loopback, TcDirection.Egress, TcMode.Tcx));
        space.SendDatagram();
        Assert.Equal((1ul, 1ul), (loaded.GetGlobal<ulong>("packets"), loaded.GetGlobal<ulong>("ended")));
        end.Dispose();

        using var before = space.Run(() => loaded.Program("end_chain").AttachTc(Loopback, TcDirection.Egress, TcMode.Tcx, TcPosition.First));
        space.SendDatagram();
        Assert.Equal((1ul, 2ul), (loaded.GetGlobal<ulong>("packets"), loaded.GetGlobal<ulong>("ended")));
    }

    [KernelFact]
    public void Pinned_filter_whose_interface_is_gone_says_so()
    {
        using var pins = new PinDirectory();
        using var loaded = Load();
        using (var space = new TestNetns())
        {
            var link = space.Run(() => loaded.Program("count_packets").AttachTc(Loopback, TcDirection.Egress, TcMode.Classic));
            link.Pin(pins["tc"]);
            space.Run(() => Dispose(link));
        }

        var thrown = Assert.Throws<BpfException>(() => BpfLink.OpenPinned(pins["tc"]));

        Assert.Equal(("ENOENT", pins["tc"]), (thrown.ErrnoName, thrown.Subject));
        Assert.Contains("remove the pin", thrown.Message);
    }

    [KernelFact]
    public void Xdp_program_sees_frames_and_is_alone()
    {
        using var space = new TestNetns();
        using var loaded = Load();
        using var link = space.Run(() => loaded.Program("count_frames").AttachXdp(Loopback, XdpMode.Generic));

        space.SendDatagram();

        Assert.Equal(1ul, loaded.GetGlobal<ulong>("frames"));
        Assert.Equal(LinkType.Xdp, link.Info().Type);
        var thrown = Assert.Throws<BpfException>(() => space.Run(() => loaded.Program("count_frames").AttachXdp(Loopback, XdpMode.Generic)));
        Assert.Equal("EBUSY", thrown.ErrnoName);
        Assert.Contains("another program is attached there", thrown.Message);
    }

    [KernelTheory]
    [InlineData(TcMode.Auto)]
    [InlineData(TcMode.Classic)]
    public void Interface_that_does_not_exist_is_named(TcMode mode)
    {
        using var loaded = Load();

        var thrown = Assert.Throws<BpfException>(() => loaded.Program("count_packets").AttachTc(987654, TcDirection.Ingress, mode));

        Assert.Contains("987654", thrown.Message);
        Assert.Equal(Errno.NoDevice, thrown.Errno);
    }

    [KernelFact]
    public void Cgroup_link_pinned_outlives_disposal_until_unpinned()
    {
        using var cgroup = new TestCgroup();
        using var pins = new PinDirectory();
        using var loaded = TestObjects.Open("first");
        loaded.Load();
        var counters = new PerCpuArrayMap<ulong>(loaded.Map("counters"));
        using (var link = loaded.Program("on_egress").AttachCgroup(cgroup.Path))
        {
            link.Pin(pins["egress"]);
        }

        cgroup.SendDatagram();
        Assert.Equal(1ul, counters.Sum(0));

        using (var opened = BpfLink.OpenPinned(pins["egress"]))
        {
            Assert.Equal((LinkType.Cgroup, cgroup.Id, AttachType.CgroupInetEgress), (opened.Info().Type, opened.Info().CgroupId, opened.Info().AttachType));
            opened.Unpin();
        }

        cgroup.SendDatagram();
        Assert.Equal(1ul, counters.Sum(0));
    }

    [KernelFact]
    public void Cgroup_link_updated_runs_the_new_program()
    {
        using var cgroup = new TestCgroup();
        using var loaded = TestObjects.Open("first");
        loaded.Load();
        var counters = new PerCpuArrayMap<ulong>(loaded.Map("counters"));
        using var link = loaded.Program("on_egress").AttachCgroup(cgroup.Path);

        link.Update(loaded.Program("drop_egress"));

        Assert.Throws<InvalidOperationException>(cgroup.SendDatagram);
        Assert.Equal((0ul, 1ul), (counters.Sum(0), counters.Sum(1)));
    }

    [KernelFact]
    public void Cgroup_attach_outside_cgroup_v2_says_what_is_wrong()
    {
        using var loaded = TestObjects.Open("first");
        loaded.Load();

        Assert.Contains("must be of cgroup v2", Assert.Throws<BpfException>(() => loaded.Program("on_egress").AttachCgroup("/tmp")).Message);
        Assert.Equal("ENOENT", Assert.Throws<BpfException>(() => loaded.Program("on_egress").AttachCgroup("/sys/fs/cgroup/no-such")).ErrnoName);
    }

    [KernelFact]
    public void Tracing_link_cannot_be_updated_and_says_so()
    {
        using var loaded = TestObjects.Open("first");
        loaded.Load();
        using var link = loaded.Program("on_exec").AttachTrace();

        Assert.Contains("cannot be updated", Assert.Throws<BpfException>(() => link.Update(loaded.Program("on_exec"))).Message);
    }

    [KernelFact]
    public void Uprobes_fire_on_entry_and_return_of_a_function_by_name()
    {
        const string Shell = "/bin/bash";
        using var cgroup = new TestCgroup();
        using var loaded = TestObjects.Open("net");
        loaded.SetGlobal("wanted_cgroup", cgroup.Id);
        loaded.Load();
        using var entry = loaded.Program("on_function").AttachUprobe(Shell, "parse_and_execute");
        using var exit = loaded.Program("on_return").AttachUprobe(Shell, "parse_and_execute", onReturn: true);

        cgroup.Run("bash -c 'eval true; eval true'");

        Assert.InRange(loaded.GetGlobal<ulong>("entries"), 2ul, 10ul);
        Assert.InRange(loaded.GetGlobal<ulong>("returns"), 2ul, loaded.GetGlobal<ulong>("entries"));
        Assert.Throws<BpfMismatchException>(() => loaded.Program("on_function").AttachUprobe(Shell, "no_such_function"));
        Assert.Throws<BpfMismatchException>(() => loaded.Program("on_function").AttachUprobe("/etc/passwd", "main"));
    }

    private static BpfObject Load()
    {
        var loaded = TestObjects.Open("net");
        loaded.Load();
        return loaded;
    }

    private static bool Dispose(BpfLink link)
    {
        link.Dispose();
        return true;
    }

    private static bool Detach(BpfLink link)
    {
        link.Detach();
        return true;
    }

    private static bool Update(BpfLink link, BpfProgram program)
    {
        link.Update(program);
        return true;
    }
}
