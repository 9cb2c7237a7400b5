// The query and the response that bench_feed writes into the ring over and over, as struct sample of bench/bpf/bench.bpf.c has them.

using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Eider.Core.Abi;
using Eider.Lab;

namespace Eider.Bench;

internal static class FeedSamples
{
    private const int PayloadLength = 128;
    private const ulong NsPerTick = 10_000_000;
    private const byte Udp = 17;

    public static byte[] QueryAndResponse()
    {
        byte[] question = [.. RawMessage.Name("www.shop.example"), .. RawMessage.Question()];
        byte[] query = [.. RawMessage.Header(questions: 1), .. question];
        byte[] address = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7];
        byte[] response = [.. RawMessage.Header(flags: 0x8180, questions: 1, answers: 4), .. question, .. address, .. address, .. address, .. address];
        return [.. Sample(query, isQuery: true), .. Sample(response, isQuery: false)];
    }

    /// <summary>One end's record of a message of an exchange of its own, between four sockets of this process and a server's.</summary>
    /// <param name="name">Its number among the names.</param>
    /// <param name="isSender">Else the receiver's record.</param>
    public static byte[] Message(int exchange, int name, bool isQuery, bool isSender)
    {
        byte[] question = [.. RawMessage.Name($"name{name}.clients.lab.internal"), .. RawMessage.Question()];
        byte[] address = [0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 10, 201, 0, 80];
        byte[] message = isQuery ? [.. RawMessage.Header(questions: 1), .. question] : [.. RawMessage.Header(flags: 0x8580, questions: 1, answers: 1), .. question, .. address];
        (message[0], message[1]) = ((byte)(exchange >> 8), (byte)exchange);
        var record = RecordOf(message, isQuery, isSender);
        (isQuery ? ref record.SourcePort : ref record.DestinationPort) = (ushort)(40_000 + exchange % 4);
        return [.. MemoryMarshal.AsBytes(new ReadOnlySpan<DnsRecord>(in record)), .. message];
    }

    private static byte[] Sample(byte[] message, bool isQuery)
    {
        var record = RecordOf(message, isQuery, isSender: isQuery);
        return [.. MemoryMarshal.AsBytes(new ReadOnlySpan<DnsRecord>(in record)), .. message, .. new byte[PayloadLength - message.Length]];
    }

    private static DnsRecord RecordOf(byte[] message, bool isQuery, bool isSender)
    {
        var record = new DnsRecord
        {
            Header = { Type = RecordKind.Dns, Size = (uint)(Unsafe.SizeOf<DnsRecord>() + message.Length) },
            Owner = { Pid = (uint)Environment.ProcessId, StartNs = StartOfThisProcess() },
            SourcePort = isQuery ? (ushort)0 : (ushort)53,
            DestinationPort = isQuery ? (ushort)53 : (ushort)0,
            WireLen = (uint)message.Length,
            Len = (ushort)message.Length,
            Protocol = Udp,
            Direction = isSender ? DnsRecord.Egress : (byte)0,
        };
        "eider-bench"u8.CopyTo(record.Owner.Comm);
        ReadOnlySpan<byte> client = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1];
        ReadOnlySpan<byte> server = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 53];
        (isQuery ? client : server).CopyTo(record.Source);
        (isQuery ? server : client).CopyTo(record.Destination);
        return record;
    }

    /// <summary>Field 22 of proc_pid_stat(5), in ticks of 10 ms; only near the kernel's own figure, which is enough for a key.</summary>
    private static ulong StartOfThisProcess()
    {
        var stat = File.ReadAllText("/proc/self/stat");
        return ulong.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19], CultureInfo.InvariantCulture) * NsPerTick;
    }
}
