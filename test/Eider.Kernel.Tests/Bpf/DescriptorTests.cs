// No descriptor stays behind, whatever is made, attached, disposed, or fails.

using Eider.Bpf;

namespace Eider.Kernel.Tests.Bpf;

public sealed class DescriptorTests
{
    private const int Rounds = 20;
    private static readonly byte[] Frame = new byte[64];

    [KernelFact]
    public void Rounds_of_load_attach_and_dispose_leak_nothing()
    {
        using var cgroup = new TestCgroup();
        using var space = new TestNetns();
        using var pins = new PinDirectory();
        AssertNoLeak(() =>
        {
            using var first = TestObjects.Open("first");
            first.Load();
            using var ring = new RingBuffer(first.Map("ring"));
            using var egress = first.Program("on_egress").AttachCgroup(cgroup.Path);
            using var exec = first.Program("on_exec").AttachTrace();
            using var raw = first.Program("on_exec_raw").AttachTrace();
            first.Program("walk_tasks").RunIterator(pid: Environment.ProcessId);
            egress.Pin(pins["egress"]);
            using var again = BpfLink.OpenPinned(pins["egress"]);
            again.Unpin();
        });
        AssertNoLeak(() =>
        {
            using var net = TestObjects.Open("net");
            net.Load();
            using var frames = space.Run(() => net.Program("count_frames").AttachXdp(1, XdpMode.Generic));
            using var entry = net.Program("on_function").AttachUprobe("/bin/bash", "parse_and_execute");
            foreach (var mode in new[] { TcMode.Tcx, TcMode.Classic })
            {
                var link = space.Run(() => net.Program("count_packets").AttachTc(1, TcDirection.Ingress, mode));
                space.Run(() =>
                {
                    link.Update(net.Program("count_replaced"));
                    link.Dispose();
                    return true;
                });
            }
        });
    }

    [KernelFact]
    public void Rounds_of_maps_leak_nothing() => AssertNoLeak(() =>
    {
        using var loaded = TestObjects.Open("maps");
        loaded.Load();
        using var table = BpfMap.Create(MapType.Array, "table", 4, 8, 16, MapFlags.Mappable | MapFlags.InnerSizeMayDiffer);
        using var mapped = new MappedArray<ulong>(table);
        var tables = new MapInMap<int>(loaded.Map("tables"));
        tables.Set(0, table);
        tables.Open(0)!.Dispose();
        using var statistics = BpfStats.Enable();
        loaded.Program("touch_flow").TestRun(Frame);
    });

    [KernelFact]
    public void Rounds_of_failures_leak_nothing()
    {
        using var pins = new PinDirectory();
        using var loaded = TestObjects.Open("net");
        loaded.Load();
        loaded.Program("count_packets").Pin(pins["program"]);
        AssertNoLeak(() =>
        {
            using (var refused = TestObjects.Open("refused"))
            {
                refused.Program("forgets_the_check").AutoLoad = true;
                Assert.Throws<BpfException>(() => refused.Load());
            }

            using (var refused = TestObjects.Open("refused_map"))
            {
                Assert.Throws<BpfException>(() => refused.Load());
            }

            Assert.Throws<BpfException>(() => BpfObject.Open("junk"u8, "junk"));
            Assert.Throws<BpfException>(() => BpfMap.OpenPinned(pins["program"]));
            Assert.Throws<BpfException>(() => BpfLink.OpenPinned(pins["program"]));
            Assert.Throws<BpfException>(() => loaded.Program("count_packets").AttachTc(987654, TcDirection.Ingress));
            Assert.Throws<BpfException>(() => loaded.Program("count_packets").AttachCgroup("/tmp"));
            Assert.Throws<BpfException>(() => loaded.Program("on_function").AttachUprobe("/bin/bash", 0x123456789ul));
            Assert.Throws<BpfException>(() => NetworkNamespace.Run("/etc/passwd", () => 0));
        });
    }

    [KernelFact]
    public void Probes_leak_nothing() => AssertNoLeak(() => BpfProbe.All(), rounds: 2);

    private static void AssertNoLeak(Action round, int rounds = Rounds)
    {
        // The first round pays for what the runtime and libbpf keep for good.
        round();
        var before = OpenDescriptors();
        for (var i = 0; i < rounds; i++)
        {
            round();
        }

        Assert.Equal(before, OpenDescriptors());
    }

    /// <summary>What each descriptor refers to; without those that the runtime opens when it likes.</summary>
    private static List<string> OpenDescriptors() => [.. Directory.GetFiles("/proc/self/fd")
        .Select(path => new FileInfo(path).LinkTarget)
        .OfType<string>()
        .Where(target => !target.StartsWith("/proc/", StringComparison.Ordinal) && !target.StartsWith("pipe:", StringComparison.Ordinal) && !target.EndsWith(".dll", StringComparison.Ordinal))
        .Order()];
}
