// What tshark sees in a capture, counted by the rules of this reader: DNS and mDNS ports, and not what an ICMP error quotes.

using System.Diagnostics;

namespace Eider.Tests.Capture;

/// <param name="UdpPackets">Datagrams on a DNS port, made whole from fragments where need be.</param>
/// <param name="TcpSegments">Segments on a DNS port that have a payload.</param>
/// <param name="Queries">Messages with QR 0 that tshark dissects as DNS.</param>
/// <param name="Responses">Messages with QR 1.</param>
internal sealed record DnsCounts(int UdpPackets, int TcpSegments, int Queries, int Responses);

internal static class TsharkCounts
{
    private const string Program = "/usr/bin/tshark";

    private static readonly string[] Fields = ["udp.port", "tcp.port", "tcp.len", "icmp.type", "icmpv6.type", "dns.flags.response"];

    public static bool IsInstalled => File.Exists(Program);

    public static DnsCounts Read(string path)
    {
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, RedirectStandardError = true };
        // No names, no preferences of the user who runs this, every occurrence of a field.
        foreach (var argument in (string[])["-n", "-C", "Default", "-r", path, "-T", "fields", "-E", "occurrence=a", "-E", "separator=;", .. Fields.SelectMany(field => (string[])["-e", field])])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException("tshark did not start");
        // It complains of a truncated file at its end; what it printed before counts.
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var counts = new DnsCounts(0, 0, 0, 0);
        while (process.StandardOutput.ReadLine() is { } line)
        {
            counts = Add(counts, line.Split(';'));
        }

        process.WaitForExit();
        return counts;
    }

    private static DnsCounts Add(DnsCounts counts, string[] fields)
    {
        if (fields is not [var udpPorts, var tcpPorts, var tcpLength, "", "", var responses])
        {
            return counts;
        }

        var udp = IsDns(udpPorts);
        var tcp = IsDns(tcpPorts);
        if (!udp && !tcp)
        {
            return counts;
        }

        var flags = responses.Split(',', StringSplitOptions.RemoveEmptyEntries);
        return new DnsCounts(
            counts.UdpPackets + (udp ? 1 : 0),
            counts.TcpSegments + (tcp && tcpLength != "0" ? 1 : 0),
            counts.Queries + flags.Count(flag => flag is "0" or "False"),
            counts.Responses + flags.Count(flag => flag is "1" or "True"));
    }

    private static bool IsDns(string ports) => ports.Split(',') is var all && (all.Contains("53") || all.Contains("5353"));
}
