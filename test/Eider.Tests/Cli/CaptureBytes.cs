// Small pcap files made by hand, so that tests of the command need no corpus.

using System.Buffers.Binary;

namespace Eider.Tests.Cli;

internal static class CaptureBytes
{
    private const int LinkTypeRawIp = 101;

    public static byte[] Header { get; } = Octets(writer =>
    {
        writer.Write(0xa1b2c3d4u);
        writer.Write((ushort)2);
        writer.Write((ushort)4);
        writer.Write(0);
        writer.Write(0);
        writer.Write(65535);
        writer.Write(LinkTypeRawIp);
    });

    /// <summary>A query for <c>www.example.com A</c> by 192.0.2.1 and the answer 192.0.2.7, 12 ms later.</summary>
    public static byte[] OneExchange() =>
    [
        .. Header,
        .. Packet(0, 40000, 53, "123401000001000000000000" + "03777777076578616d706c6503636f6d0000010001"),
        .. Packet(12_000, 53, 40000, "123481800001000100000000" + "03777777076578616d706c6503636f6d0000010001" + "c00c000100010000012c0004c0000207"),
    ];

    /// <summary>A raw IPv4 packet with a UDP datagram, as a record of a capture.</summary>
    public static byte[] Packet(int microseconds, ushort source, ushort destination, string messageHex)
    {
        var message = Convert.FromHexString(messageHex);
        var isQuery = destination == 53;
        var ip = new byte[28 + message.Length];
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(2), (ushort)ip.Length);
        ip[8] = 64;
        ip[9] = 17;
        byte[] client = [192, 0, 2, 1];
        byte[] server = [192, 0, 2, 53];
        (isQuery ? client : server).CopyTo(ip, 12);
        (isQuery ? server : client).CopyTo(ip, 16);
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(20), source);
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(22), destination);
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(24), (ushort)(8 + message.Length));
        message.CopyTo(ip, 28);
        return Octets(writer =>
        {
            writer.Write(1_769_860_800);
            writer.Write(microseconds);
            writer.Write(ip.Length);
            writer.Write(ip.Length);
            writer.Write(ip);
        });
    }

    private static byte[] Octets(Action<BinaryWriter> write)
    {
        using var octets = new MemoryStream();
        using var writer = new BinaryWriter(octets);
        write(writer);
        return octets.ToArray();
    }
}
