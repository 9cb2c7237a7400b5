// Packets for BPF_PROG_TEST_RUN, just right enough for what is measured.

using System.Buffers.Binary;

namespace Eider.Bench;

internal static class Packets
{
    private const int UdpHeaderLength = 8;
    private const int V4HeaderLength = 20;

    /// <summary>Puts an Ethernet header of an IPv4 packet before the octets.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> packet) => [.. new byte[12], 0x08, 0x00, .. packet];

    /// <summary>From 192.0.2.1 to 192.0.2.2, checksums zero.</summary>
    public static byte[] UdpV4(ushort clientPort, ushort serverPort, ReadOnlySpan<byte> payload) =>
        UdpV4(sourcePort: clientPort, destinationPort: serverPort, [192, 0, 2, 1, 192, 0, 2, 2], payload);

    /// <summary>The way back: from 192.0.2.2 to 192.0.2.1.</summary>
    public static byte[] UdpV4Response(ushort serverPort, ushort clientPort, ReadOnlySpan<byte> payload) =>
        UdpV4(sourcePort: serverPort, destinationPort: clientPort, [192, 0, 2, 2, 192, 0, 2, 1], payload);

    private static byte[] UdpV4(ushort sourcePort, ushort destinationPort, ReadOnlySpan<byte> addresses, ReadOnlySpan<byte> payload)
    {
        var packet = new byte[V4HeaderLength + UdpHeaderLength + payload.Length];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        packet[8] = 64;
        packet[9] = 17;
        addresses.CopyTo(packet.AsSpan(12));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(20), sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(22), destinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(24), (ushort)(UdpHeaderLength + payload.Length));
        payload.CopyTo(packet.AsSpan(V4HeaderLength + UdpHeaderLength));
        return packet;
    }
}
