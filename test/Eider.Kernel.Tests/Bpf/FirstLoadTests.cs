// The way of most users: open, set globals, load, attach, read.

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Eider.Bpf;

namespace Eider.Kernel.Tests.Bpf;

public sealed class FirstLoadTests
{
    [KernelFact]
    public void Cgroup_program_attached_reports_packets_of_that_cgroup_only()
    {
        using var cgroup = new TestCgroup();
        using var loaded = TestObjects.Open("first");
        loaded.Load();
        using var ring = new RingBuffer(loaded.Map("ring"));
        using var link = loaded.Program("on_egress").AttachCgroup(cgroup.Path);

        SendDatagram();
        cgroup.SendDatagram();

        var lengths = new List<uint>();
        ring.Drain(ref lengths, static (record, ref lengths) => lengths.Add(BinaryPrimitives.ReadUInt32LittleEndian(record[8..])));
        Assert.Equal([20u + 8 + 4], lengths);
        Assert.Equal(1ul, new PerCpuArrayMap<ulong>(loaded.Map("counters")).Sum(0));
        Assert.Equal(0, ring.AvailableBytes);
    }

    [KernelFact]
    public void Link_disposed_detaches()
    {
        using var cgroup = new TestCgroup();
        using var loaded = TestObjects.Open("first");
        loaded.Load();
        loaded.Program("on_egress").AttachCgroup(cgroup.Path).Dispose();

        cgroup.SendDatagram();

        Assert.Equal(0ul, new PerCpuArrayMap<ulong>(loaded.Map("counters")).Sum(0));
    }

    [KernelFact]
    public void Tracepoints_see_the_exec_in_the_cgroup_that_the_constants_name()
    {
        using var loaded = TestObjects.Open("first");
        using var cgroup = new TestCgroup();
        loaded.SetGlobal("wanted_cgroup", cgroup.Id);
        loaded.SetGlobal("enabled", true);
        loaded.SetGlobal("step", 7u);
        loaded.Load();
        using var typed = loaded.Program("on_exec").AttachTrace();
        using var raw = loaded.Program("on_exec_raw").AttachTrace();

        cgroup.Run("exec /bin/true");

        Assert.Equal(7ul, loaded.GetGlobal<ulong>("runs"));
        Assert.Equal(1ul, new PerCpuArrayMap<ulong>(loaded.Map("counters")).Sum(2));
    }

    [KernelFact]
    public void Iterator_walks_all_tasks_or_those_of_one_process()
    {
        using var loaded = TestObjects.Open("first");
        loaded.Load();

        var own = MemoryMarshal.Cast<byte, int>(loaded.Program("walk_tasks").RunIterator(pid: Environment.ProcessId)).ToArray().Distinct();
        var all = MemoryMarshal.Cast<byte, int>(loaded.Program("walk_tasks").RunIterator()).ToArray().Distinct();

        Assert.Contains(Assert.Single(own), all);
        Assert.True(all.Count() > 1);
    }

    private static void SendDatagram()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.SendTo("outside"u8, new IPEndPoint(IPAddress.Loopback, 9));
    }
}
