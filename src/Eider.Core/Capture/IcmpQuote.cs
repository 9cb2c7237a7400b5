// ICMP errors of a capture: the packet that one quotes, where that is a question, an answer, or what reached a closed port (RFC 792, RFC 4443, RFC 4861).

using System.Buffers.Binary;

namespace Eider.Core.Capture;

/// <summary>Takes one error; it is valid only during the call.</summary>
public delegate void IcmpHandler(in IcmpErrors errors);

/// <summary>As bpf/lib/quoted.h reads them, and the port unreachables that a host sends besides.</summary>
internal static class IcmpQuote
{
    private const int HeaderLength = 8;
    private const int UdpLength = 8;
    private const byte Udp = 17;
    private const ushort Multicast = 5353;

    /// <param name="message">From the ICMP header on.</param>
    /// <param name="sender">As the packet says.</param>
    public static void Read(WireSpan message, bool isV6, IpAddress sender, long timeNs, DnsPorts ports, IcmpHandler handler)
    {
        var octets = message.Captured;
        if (octets.Length < HeaderLength || KindOf(octets, isV6, out var isPort, out var mtu) is not { } kind
            || !TryFindQuoted(octets, isV6, out var source, out var destination, out var udp))
        {
            return;
        }

        var (sourcePort, destinationPort) = (BinaryPrimitives.ReadUInt16BigEndian(udp), BinaryPrimitives.ReadUInt16BigEndian(udp[2..]));
        var (client, server) = (new Endpoint(source, sourcePort), new Endpoint(destination, destinationPort));
        if (!IsDns(ports, destinationPort))
        {
            // Not a question: an answer that is too big, or what reached a closed port.
            (client, server) = (server, client);
            if (kind == IcmpKind.TooBig && IsDns(ports, sourcePort) && mtu < (isV6 ? IcmpErrors.LeastMtuV6 : IcmpErrors.LeastMtuV4))
            {
                kind = IcmpKind.AnswerTooBig;
            }
            else if (isPort && sender == client.Address && IsProbe(ports, sourcePort, udp))
            {
                kind = IcmpKind.ClosedPort;
            }
            else
            {
                return;
            }
        }

        Span<ulong> bits = [0, 0, 0, 0];
        var bit = client.Port * 0x9e37_79b1u >> 24;
        bits[(int)(bit >> 6)] = 1UL << (int)(bit & 63);
        handler(new IcmpErrors
        {
            TimeNs = timeNs,
            Kind = kind,
            Sender = sender,
            Senders = 1,
            Client = client,
            Server = server,
            Packets = 1,
            Ports = bits,
            LastPorts = [client.Port],
            SmallestMtu = mtu,
        });
    }

    private static IcmpKind? KindOf(ReadOnlySpan<byte> icmp, bool isV6, out bool isPort, out ushort mtu)
    {
        var (type, code) = (icmp[0], icmp[1]);
        isPort = isV6 ? type == 1 && code == 4 : type == 3 && code == 3;
        mtu = IcmpErrors.NoMtu;
        if (isV6 ? type == 2 : type == 3 && code == 4)
        {
            mtu = isV6 ? (ushort)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(icmp[4..]), IcmpErrors.NoMtu) : BinaryPrimitives.ReadUInt16BigEndian(icmp[6..]);
            return IcmpKind.TooBig;
        }

        return type == (isV6 ? 137 : 5) ? IcmpKind.Redirect : type == (isV6 ? 1 : 3) ? IcmpKind.Unreachable : null;
    }

    private static bool TryFindQuoted(ReadOnlySpan<byte> icmp, bool isV6, out IpAddress source, out IpAddress destination, out ReadOnlySpan<byte> udp)
    {
        source = destination = default;
        udp = default;
        var quoted = isV6 && icmp[0] == 137 ? Redirected(icmp) : icmp[HeaderLength..];
        if (!isV6)
        {
            if (Ipv4Header.TryRead(quoted, out var v4) != HeaderFault.None || v4.Protocol != Udp || v4.FragmentOffset != 0)
            {
                return false;
            }

            (source, destination) = (v4.Source, v4.Destination);
            udp = quoted[Math.Min(v4.Length, quoted.Length)..];
            return udp.Length >= UdpLength;
        }

        if (Ipv6Header.TryRead(quoted, out var v6) != HeaderFault.None)
        {
            return false;
        }

        (source, destination) = (v6.Source, v6.Destination);
        var next = v6.NextHeader;
        udp = quoted[Ipv6Header.Length..];
        if (next == ExtensionHeader.Fragment && Ipv6FragmentHeader.TryRead(udp, out var fragment) == HeaderFault.None && fragment.FragmentOffset == 0)
        {
            next = fragment.NextHeader;
            udp = udp[Ipv6FragmentHeader.Length..];
        }

        return next == Udp && udp.Length >= UdpLength;
    }

    /// <summary>A redirect of IPv6 quotes the packet in an option behind two addresses (RFC 4861 4.5, 4.6.3). Empty where there is none.</summary>
    private static ReadOnlySpan<byte> Redirected(ReadOnlySpan<byte> icmp)
    {
        var rest = icmp[Math.Min(HeaderLength + 32, icmp.Length)..];
        while (rest.Length >= HeaderLength && rest[1] != 0)
        {
            if (rest[0] == 4)
            {
                return rest[HeaderLength..];
            }

            rest = rest[Math.Min(rest[1] * 8, rest.Length)..];
        }

        return default;
    }

    /// <summary>What may be a response came too late for a client that has given up, and so did what came from ports of encrypted DNS.</summary>
    private static bool IsProbe(DnsPorts ports, ushort sourcePort, ReadOnlySpan<byte> udp)
    {
        if (!IsDns(ports, sourcePort))
        {
            return sourcePort is not (443 or 853 or Multicast);
        }

        if (BinaryPrimitives.ReadUInt16BigEndian(udp[4..]) < UdpLength + 12)
        {
            return true;
        }

        return udp.Length > UdpLength + 2 && (udp[UdpLength + 2] & 0x80) == 0;
    }

    private static bool IsDns(DnsPorts ports, ushort port) => port != Multicast && ports.Contains(port);
}
