// What somebody sends who wants the agent to remember more than it can: started by benchmarks inside a pod.

using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Eider.Bench;

internal static class Flood
{
    private const int IpHeader = 20;
    private const int UdpHeader = 8;
    private const byte Udp = 17;
    private const int DnsPort = 53;

    /// <summary>As many questions are on their way at once.</summary>
    private const int Window = 64;

    /// <param name="args"><c>forge VICTIM COUNT SECONDS</c>: forged answers from random servers to random ports, with random ids and names. <c>ask SERVER COUNT SECONDS</c>: a random name below a random domain each time.
    /// <c>answer ADDRESS</c>: a server that answers each question with another address, until its input ends. The first two print how many packets they sent, of each kind, and how many came back.</param>
    public static int Run(string[] args)
    {
        var address = IPAddress.Parse(args[1]);
        if (args[0] == "answer")
        {
            Answer(address);
            return 0;
        }

        var (count, time) = (int.Parse(args[2], CultureInfo.InvariantCulture), TimeSpan.FromSeconds(int.Parse(args[3], CultureInfo.InvariantCulture)));
        Console.WriteLine(args[0] == "forge" ? Forge(address, count, time) : Ask(address, count, time));
        return 0;
    }

    private static string Forge(IPAddress victim, int count, TimeSpan time)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Raw);
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);
        var to = new IPEndPoint(victim, 0).Serialize();
        var (random, sent, began) = (new Random(4711), 0, Stopwatch.GetTimestamp());
        for (; sent < count && Stopwatch.GetElapsedTime(began) < time; sent++)
        {
            var packet = Packet(victim, Answered(Question(random), random), random);
            socket.SendTo(packet, SocketFlags.None, to);
        }

        return $"{sent} 0";
    }

    private static string Ask(IPAddress server, int count, TimeSpan time)
    {
        var sockets = Enumerable.Range(0, Window).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 100 }).ToArray();
        var (random, sent, received, began) = (new Random(815), 0, 0, Stopwatch.GetTimestamp());
        var answer = new byte[4096];
        Array.ForEach(sockets, socket => socket.Connect(server, DnsPort));
        while (sent < count && Stopwatch.GetElapsedTime(began) < time)
        {
            foreach (var socket in sockets)
            {
                socket.Send(Question(random));
                sent++;
            }

            foreach (var socket in sockets)
            {
                try
                {
                    socket.Receive(answer);
                    received++;
                }
                catch (SocketException)
                {
                    // Dropped on the way; the next one may not be.
                }
            }
        }

        Array.ForEach(sockets, socket => socket.Dispose());
        return $"{sent} {received}";
    }

    private static void Answer(IPAddress address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 100 };
        socket.Bind(new IPEndPoint(address, DnsPort));
        var (random, question) = (new Random(42), new byte[4096]);
        var end = Task.Run(Console.In.ReadToEnd);
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        Console.WriteLine("bound");
        while (!end.IsCompleted)
        {
            try
            {
                var length = socket.ReceiveFrom(question, ref from);
                socket.SendTo(Answered(question[..length], random), from);
            }
            catch (SocketException)
            {
                // Nobody asks right now.
            }
        }
    }

    private static byte[] Question(Random random) =>
        [(byte)random.Next(256), (byte)random.Next(256), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. Label($"h{random.Next():x8}"), .. Label($"d{random.Next():x8}"), .. Label("example"), 0, 0, 1, 0, 1];

    /// <summary>A random public address.</summary>
    private static byte[] Answered(byte[] question, Random random)
    {
        byte[] answer = [.. question, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, (byte)random.Next(20, 90), (byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(1, 255)];
        (answer[2], answer[3], answer[7]) = (0x81, 0x80, 1);
        return answer;
    }

    private static byte[] Label(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    /// <summary>The kernel fills in the sum of the network header; the other is left out (RFC 768).</summary>
    private static byte[] Packet(IPAddress to, byte[] message, Random random)
    {
        var packet = new byte[IpHeader + UdpHeader + message.Length];
        (packet[0], packet[8], packet[9]) = (0x45, 64, Udp);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        (packet[12], packet[13], packet[14], packet[15]) = ((byte)random.Next(20, 90), (byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(1, 255));
        to.TryWriteBytes(packet.AsSpan(16), out _);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(IpHeader), DnsPort);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(IpHeader + 2), (ushort)random.Next(1024, 65536));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(IpHeader + 4), (ushort)(UdpHeader + message.Length));
        message.CopyTo(packet, IpHeader + UdpHeader);
        return packet;
    }
}
