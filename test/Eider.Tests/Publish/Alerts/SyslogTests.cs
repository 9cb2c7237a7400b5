// Alerts to real syslog receivers: a Unix socket, UDP and TCP, read back by the grammar of RFC 5424.

using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Eider.Core;
using Eider.Core.Config;
using Eider.Publish.Alerts;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Eider.Tests.Publish.Alerts;

public sealed partial class SyslogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("eider-syslog-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Message_is_that_of_rfc_5424() => Assert.Equal(
        $"<83>1 2026-01-31T12:00:00.123456Z node-1 eider {Environment.ProcessId} dns.answer.conflict "
        + "[eider@32473 id=\"00000007\" severity=\"high\" confidence=\"75\" action=\"none\" count=\"61\" first=\"2026-01-31T12:00:00.123456Z\" name=\"api.example.com\" qtype=\"A\" "
        + "client=\"10.244.0.5:40000\" server=\"10.96.0.10:53\" source=\"10.96.0.10:53\" workload=\"shop/web-7d9f\" process=\"curl\" pid=\"1234\"]"
        + "[evidence@32473 times_asked=\"1\" first=\"192.0.2.7\"] one question was answered twice (61 times)",
        Text(SampleAlerts.Numbered(7, count: 61)));

    [Theory]
    [InlineData(AlertSeverity.Low, SyslogFacility.User, 13)]
    [InlineData(AlertSeverity.Medium, SyslogFacility.Daemon, 28)]
    [InlineData(AlertSeverity.Critical, SyslogFacility.Local7, 186)]
    public void Priority_is_of_facility_and_severity(AlertSeverity severity, SyslogFacility facility, int priority) =>
        Assert.StartsWith($"<{priority}>1 ", Encoding.UTF8.GetString(SyslogMessage.Format(SampleAlerts.Numbered(1, severity), facility, "n", 8192)), StringComparison.Ordinal);

    [Theory]
    [InlineData("a\"]\\ b=\"c")]
    [InlineData("x\n<0>1 - - - - - - forged")]
    [InlineData("\u001b[2J\0\u202e\u2028bücher")]
    public void Hostile_name_stays_inside_its_value_and_on_its_line(string name)
    {
        var text = Text(SampleAlerts.Numbered(1, name: name));

        var message = Grammar().Match(text);
        Assert.True(message.Success, text);
        Assert.DoesNotContain(text, static c => char.IsControl(c) || c is '\u202e' or '\u2028');
        var value = Regex.Match(message.Groups["data"].Value, " name=\"((?:[^\"\\\\\\]]|\\\\.)*)\"").Groups[1].Value;
        Assert.Equal(Output.TerminalText.Escape(name), Regex.Replace(value, @"\\(.)", "$1"));
        Assert.True(Ascii.IsValid(message.Groups["text"].Value));
    }

    [Fact]
    public void Node_without_a_usable_name_is_a_hyphen() =>
        Assert.Contains("Z - eider ", Encoding.UTF8.GetString(SyslogMessage.Format(SampleAlerts.Numbered(1), SyslogFacility.User, " \n", 8192)), StringComparison.Ordinal);

    [Fact]
    public void Message_that_is_too_long_goes_without_evidence_and_then_cut()
    {
        var alert = SampleAlerts.Numbered(1);
        var whole = SyslogMessage.Format(alert, SyslogFacility.User, "n", 8192).Length;

        Assert.DoesNotContain("evidence@", Encoding.UTF8.GetString(SyslogMessage.Format(alert, SyslogFacility.User, "n", whole - 1)), StringComparison.Ordinal);
        Assert.Contains("one question was answered twice", Encoding.UTF8.GetString(SyslogMessage.Format(alert, SyslogFacility.User, "n", whole - 1)), StringComparison.Ordinal);
        Assert.Equal(100, SyslogMessage.Format(alert, SyslogFacility.User, "n", 100).Length);
    }

    [Fact]
    public async Task Udp_receiver_gets_a_datagram_for_each()
    {
        using var receiver = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using var outputs = Open(new(SyslogTransport.Udp, "127.0.0.1", PortOf(receiver.Client)));

        outputs.Publish(SampleAlerts.Numbered(1));
        Assert.Equal("00000001", IdOf(await Receive(receiver.Client)));
        outputs.Publish(SampleAlerts.Numbered(2));
        Assert.Equal("00000002", IdOf(await Receive(receiver.Client)));
    }

    [Fact]
    public async Task Udp_receiver_by_name_and_over_ipv6_is_found()
    {
        using var receiver = new UdpClient(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        await using var outputs = Open(new(SyslogTransport.Udp, "::1", PortOf(receiver.Client)));
        outputs.Publish(SampleAlerts.Numbered(1));
        Assert.Equal("00000001", IdOf(await Receive(receiver.Client)));

        using var named = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using var other = Open(new(SyslogTransport.Udp, "localhost", PortOf(named.Client)));
        other.Publish(SampleAlerts.Numbered(2));
        Assert.Equal("00000002", IdOf(await Receive(named.Client)));
    }

    [Fact]
    public async Task Unix_receiver_gets_what_waited_once_it_is_there_and_again_after_its_restart()
    {
        var path = Path.Combine(_folder, "log");
        await using var outputs = Open(new(SyslogTransport.Unix, path, 0));
        outputs.Publish(SampleAlerts.Numbered(1));
        await SampleAlerts.Until(() => outputs.Statuses[0].Trouble is not null);
        Assert.Contains("nothing listens there", outputs.Statuses[0].Trouble, StringComparison.Ordinal);

        using (var receiver = Listen(path))
        {
            await SampleAlerts.Until(() => outputs.Statuses[0].Sent == 1, _time);
            Assert.Equal("00000001", IdOf(await Receive(receiver)));
        }

        File.Delete(path);
        outputs.Publish(SampleAlerts.Numbered(2));
        await SampleAlerts.Until(() => outputs.Statuses[0].Trouble is not null);
        using var restarted = Listen(path);
        await SampleAlerts.Until(() => outputs.Statuses[0].Sent == 2, _time);
        Assert.Equal("00000002", IdOf(await Receive(restarted)));
    }

    [Fact]
    public async Task Unix_receiver_that_does_not_read_blocks_nobody()
    {
        var path = Path.Combine(_folder, "log");
        using var receiver = Listen(path);
        await using var outputs = Open(new(SyslogTransport.Unix, path, 0));

        for (var number = 0; number < AlertQueue.Capacity + 500; number++)
        {
            outputs.Publish(SampleAlerts.Numbered(number));
        }

        await SampleAlerts.Until(() => outputs.Statuses[0].Trouble is not null, _time, SyslogSender.Patience);
        Assert.Contains("takes nothing for 10 s", outputs.Statuses[0].Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tcp_receiver_gets_counted_octets_and_again_after_it_closed()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var outputs = Open(new(SyslogTransport.Tcp, "127.0.0.1", PortOf(listener.Server)));

        outputs.Publish(SampleAlerts.Numbered(1));
        using (var first = await Accept(listener))
        {
            Assert.Equal("00000001", IdOf(await ReadCounted(first.GetStream())));
            outputs.Publish(SampleAlerts.Numbered(2, name: "bücher.example"));
            Assert.Equal("00000002", IdOf(await ReadCounted(first.GetStream())));
        }

        await SampleAlerts.Until(() => outputs.Statuses[0].Sent == 2);
        outputs.Publish(SampleAlerts.Numbered(3));
        using var second = await Accept(listener);
        Assert.Equal("00000003", IdOf(await ReadCounted(second.GetStream())));
        Assert.Equal(0, outputs.Statuses[0].Dropped.Sum(static drop => drop.Count));
    }

    [Fact]
    public async Task Tcp_receiver_that_is_away_is_tried_until_it_is_there()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = PortOf(listener.Server);
        listener.Stop();
        await using var outputs = Open(new(SyslogTransport.Tcp, "127.0.0.1", port));
        outputs.Publish(SampleAlerts.Numbered(1));
        await SampleAlerts.Until(() => outputs.Statuses[0].Retries >= 2, _time);

        using var back = new TcpListener(IPAddress.Loopback, port);
        back.Start();
        await SampleAlerts.Until(() => outputs.Statuses[0].Sent == 1, _time);
        using var client = await Accept(back);
        Assert.Equal("00000001", IdOf(await ReadCounted(client.GetStream())));
    }

    private static string Text(Alert alert) => Encoding.UTF8.GetString(SyslogMessage.Format(alert, SyslogFacility.Authpriv, "node-1", 8192));

    private static string IdOf(string message)
    {
        Assert.Matches(Grammar(), message);
        return Regex.Match(message, " id=\"([^\"]+)\"").Groups[1].Value;
    }

    private AlertOutputs Open(SyslogTarget to) => AlertOutputs.Create(
        EiderConfig.Default with { Node = "node-1", Alerts = new AlertsConfig { Syslog = [new(to, SyslogFacility.Authpriv, AlertSeverity.Low)] } }, static _ => { }, _time);

    private static ushort PortOf(Socket socket) => (ushort)((IPEndPoint)socket.LocalEndPoint!).Port;

    private static Socket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    private static async Task<TcpClient> Accept(TcpListener listener)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await listener.AcceptTcpClientAsync(patience.Token);
    }

    private static async Task<string> Receive(Socket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var buffer = new byte[65536];
        return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, patience.Token));
    }

    private static async Task<string> ReadCounted(Stream stream)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var length = "";
        var octet = new byte[1];
        for (; ; length += (char)octet[0])
        {
            await stream.ReadExactlyAsync(octet, patience.Token);
            if (octet[0] == ' ')
            {
                break;
            }
        }

        var message = new byte[int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(message, patience.Token);
        return Encoding.UTF8.GetString(message);
    }

    [GeneratedRegex("""^<\d{1,3}>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z [!-~]{1,255} [!-~]{1,48} [!-~]{1,128} [!-~]{1,32} (?<data>(\[[!-~]{1,32}( [!-~]{1,32}="([^"\\\]]|\\["\\\]])*")*\])+) (?<text>[^\n]*)$""")]
    private static partial Regex Grammar();
}
