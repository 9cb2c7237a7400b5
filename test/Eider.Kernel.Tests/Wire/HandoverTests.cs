// What the socket layer tells the wire layer, by test-run of both: of packets that wait together, and of flows that share a place.

using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using Eider.Bpf;
using Eider.Core.Abi;
using Eider.Core.Policy;
using Eider.Core.Sensors;
using Eider.Kernel.Tests.Bpf;

namespace Eider.Kernel.Tests.Wire;

public sealed class HandoverTests : IDisposable
{
    private const int OnToTheNext = -1;
    private const int Shot = 2;
    private const uint LoopbackIfindex = 1; // where test runs take place
    private const byte ReachHost = 1;
    private const uint FirstPosture = 1;
    private const int Handovers = 1 << 14;
    private const int FlowOctets = 40;
    private const int PlaceOctets = 80;
    private const int DenyingRule = 1;

    private static readonly IPEndPoint Server = new(IPAddress.Parse("192.0.2.53"), 53);

    private readonly KernelSensor sensor;
    private readonly PolicyMaps maps;

    public HandoverTests()
    {
        using var resource = typeof(Agent).Assembly.GetManifestResourceStream("eider.bpf.o")!;
        var elf = new byte[resource.Length];
        resource.ReadExactly(elf);
        sensor = KernelSensor.Load(elf, new SensorOptions());
        maps = new PolicyMaps(sensor.Map);
        DenyWhatCannotBeRead();
        new HashMap<DeviceKey, byte>(sensor.Map("wire_devices")).Set(new DeviceKey(NetworkNamespace.Cookie(), LoopbackIfindex, 0), ReachHost);
        using var changes = new MappedArray<ulong>(sensor.Map("wire_changes"));
        changes[0]++;
    }

    public void Dispose()
    {
        maps.Dispose();
        sensor.Dispose();
    }

    [KernelFact]
    public void Denied_query_is_stopped_on_the_wire_and_an_allowed_one_is_not()
    {
        Send(Allowed(40000, 1));
        Send(Denied(40001, 2));

        Assert.Equal(Shot, Arrive(Denied(40001, 2)));
        Assert.Equal(OnToTheNext, Arrive(Allowed(40000, 1)));
        Assert.Equal(OnToTheNext, Arrive(Denied(40001, 2))); // it spoke of one packet
    }

