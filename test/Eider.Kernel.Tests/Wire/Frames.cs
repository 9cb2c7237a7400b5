// Frames as they stand on a wire, and what comes back: built and checked octet by octet, without the code under test.

using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Eider.Kernel.Tests.Wire;

internal sealed record Query(string Name, ushort Type = 1, bool Edns = false, bool DnssecOk = false, ushort Id = 0x1234, byte[]? Trailing = null)
{
    public byte[] Message()
    {
        var message = new List<byte> { (byte)(Id >> 8), (byte)Id, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, (byte)(Edns ? 1 : 0) };
        foreach (var label in Name.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            message.Add((byte)label.Length);
            message.AddRange(Encoding.ASCII.GetBytes(label));
        }

        message.AddRange([0, (byte)(Type >> 8), (byte)Type, 0, 1]);
        if (Edns)
        {
            message.AddRange([0, 0, 41, 0x10, 0, 0, 0, (byte)(DnssecOk ? 0x80 : 0), 0, 0, 0]);
        }

        message.AddRange(Trailing ?? []);
        return [.. message];
    }
}

internal sealed record Frame(IPEndPoint Source, IPEndPoint Destination, byte[] Payload, bool Tcp = false, int Vlans = 0, int IpOptions = 0, int ExtensionHeaders = 0)
{
    public const int UdpHeader = 8;
    public const int TcpHeader = 20;
    private const byte DestinationOptions = 60;

    public bool IsV6 => Source.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;

    public int NetworkOffset => 14 + 4 * Vlans;

    public int TransportOffset => NetworkOffset + (IsV6 ? 40 + 8 * ExtensionHeaders : 20 + 4 * IpOptions);

    private byte Protocol => (byte)(Tcp ? 6 : 17);

    public byte[] ToBytes()
    {
        var frame = new List<byte> { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };
        for (var tag = 0; tag < Vlans; tag++)
        {
            frame.AddRange([0x81, 0x00, 0x00, (byte)(7 + tag)]);
        }

        frame.AddRange(IsV6 ? [0x86, 0xdd] : [0x08, 0x00]);
        var transport = Transport();
        frame.AddRange(IsV6 ? V6(transport.Length) : V4(transport.Length));
        frame.AddRange(transport);
        return [.. frame];
    }

    /// <summary>One's complement sum over a transport with its pseudo header; 0xffff when the checksum in it is right.</summary>
    public static ushort Sum(ReadOnlySpan<byte> addresses, byte protocol, ReadOnlySpan<byte> transport) =>
        Sum([.. addresses, 0, protocol, (byte)(transport.Length >> 8), (byte)transport.Length, .. transport]);

    /// <summary>RFC 1071.</summary>
    public static ushort Sum(ReadOnlySpan<byte> octets)
    {
        uint sum = 0;
        for (var i = 0; i < octets.Length; i += 2)
        {
            sum += (uint)(octets[i] << 8 | (i + 1 < octets.Length ? octets[i + 1] : 0));
        }

        while (sum > 0xffff)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)sum;
    }

    private byte[] Transport()
    {
        var header = new byte[Tcp ? TcpHeader : UdpHeader];
        BinaryPrimitives.WriteUInt16BigEndian(header, (ushort)Source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)Destination.Port);
        if (Tcp)
        {
            BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), 1000);
            BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(8), 5000);
            header[12] = 5 << 4;
            header[13] = 0x18;
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)(header.Length + Payload.Length));
        }

        byte[] transport = [.. header, .. Payload];
        byte[] addresses = [.. Source.Address.GetAddressBytes(), .. Destination.Address.GetAddressBytes()];
        BinaryPrimitives.WriteUInt16BigEndian(transport.AsSpan(Tcp ? 16 : 6), (ushort)~Sum(addresses, Protocol, transport));
        return transport;
    }

    private byte[] V4(int length)
    {
        var header = new byte[20 + 4 * IpOptions];
        header[0] = (byte)(0x40 | header.Length / 4);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)(header.Length + length));
        header[8] = 64;
        header[9] = Protocol;
        Source.Address.TryWriteBytes(header.AsSpan(12), out _);
        Destination.Address.TryWriteBytes(header.AsSpan(16), out _);
        header.AsSpan(20).Fill(1); // no-operation options
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), (ushort)~Sum(header));
        return header;
    }

    private byte[] V6(int length)
    {
        var header = new byte[40 + 8 * ExtensionHeaders];
        header[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)(8 * ExtensionHeaders + length));
        header[6] = ExtensionHeaders > 0 ? DestinationOptions : Protocol;
        header[7] = 64;
        Source.Address.TryWriteBytes(header.AsSpan(8), out _);
        Destination.Address.TryWriteBytes(header.AsSpan(24), out _);
        for (var at = 40; at < header.Length; at += 8)
        {
            header[at] = at + 8 < header.Length ? DestinationOptions : Protocol;
            header[at + 2] = 1; // PadN
            header[at + 3] = 4;
        }

        return header;
    }
}
