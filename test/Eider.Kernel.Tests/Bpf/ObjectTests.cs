// The phases of an object: what may be done when, and what is said otherwise.

using Eider.Bpf;

namespace Eider.Kernel.Tests.Bpf;

public sealed class ObjectTests
{
    private static readonly byte[] Frame = new byte[64];

    [KernelFact]
    public void Calls_in_the_wrong_phase_are_refused()
    {
        using var subject = TestObjects.Open("first");
        Assert.Throws<BpfPhaseException>(() => subject.Program("on_egress").Fd);
        Assert.Throws<BpfPhaseException>(() => new RingBuffer(subject.Map("ring")));
        Assert.Throws<BpfPhaseException>(() => subject.Map("counters").Info());
        subject.Load();

        Assert.Throws<BpfPhaseException>(() => subject.Load());
        Assert.Throws<BpfPhaseException>(() => subject.Map("ring").MaxEntries = 4096);
        Assert.Throws<BpfPhaseException>(() => subject.Program("on_egress").AutoLoad = false);
        Assert.Contains("\"enabled\"", Assert.Throws<BpfPhaseException>(() => subject.SetGlobal("enabled", true)).Message);
    }

    [KernelFact]
    public void Disposed_object_refuses_everything()
    {
        var subject = TestObjects.Open("first");
        subject.Load();
        var counters = new PerCpuArrayMap<ulong>(subject.Map("counters"));
        subject.Dispose();
        subject.Dispose();

        Assert.Throws<ObjectDisposedException>(() => counters.Sum(0));
        Assert.Throws<ObjectDisposedException>(() => subject.Program("on_egress").Fd);
        Assert.Throws<ObjectDisposedException>(() => subject.GetGlobal<ulong>("runs"));
        Assert.Throws<ObjectDisposedException>(() => subject.Load());
    }

    [KernelFact]
    public void Objects_of_one_file_share_maps_and_globals()
    {
        using var first = TestObjects.Open("first");
        using var second = TestObjects.Open("first");
        using var third = TestObjects.Open("maps");
        first.Program("on_egress").AutoLoad = false;
        Assert.Throws<BpfPhaseException>(() => second.ReuseMapsOf(first));
        first.SetGlobal("wanted_cgroup", 77ul);
        first.Load();
        Assert.Throws<BpfMismatchException>(() => third.ReuseMapsOf(first));

        second.ReuseMapsOf(first);
        second.Load();
        second.Program("on_egress").TestRun(Frame, repeat: 3);
        second.SetGlobal("step", 5u);

        Assert.Equal(3ul, new PerCpuArrayMap<ulong>(first.Map("counters")).Sum(0));
        Assert.Equal(first.Map("ring").Info().Id, second.Map("ring").Info().Id);
        Assert.Equal(5u, first.GetGlobal<uint>("step"));
        Assert.Throws<BpfPhaseException>(() => second.ReuseMapsOf(first));
    }

    [KernelFact]
    public void Names_that_are_not_there_are_answered_with_those_that_are()
    {
        using var subject = TestObjects.Open("first");

        Assert.Contains("on_egress", Assert.Throws<BpfMismatchException>(() => subject.Program("on_egres")).Message);
        Assert.Contains("ring, counters", Assert.Throws<BpfMismatchException>(() => subject.Map("rings")).Message);
        Assert.Contains("wanted_cgroup", Assert.Throws<BpfMismatchException>(() => subject.SetGlobal("wanted", 1)).Message);
    }

    [KernelFact]
    public void Globals_are_set_by_name_and_checked_by_size()
    {
        using var subject = TestObjects.Open("first");

        subject.SetGlobal<ushort>("ports", [53, 5353, 0, 1]);
        subject.SetGlobal("wanted_cgroup", 77ul);

        Assert.Equal(77ul, subject.GetGlobal<ulong>("wanted_cgroup"));
        Assert.Equal(3u, subject.GetGlobal<uint>("step"));
        Assert.Contains("has 8 octets, not 4", Assert.Throws<BpfMismatchException>(() => subject.SetGlobal("wanted_cgroup", 1)).Message);
        Assert.Throws<BpfMismatchException>(() => subject.SetGlobal<ushort>("ports", [1]));
        subject.Load();
        subject.SetGlobal("runs", 5ul);
        Assert.Equal(5ul, subject.GetGlobal<ulong>("runs"));
        Assert.Equal(77ul, subject.GetGlobal<ulong>("wanted_cgroup"));
    }

    [KernelFact]
    public void Program_switched_off_is_not_loaded()
    {
        using var subject = TestObjects.Open("first");
        subject.Program("drop_egress").AutoLoad = false;
        subject.Load();

        Assert.Contains("AutoLoad is off", Assert.Throws<BpfPhaseException>(() => subject.Program("drop_egress").AttachCgroup("/")).Message);
        Assert.True(subject.Program("on_egress").Fd > 0);
    }

    [KernelFact]
    public void Map_resized_before_load_has_the_new_size()
    {
        using var subject = TestObjects.Open("first");
        subject.Map("ring").MaxEntries = 1 << 20;
        subject.Load();
        using var ring = new RingBuffer(subject.Map("ring"));

        Assert.Equal(1 << 20, ring.Size);
    }

