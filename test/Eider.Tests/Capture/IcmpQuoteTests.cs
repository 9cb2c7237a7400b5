// ICMP errors in captures: which of them quote a question, an answer that is to be cut, or what reached a closed port.

using Eider.Core;
using Eider.Core.Capture;
using Xunit;

namespace Eider.Tests.Capture;

public sealed class IcmpQuoteTests
{
    private static readonly byte[] Client = [192, 0, 2, 1], Server = [198, 51, 100, 53], Router = [203, 0, 113, 1];

    [Theory]
    [InlineData(3, 1, IcmpKind.Unreachable)]
    [InlineData(3, 3, IcmpKind.Unreachable)]
    [InlineData(3, 4, IcmpKind.TooBig)]
    [InlineData(5, 1, IcmpKind.Redirect)]
    public void Error_quotes_a_question(byte type, byte code, IcmpKind kind)
    {
        var seen = Assert.Single(Read(V4(Router, Client, Icmp(type, code, 600, Quoted(Client, Server, 40_000, 53)))));

        Assert.Equal((kind, "203.0.113.1", "192.0.2.1:40000", "198.51.100.53:53"), (seen.Kind, seen.Sender, seen.Client, seen.Server));
        Assert.Equal(code == 4 ? 600 : IcmpErrors.NoMtu, seen.Mtu);
    }

    [Theory]
    [InlineData(575, true)]
    [InlineData(576, false)]
    public void Answer_is_to_be_cut_smaller_than_any_path_needs(int mtu, bool isSeen)
    {
        var seen = Read(V4(Router, Server, Icmp(3, 4, mtu, Quoted(Server, Client, 53, 40_000))));

        Assert.Equal(isSeen ? [IcmpKind.AnswerTooBig] : [], seen.Select(error => error.Kind));
    }

    [Theory]
    [InlineData("78", 53, true)] // too short for a message
    [InlineData("000101000001000000000000", 53, true)] // a query
    [InlineData("000181800001000000000000", 53, false)] // an answer that came too late
    [InlineData("78", 4444, true)]
    [InlineData("78", 443, false)]
    public void Port_unreachable_tells_of_what_reached_a_closed_port(string payload, ushort from, bool isSeen)
    {
        var seen = Read(V4(Client, Server, Icmp(3, 3, 0, Quoted(Server, Client, from, 40_000, Convert.FromHexString(payload)))));

        Assert.Equal(isSeen ? [IcmpKind.ClosedPort] : [], seen.Select(error => error.Kind));
        Assert.All(seen, error => Assert.Equal("192.0.2.1:40000", error.Client));
    }

    [Fact]
    public void Redirect_of_ipv6_quotes_the_packet_behind_other_options()
    {
        byte[] client = [0x20, 1, 0xd, 0xb8, .. new byte[11], 1], server = [0x20, 1, 0xd, 0xb8, .. new byte[11], 0x53];
        byte[] udp = [0x9c, 0x40, 0, 53, 0, 8, 0, 0];
        byte[] quoted = [0x60, 0, 0, 0, 0, 8, 17, 64, .. client, .. server, .. udp];
        byte[] redirect = [137, 0, 0, 0, 0, 0, 0, 0, .. server, .. server, 2, 1, 0, 0, 0, 0, 0, 0, 4, (byte)(1 + (quoted.Length / 8)), 0, 0, 0, 0, 0, 0, .. quoted];
        byte[] packet = [0x60, 0, 0, 0, 0, (byte)redirect.Length, 58, 255, .. server, .. client, .. redirect];

        var seen = Assert.Single(Read(packet));

        Assert.Equal((IcmpKind.Redirect, "[2001:db8::1]:40000", "[2001:db8::53]:53"), (seen.Kind, seen.Client, seen.Server));
    }

    [Fact]
    public void Errors_cut_anywhere_or_with_any_octet_changed_break_nothing()
    {
        var whole = V4(Router, Client, Icmp(3, 4, 600, Quoted(Client, Server, 40_000, 53, [1, 2, 3, 4])));
        for (var at = 0; at < whole.Length; at++)
        {
            Read(whole[..at]);
            for (var value = 0; value < 256; value += 5)
            {
                var changed = whole.ToArray();
                changed[at] = (byte)value;
                Read(changed);
            }
        }
    }

    private static byte[] Quoted(byte[] source, byte[] destination, ushort sourcePort, ushort destinationPort, byte[]? payload = null)
    {
        byte[] data = payload ?? [];
        var length = 8 + data.Length;
        return V4Packet(source, destination, 17, [(byte)(sourcePort >> 8), (byte)sourcePort, (byte)(destinationPort >> 8), (byte)destinationPort, 0, (byte)length, 0, 0, .. data]);
    }

    private static byte[] Icmp(byte type, byte code, int mtu, byte[] quoted) => [type, code, 0, 0, 0, 0, (byte)(mtu >> 8), (byte)mtu, .. quoted];

    private static byte[] V4(byte[] source, byte[] destination, byte[] icmp) => V4Packet(source, destination, 1, icmp);

    private static byte[] V4Packet(byte[] source, byte[] destination, byte protocol, byte[] payload) =>
        [0x45, 0, (byte)((20 + payload.Length) >> 8), (byte)(20 + payload.Length), 0, 1, 0, 0, 64, protocol, 0, 0, .. source, .. destination, .. payload];

    private static List<(IcmpKind Kind, string Sender, string Client, string Server, ushort Mtu)> Read(byte[] packet)
    {
        var seen = new List<(IcmpKind, string, string, string, ushort)>();
        var dissector = new PacketDissector(
            DnsPorts.Default,
            (in Packet _) => { },
            (in IcmpErrors errors) => seen.Add((errors.Kind, errors.Sender.ToString(), errors.Client.ToString(), errors.Server.ToString(), errors.SmallestMtu)));
        dissector.Dissect(new CapturedFrame { TimeNs = 0, LinkType = LinkType.Raw, Interface = 0, Octets = new WireSpan(packet, packet.Length) });
        return seen;
    }
}