    [KernelTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Queries_of_one_flow_and_id_that_wait_together_are_denied_together(bool deniedFirst)
    {
        var (allowed, denied) = (Allowed(40000, 1), Denied(40000, 1));

        Send(deniedFirst ? denied : allowed);
        Send(deniedFirst ? allowed : denied);

        Assert.NotEqual(allowed.ToBytes(), sensor.Program("wire_host").TestRun(allowed.ToBytes()).Data); // it is an answer now
        Assert.Equal(Shot, Arrive(denied));
        Assert.Equal(OnToTheNext, Arrive(denied));
    }

    [KernelFact]
    public void Denied_query_that_got_lost_speaks_for_what_follows_no_longer_than_five_seconds()
    {
        var allowed = Allowed(40000, 1);
        Send(Denied(40000, 1));
        for (var turn = 0; turn < 2; turn++)
        {
            Age(PlaceOf(FlowOf(40000, 1)), TimeSpan.FromSeconds(3));
            Send(allowed);
            Assert.Equal(turn > 0, allowed.ToBytes().SequenceEqual(sensor.Program("wire_host").TestRun(allowed.ToBytes()).Data));
        }
    }

    [KernelTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Flows_that_share_a_place_do_not_speak_for_each_other(bool deniedFirst)
    {
        var (port, id) = SharesPlaceWith(40000, 1);
        var (one, other) = deniedFirst ? (Denied(40000, 1), Allowed(port, id)) : (Allowed(40000, 1), Denied(port, id));

        Send(one);
        Send(other);

        Assert.Equal(deniedFirst ? OnToTheNext : Shot, Arrive(other));
        Assert.Equal(deniedFirst ? Shot : OnToTheNext, Arrive(one));
    }

    [KernelFact]
    public void Flow_that_found_its_place_taken_is_not_told_of_in_both()
    {
        var (port, id) = SharesPlaceWith(40000, 1);
        Send(Allowed(40000, 1));
        Send(Allowed(port, id)); // waits, away from its place
        Assert.Equal(OnToTheNext, Arrive(Allowed(40000, 1))); // which is free now

        Send(Denied(port, id));

        Assert.NotEqual(Allowed(port, id).ToBytes(), sensor.Program("wire_host").TestRun(Allowed(port, id).ToBytes()).Data);
        Assert.Equal(Shot, Arrive(Denied(port, id)));
    }

    [KernelFact]
    public void Place_of_a_denied_query_that_got_lost_stays_its_own_for_a_minute()
    {
        var (port, id) = SharesPlaceWith(40000, 1);
        Send(Denied(40000, 1));

        Age(PlaceOf(FlowOf(40000, 1)), TimeSpan.FromSeconds(50));
        Send(Allowed(port, id));
        Assert.Equal(Shot, Arrive(Denied(40000, 1)));

        Send(Denied(port, id)); // something was told of elsewhere a moment ago
        Age(PlaceOf(FlowOf(40000, 1)), TimeSpan.FromSeconds(70));
        Send(Allowed(40000, 1));
        Assert.Equal(FlowOf(40000, 1), Place(PlaceOf(FlowOf(40000, 1)))[16..(16 + FlowOctets)]);
    }

    private static Frame Allowed(int port, ushort id) => new(new IPEndPoint(IPAddress.Parse("192.0.2.10"), port), Server, new Query("a.example", Id: id).Message());

    /// <summary>Two questions in one query.</summary>
    private static Frame Denied(int port, ushort id)
    {
        var message = new Query("a.example", Id: id).Message();
        message[5] = 2;
        return Allowed(port, id) with { Payload = message };
    }

    private void Send(Frame frame) => Assert.Equal(1, sensor.Program("dns_egress").TestRun(frame.ToBytes()).ReturnValue);

    private int Arrive(Frame frame) => sensor.Program("wire_host").TestRun(frame.ToBytes()).ReturnValue;

    private void DenyWhatCannotBeRead()
    {
        var tables = new PolicyTables { DefaultPosture = FirstPosture };
        tables.Rules.Add(new RuleRecord { Action = 2 });
        tables.Postures.Add(default);
        tables.Postures.Add(new PostureRecord { Flags = PostureFlags.Enforce, MalformedRule = DenyingRule });
        maps.Prepare(tables, KernelNames.Create(NameTable.BucketsFor(1)));
        maps.Commit(tables, new Dictionary<ulong, WorkloadRecord>());
    }

    /// <summary>struct flow of bpf/lib/verdict.h.</summary>
    private static byte[] FlowOf(int port, ushort id)
    {
        var flow = new byte[FlowOctets];
        IPAddress.Parse("192.0.2.10").MapToIPv6().TryWriteBytes(flow, out _);
        Server.Address.MapToIPv6().TryWriteBytes(flow.AsSpan(16), out _);
        BinaryPrimitives.WriteUInt16BigEndian(flow.AsSpan(32), (ushort)port);
        BinaryPrimitives.WriteUInt16BigEndian(flow.AsSpan(34), (ushort)Server.Port);
        BinaryPrimitives.WriteUInt16BigEndian(flow.AsSpan(36), id);
        flow[38] = 17;
        return flow;
    }

    /// <summary>place_of of bpf/lib/verdict.h.</summary>
    internal static int PlaceOf(ReadOnlySpan<byte> flow)
    {
        var hash = 0UL;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(flow))
        {
            hash = (hash ^ word) * 0x9e3779b97f4a7c15;
            hash ^= hash >> 32;
        }

        return (int)(hash & (Handovers - 1));
    }

    private static (int Port, ushort Id) SharesPlaceWith(int port, ushort id) =>
        (from otherPort in Enumerable.Range(port + 1, 20)
         from otherId in Enumerable.Range(0, 1 << 16)
         where PlaceOf(FlowOf(otherPort, (ushort)otherId)) == PlaceOf(FlowOf(port, id))
         select (otherPort, (ushort)otherId)).First();

    private byte[] Place(int index) => MemoryMarshal.AsBytes<Words>([new ArrayMap<Words>(sensor.Map("handovers"))[index]]).ToArray();

    /// <summary>As if what stands there, and what found no room, had been told so much earlier.</summary>
    private void Age(int index, TimeSpan by)
    {
        var places = new ArrayMap<Words>(sensor.Map("handovers"));
        var place = places[index];
        foreach (var at in (int[])[1, 7]) // overflowed_ns and judged.time_ns
        {
            place[at] -= place[at] == 0 ? 0 : (ulong)by.TotalNanoseconds;
        }

        places[index] = place;
    }

    /// <summary>struct handover of bpf/lib/verdict.h.</summary>
    [System.Runtime.CompilerServices.InlineArray(PlaceOctets / sizeof(ulong))]
    private struct Words
    {
        private ulong _first;
    }
}