    [KernelFact]
    public void Maps_that_ask_for_pinning_survive_in_the_pin_directory_and_nowhere_else()
    {
        using var pins = new PinDirectory();
        using (var unpinned = TestObjects.Open("maps"))
        {
            unpinned.Load();
            Assert.False(File.Exists("/sys/fs/bpf/kept"));
        }

        using (var first = TestObjects.Open("maps"))
        {
            first.Map("recent").PinByName();
            first.Load(new(pins["deep/er"]));
            new HashMap<uint, uint>(first.Map("kept")).Set(1, 11);
        }

        Assert.Equal(["kept", "recent"], Directory.GetFiles(pins["deep/er"]).Select(Path.GetFileName).Order());
        using var second = TestObjects.Open("maps");
        second.Load(new(pins["deep/er"]));
        Assert.True(new HashMap<uint, uint>(second.Map("kept")).TryGet(1, out var value));
        Assert.Equal(11u, value);
    }

    [KernelFact]
    public void Pinned_map_of_another_shape_is_refused_with_the_mend()
    {
        using var pins = new PinDirectory();
        using var other = BpfMap.Create(MapType.Hash, "kept", 4, 4, 999);
        other.Pin(pins["kept"]);
        using var subject = TestObjects.Open("maps");

        var thrown = Assert.Throws<BpfException>(() => subject.Load(new(pins.Path)));

        Assert.Equal("kept", thrown.Map);
        Assert.Contains("remove the pin", thrown.Message);
        Assert.Contains("open it anew", Assert.Throws<BpfPhaseException>(() => subject.Load()).Message);
    }

    [KernelFact]
    public void Pinned_map_is_reused_where_it_is_named()
    {
        using var pins = new PinDirectory();
        using var subject = TestObjects.Open("maps");
        using (var made = BpfMap.Create(MapType.LruHash, "recent", 4, 4, 64))
        {
            new HashMap<uint, uint>(made).Set(3, 33);
            made.Pin(pins["recent"]);
        }

        subject.Map("recent").ReusePinned(pins["recent"]);
        subject.Load();

        Assert.True(new HashMap<uint, uint>(subject.Map("recent")).TryGet(3, out var value));
        Assert.Equal(33u, value);
    }

    [KernelFact]
    public void Pin_of_another_kind_or_place_is_refused()
    {
        using var pins = new PinDirectory();
        using var subject = TestObjects.Open("first");
        subject.Load();
        subject.Map("counters").Pin(pins["map"]);
        subject.Program("on_egress").Pin(pins["program"]);

        Assert.Contains("this is the pin of a map", Assert.Throws<BpfException>(() => BpfLink.OpenPinned(pins["map"])).Message);
        Assert.Contains("this is the pin of a prog", Assert.Throws<BpfException>(() => BpfMap.OpenPinned(pins["program"])).Message);
        Assert.Equal("ENOENT", Assert.Throws<BpfException>(() => BpfMap.OpenPinned(pins["none"])).ErrnoName);
        Assert.Equal("EEXIST", Assert.Throws<BpfException>(() => subject.Map("counters").Pin(pins["map"])).ErrnoName);
        Assert.Contains("mount -t bpf", Assert.Throws<BpfException>(() => subject.Map("counters").Pin("/tmp/eider-test-no-pin")).Message);
    }

    [KernelFact]
    public void Octets_that_are_no_object_are_refused_quietly()
    {
        Assert.Equal("junk", Assert.Throws<BpfException>(() => BpfObject.Open("no object"u8, "junk")).Subject);
        Assert.Throws<BpfException>(() => BpfObject.Open([], "empty"));
        Assert.Throws<BpfException>(() => BpfObject.OpenFile("/bin/true"));
        var cut = File.ReadAllBytes(TestObjects.PathOf("first"))[..2000];
        Assert.Throws<BpfException>(() => BpfObject.Open(cut, "cut"));
    }

    [KernelFact]
    public void Test_run_gives_return_value_packet_and_context()
    {
        using var subject = TestObjects.Open("net");
        subject.Load();
        var context = new byte[192];
        const int Mark = 8;
        context[Mark] = 5;

        var result = subject.Program("rewrite").TestRun(Frame, context, repeat: 2);

        Assert.Equal(Frame.Length, result.ReturnValue);
        Assert.Equal((Frame.Length, 0xab), (result.Data.Length, result.Data[20]));
        Assert.Equal(7, result.Context[Mark]);
    }

    [KernelFact]
    public void Test_run_of_a_raw_tracepoint_passes_its_arguments()
    {
        using var subject = TestObjects.Open("net");
        subject.Load();

        var result = subject.Program("keep_argument").TestRun(context: BitConverter.GetBytes(0x1234_5678_9abcul));

        Assert.Equal((7, 0x1234_5678_9abcul), (result.ReturnValue, subject.GetGlobal<ulong>("argument")));
    }

    [KernelFact]
    public void Program_info_counts_runs_while_statistics_are_on()
    {
        using var subject = TestObjects.Open("net");
        using var cgroup = new TestCgroup();
        using var attached = TestObjects.Open("first");
        attached.Load();
        using var link = attached.Program("on_egress").AttachCgroup(cgroup.Path);
        using (BpfStats.Enable())
        {
            cgroup.SendDatagram();
        }

        var info = attached.Program("on_egress").Info();

        Assert.Equal(("on_egress", ProgramType.CgroupSkb, 1ul), (info.Name, info.Type, info.RunCount));
        Assert.True(info.RunTimeNs > 0 && info.JitedBytes > 0 && info.VerifiedInstructions > 0 && info.Instructions > 0 && info.MemoryBytes > 0);
        Assert.Matches("^[0-9a-f]{16}$", info.Tag);
    }

    [KernelFact]
    public void Verbose_load_keeps_the_verifiers_log()
    {
        using var subject = TestObjects.Open("first");
        subject.Load(new(Verbose: true));

        Assert.Contains("processed ", subject.LoadLog);
        Assert.Contains("on_egress", subject.LoadLog);
    }
}
