// wire.bpf.c by test-run: a denied query in, its answer out. One sentence a case.

using System.Buffers.Binary;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Eider.Bpf;
using Eider.Core.Decode;
using Eider.Core.Sensors;
using Eider.Kernel.Tests.Bpf;

namespace Eider.Kernel.Tests.Wire;

public sealed class WireAnswerTests : IDisposable
{
    private const int OnToTheNext = -1;
    private const int Shot = 2;
    private const byte NxDomain = 0, NoData = 1, Refused = 2, Sinkhole = 3, Truncate = 4, Drop = 5;
    private const ushort Rule = 1;
    private const int RulesPerSide = 16384;

    private static readonly IPEndPoint V4Client = new(IPAddress.Parse("192.0.2.10"), 40000);
    private static readonly IPEndPoint V4Server = new(IPAddress.Parse("192.0.2.53"), 53);
    private static readonly IPEndPoint V6Client = new(IPAddress.Parse("2001:db8::10"), 40000);
    private static readonly IPEndPoint V6Server = new(IPAddress.Parse("2001:db8::53"), 53);

    private readonly KernelSensor sensor = KernelSensor.Load(KernelObject(), new SensorOptions());

    public void Dispose() => sensor.Dispose();

    [KernelTheory]
    [InlineData("a.example")]
    [InlineData("ab.example")]
    [InlineData("WwW.eXample.ORG")]
    [InlineData("")]
    [InlineData("a-label-of-sixty-three-octets-is-the-longest-that-there-can-bex.a-label-of-sixty-three-octets-is-the-longest-that-there-can-bex.a-label-of-sixty-three-octets-is-the-longest-that-there-can-bex.a-label-of-sixty-three-octets-is-the-longest-that-there-can-b")] // 253, as long as a name can be
    public void Denied_query_becomes_nxdomain_with_its_question_as_asked(string name)
    {
        foreach (var edns in (bool[])[false, true])
        {
            foreach (var (client, server) in ((IPEndPoint, IPEndPoint)[])[(V4Client, V4Server), (V6Client, V6Server)])
            {
                var query = new Query(name, Edns: edns, DnssecOk: edns);
                var answer = Answer(new Frame(client, server, query.Message()), NxDomain, extendedError: 15);

                Assert.Equal((ushort)0x8183, BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(2)));
                var question = query.Message().Length - 12 - (edns ? 11 : 0);
                Assert.Equal(query.Message().AsSpan(12, question).ToArray(), answer.AsSpan(12, question).ToArray());
                var summary = DnsSummary.Read(answer, new NameCache(1));
                Assert.Null(summary.Malformed);
                Assert.Equal(0, summary.TrailingOctets);
                Assert.Equal(edns, summary.DnssecOk);
                Assert.Equal(edns, answer.AsSpan().IndexOf((byte[])[0, 15, 0, 2, 0, 15]) == answer.Length - 6);
            }
        }
    }

    [KernelTheory]
    [InlineData(NoData, 0x8180)]
    [InlineData(Refused, 0x8185)]
    [InlineData(Truncate, 0x8380)]
    public void Each_reply_has_its_flags_and_no_answer(byte reply, ushort flags)
    {
        var answer = Answer(new Frame(V4Client, V4Server, new Query("evil.example", Edns: true).Message()), reply);

        Assert.Equal(flags, BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(2)));
        Assert.Equal(0, BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(6)));
    }

    [KernelTheory]
    [InlineData(1, "192.0.2.1")]
    [InlineData(28, "2001:db8::1")]
    public void Sinkhole_answers_with_the_address_of_the_type_asked(ushort type, string address)
    {
        foreach (var edns in (bool[])[false, true])
        {
            var answer = Answer(new Frame(V4Client, V4Server, new Query("evil.example", type, edns).Message()), Sinkhole);

            Assert.Null(DnsSummary.Read(answer, new NameCache(1)).Malformed);
            var record = Assert.Single(AnswerRecord.ReadAll(answer));
            Assert.Equal(("evil.example", type, address), (record.Name, record.Type, record.Data));
        }
    }

    [KernelFact]
    public void Sinkhole_has_no_data_for_a_type_without_address()
    {
        var answer = Answer(new Frame(V4Client, V4Server, new Query("evil.example", Type: 15).Message()), Sinkhole);

        Assert.Empty(AnswerRecord.ReadAll(answer));
        Assert.Equal((ushort)0x8180, BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(2)));
    }

    [KernelTheory]
    [InlineData(1, 0, 0)]
    [InlineData(2, 0, 0)]
    [InlineData(0, 3, 0)]
    [InlineData(0, 10, 0)]
    public void V4_query_behind_tags_and_options_is_answered(int vlans, int ipOptions, int extensionHeaders) =>
        Answer(new Frame(V4Client, V4Server, new Query("evil.example").Message(), Vlans: vlans, IpOptions: ipOptions, ExtensionHeaders: extensionHeaders), NxDomain);

    [KernelTheory]
    [InlineData(1, 1)]
    [InlineData(0, 4)]
    public void V6_query_behind_tags_and_extension_headers_is_answered(int vlans, int extensionHeaders) =>
        Answer(new Frame(V6Client, V6Server, new Query("evil.example").Message(), Vlans: vlans, ExtensionHeaders: extensionHeaders), NxDomain);

    [KernelFact]
    public void Query_longer_than_its_answer_is_shortened() =>
        Answer(new Frame(V4Client, V4Server, new Query("evil.example", Edns: true, Trailing: new byte[700]).Message()), NxDomain);

    [KernelFact]
    public void Drop_drops()
    {
        var frame = new Frame(V4Client, V4Server, new Query("evil.example").Message());
        Deny(frame, Drop, 0);

        Assert.Equal(Shot, Run("wire_host", frame.ToBytes()).ReturnValue);
    }

    [KernelFact]
    public void Query_that_nobody_denied_goes_on_untouched()
    {
        var frame = new Frame(V4Client, V4Server, new Query("good.example").Message());
        SetPolicy(NxDomain, 15);

        var result = Run("wire_host", frame.ToBytes());

        Assert.Equal(OnToTheNext, result.ReturnValue);
        Assert.Equal(frame.ToBytes(), result.Data);
    }

    [KernelFact]
    public void Denial_speaks_of_one_packet_alone()
    {
        var frame = new Frame(V4Client, V4Server, new Query("evil.example").Message());
        Answer(frame, NxDomain);

        Assert.Equal(frame.ToBytes(), Run("wire_host", frame.ToBytes()).Data);
    }

    [KernelFact]
    public void Denied_segment_becomes_a_reset_for_its_sender()
    {
        foreach (var (client, server) in ((IPEndPoint, IPEndPoint)[])[(V4Client, V4Server), (V6Client, V6Server)])
        {
            var frame = new Frame(client, server, [0, 30, .. new Query("evil.example").Message()], Tcp: true);
            Deny(frame, NxDomain, 0);

            var result = Run("wire_host", frame.ToBytes());

            Assert.Equal(OnToTheNext, result.ReturnValue);
            var segment = result.Data.AsSpan(frame.TransportOffset);
            Assert.Equal(Frame.TcpHeader, segment.Length);
            Assert.Equal((ushort)server.Port, BinaryPrimitives.ReadUInt16BigEndian(segment));
            Assert.Equal(5000u, BinaryPrimitives.ReadUInt32BigEndian(segment[4..]));
            Assert.Equal(1000u + (uint)frame.Payload.Length, BinaryPrimitives.ReadUInt32BigEndian(segment[8..]));
            Assert.Equal(0x14, segment[13]);
            CheckEnvelope(frame, result.Data);
        }
    }

    private static byte[] KernelObject()
    {
        using var resource = typeof(Agent).Assembly.GetManifestResourceStream("eider.bpf.o")!;
        var elf = new byte[resource.Length];
        resource.ReadExactly(elf);
        return elf;
    }

    /// <summary>Denies the frame's query, runs the program, checks everything around the message, and gives the message.</summary>
    private byte[] Answer(Frame frame, byte reply, ushort extendedError = 15)
    {
        Deny(frame, reply, extendedError);
        var result = Run("wire_host", frame.ToBytes());

        Assert.Equal(OnToTheNext, result.ReturnValue);
        CheckEnvelope(frame, result.Data);
        var message = result.Data[(frame.TransportOffset + Frame.UdpHeader)..];
        Assert.Equal(frame.Payload.AsSpan(0, 2).ToArray(), message[..2]);
        return message;
    }

    private static void CheckEnvelope(Frame frame, byte[] answer)
    {
        var network = answer.AsSpan(frame.NetworkOffset);
        var transport = answer.AsSpan(frame.TransportOffset);
        Assert.Equal((byte[])[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1], answer[..12]);
        var source = frame.IsV6 ? network[8..24] : network[12..16];
        var length = frame.IsV6 ? 40 + BinaryPrimitives.ReadUInt16BigEndian(network[4..]) : BinaryPrimitives.ReadUInt16BigEndian(network[2..]);
        var destination = frame.IsV6 ? network[24..40] : network[16..20];
        Assert.Equal(frame.Destination.Address.GetAddressBytes(), source.ToArray());
        Assert.Equal(frame.Source.Address.GetAddressBytes(), destination.ToArray());
        Assert.Equal(network.Length, length);
        if (!frame.IsV6)
        {
            Assert.Equal(0xffff, Frame.Sum(network[..(frame.TransportOffset - frame.NetworkOffset)]));
        }

        Assert.Equal((ushort)frame.Destination.Port, BinaryPrimitives.ReadUInt16BigEndian(transport));
        Assert.Equal((ushort)frame.Source.Port, BinaryPrimitives.ReadUInt16BigEndian(transport[2..]));
        Assert.Equal(0xffff, Frame.Sum([.. source, .. destination], (byte)(frame.Tcp ? 6 : 17), transport));
    }

    private void Deny(Frame frame, byte reply, ushort extendedError)
    {
        SetPolicy(reply, extendedError);
        var key = new byte[40];
        frame.Source.Address.MapToIPv6().TryWriteBytes(key, out _);
        frame.Destination.Address.MapToIPv6().TryWriteBytes(key.AsSpan(16), out _);
        BinaryPrimitives.WriteUInt16BigEndian(key.AsSpan(32), (ushort)frame.Source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(key.AsSpan(34), (ushort)frame.Destination.Port);
        frame.Payload.AsSpan(0, frame.Tcp ? 0 : 2).CopyTo(key.AsSpan(36));
        key[38] = (byte)(frame.Tcp ? 6 : 17);
        new ArrayMap<Handover>(sensor.Map("handovers"))[HandoverTests.PlaceOf(key)] = new Handover
        {
            Flow = MemoryMarshal.Read<Flow>(key),
            Judged = new Denied(0, Generation: 1, Rule, 0, Action: 2, 0, 0, 0, Open: 1),
        };
    }

    private void SetPolicy(byte reply, ushort extendedError)
    {
        var rule = default(KernelRule);
        ((ReadOnlySpan<byte>)[2, reply, (byte)extendedError, (byte)(extendedError >> 8), 3]).CopyTo(rule);
        IPAddress.Parse("192.0.2.1").TryWriteBytes(((Span<byte>)rule)[8..], out _);
        IPAddress.Parse("2001:db8::1").TryWriteBytes(((Span<byte>)rule)[12..], out _);
        new ArrayMap<KernelRule>(sensor.Map("policy_rules"))[RulesPerSide + Rule] = rule;
    }

    private TestRunResult Run(string program, byte[] frame) => sensor.Program(program).TestRun(frame);

    /// <summary>struct flow of bpf/lib/verdict.h, as octets.</summary>
    [InlineArray(40)]
    private struct Flow
    {
        private byte _first;
    }

    /// <summary>struct judged_query of bpf/lib/verdict.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Denied(ulong TimeNs, uint Generation, ushort Rule, ushort AuditRule, byte Action, byte Reason, byte AuditAction, byte Pad, uint Open);

    /// <summary>struct handover of bpf/lib/verdict.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Handover
    {
        public ulong Lock;
        public ulong OverflowedNs;
        public Flow Flow;
        public Denied Judged;
    }

    /// <summary>struct eider_rule of bpf/abi.h, as octets.</summary>
    [InlineArray(28)]
    private struct KernelRule
    {
        private byte _first;
    }
}
