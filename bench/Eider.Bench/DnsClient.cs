// A client that asks one name again and again, as fast as it is answered: started by benchmarks inside a pod.

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Eider.Lab;

namespace Eider.Bench;

internal static class DnsClient
{
    private const int Warmup = 5_000;
    private const int NxDomain = 3;

    /// <param name="args"><c>rtt SERVER NAME COUNT</c>: prints p50 and p99 in microseconds. <c>gap SERVER NAME</c>: asks until its input ends, then prints
    /// how often it did, and how often it was answered anything but NXDOMAIN, or nothing.</param>
    public static int Run(string[] args)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 3000 };
        socket.Connect(IPAddress.Parse(args[1]), 53);
        var query = RawMessage.Query(args[2]);
        Console.WriteLine(args[0] == "rtt" ? RoundTrips(socket, query, int.Parse(args[3], CultureInfo.InvariantCulture)) : Gaps(socket, query));
        return 0;
    }

    /// <summary>In a pod, against a server: p50 and p99 in microseconds.</summary>
    public static (double P50, double P99) MeasureRoundTrips(Pod pod, IPAddress server, string name, int count)
    {
        var said = pod.Run(Environment.ProcessPath!, "client", "rtt", $"{server}", name, $"{count}").MustSucceed("eider-bench client").Output.Split(' ');
        return (double.Parse(said[0], CultureInfo.InvariantCulture), double.Parse(said[1], CultureInfo.InvariantCulture));
    }

    private static string RoundTrips(Socket socket, byte[] query, int count)
    {
        var answer = new byte[4096];
        var times = new double[count];
        for (var round = -Warmup; round < count; round++)
        {
            var begun = Stopwatch.GetTimestamp();
            socket.Send(query);
            socket.Receive(answer);
            if (round >= 0)
            {
                times[round] = Stopwatch.GetElapsedTime(begun).TotalMicroseconds;
            }
        }

        Array.Sort(times);
        return string.Create(CultureInfo.InvariantCulture, $"{times[count / 2]:0.000} {times[count * 99 / 100]:0.000}");
    }

    private static string Gaps(Socket socket, byte[] query)
    {
        var answer = new byte[4096];
        var (asked, wrong) = (0L, 0L);
        var end = Task.Run(Console.In.ReadToEnd);
        Console.WriteLine("running");
        while (!end.IsCompleted)
        {
            asked++;
            try
            {
                socket.Send(query);
                wrong += socket.Receive(answer) > 3 && (answer[3] & 0xf) == NxDomain ? 0 : 1;
            }
            catch (SocketException)
            {
                wrong++;
            }
        }

        return $"{asked} {wrong}";
    }
}
