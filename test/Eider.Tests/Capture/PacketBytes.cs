// Builds packets layer by layer, from the inside out.

using System.Buffers.Binary;
using System.Net;

namespace Eider.Tests.Capture;

internal static class PacketBytes
{
    public static readonly byte[] Query = Convert.FromHexString("123401000001000000000000076578616d706c65036f72670000010001");

    public static byte[] Udp(byte[] payload, ushort source = 40_000, ushort destination = 53, int? length = null) =>
        [.. U16(source), .. U16(destination), .. U16(length ?? (8 + payload.Length)), 0, 0, .. payload];

    public static byte[] Tcp(byte[] payload, ushort source = 40_000, ushort destination = 53, uint sequence = 1000, byte flags = 0x18, byte[]? options = null) =>
        [.. U16(source), .. U16(destination), .. U32(sequence), .. U32(1), (byte)((20 + (options?.Length ?? 0)) / 4 << 4), flags, 0, 0, 0, 0, 0, 0, .. options ?? [], .. payload];

    public static byte[] Ipv4(byte[] payload, byte protocol = 17, string source = "10.0.0.1", string destination = "10.0.0.2", byte[]? options = null,
        int? totalLength = null, ushort identification = 7, int fragmentOffset = 0, bool more = false)
    {
        var header = 20 + (options?.Length ?? 0);
        return
        [
            (byte)(0x40 | header / 4), 0, .. U16(totalLength ?? (header + payload.Length)), .. U16(identification),
            .. U16((more ? 0x2000 : 0) | fragmentOffset / 8), 64, protocol, 0, 0,
            .. IPAddress.Parse(source).GetAddressBytes(), .. IPAddress.Parse(destination).GetAddressBytes(), .. options ?? [], .. payload,
        ];
    }

    public static byte[] Ipv6(byte[] payload, byte nextHeader = 17, string source = "2001:db8::1", string destination = "2001:db8::2", int? payloadLength = null) =>
    [
        0x60, 0, 0, 0, .. U16(payloadLength ?? payload.Length), nextHeader, 64,
        .. IPAddress.Parse(source).GetAddressBytes(), .. IPAddress.Parse(destination).GetAddressBytes(), .. payload,
    ];

    /// <summary>An IPv6 extension header of <paramref name="units"/> times 8 octets beyond the first 8.</summary>
    public static byte[] Extension(byte nextHeader, byte[] rest, byte units = 0) => [nextHeader, units, .. new byte[6 + units * 8], .. rest];

    public static byte[] Ipv6Fragment(byte nextHeader, byte[] piece, int offset, bool more, uint identification = 9) =>
        [nextHeader, 0, .. U16(offset | (more ? 1 : 0)), .. U32(identification), .. piece];

    public static byte[] Ethernet(byte[] payload, int? etherType = null) =>
        [.. new byte[12], .. U16(etherType ?? (payload[0] >> 4 == 6 ? 0x86dd : 0x0800)), .. payload];

    public static byte[] U16(int value)
    {
        var octets = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(octets, (ushort)value);
        return octets;
    }

    public static byte[] U32(uint value)
    {
        var octets = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, value);
        return octets;
    }
}
