// ICMP errors about questions: of a search for the port of one, and of networks as they are.

using Eider.Core;
using Eider.Core.Detect;
using Eider.Core.Detect.Detectors;
using Xunit;

namespace Eider.Tests.Detect;

public sealed class IcmpProbingTests
{
    private const string Name = "www.example.com";

    [Theory]
    [InlineData(IcmpKind.Unreachable, "unreachable")]
    [InlineData(IcmpKind.TooBig, "fragmentation needed")]
    [InlineData(IcmpKind.Redirect, "redirect")]
    public void Errors_with_one_port_after_the_other_are_told(IcmpKind kind, string said)
    {
        using var traffic = Ready();

        Search(traffic, kind, Traffic.Server, ports: 400, mtu: 552);

        var alert = traffic.Alerts[0];
        Assert.Equal(("dns.probe.icmp", AlertSeverity.High), (alert.Detection, alert.Severity));
        Assert.Contains(new Evidence("kinds", said), alert.Evidence);
        Assert.Contains(new Evidence("from", "203.0.113.66"), alert.Evidence);
        Assert.Contains(new Evidence("claimed_server", "10.96.0.10:53"), alert.Evidence);
        Assert.Contains(new Evidence("smallest_mtu", "552"), alert.Evidence);
    }

    [Fact]
    public void Server_that_does_not_answer_this_client_is_less_bad()
    {
        using var traffic = Ready();

        Search(traffic, IcmpKind.Redirect, Traffic.At("198.51.100.53", 53), ports: 400);

        Assert.Equal(AlertSeverity.Medium, traffic.Alerts[0].Severity);
    }

    [Theory]
    [InlineData(30, false)]
    [InlineData(200, true)]
    public void Search_has_many_ports(int ports, bool isTold)
    {
        using var traffic = Ready();

        Search(traffic, IcmpKind.Unreachable, Traffic.Server, ports);

        Assert.Equal(isTold, traffic.Found.Contains("dns.probe.icmp"));
    }

    [Fact]
    public void Server_that_is_down_brings_errors_about_questions_that_were_asked()
    {
        using var traffic = Ready();
        for (ushort port = 20_000; port < 20_400; port++)
        {
            var client = new Endpoint(Traffic.Client.Address, port);
            traffic.Ask($"n{port}.example.com", port, client: client).Wait(0.005).Quote(IcmpKind.Unreachable, client, Traffic.Server).Wait(0.005);
        }

        Assert.Empty(traffic.Alerts);
    }

    [Fact]
    public void Errors_behind_a_translator_are_no_more_than_questions()
    {
        using var traffic = Ready();
        for (ushort port = 20_000; port < 20_400; port++)
        {
            // Asked by a workload, sent on from the node's address and another port.
            traffic.Ask($"n{port}.example.com", port, client: Traffic.At("10.244.0.77", port), server: Traffic.Server).Wait(0.005);
            traffic.Quote(IcmpKind.Unreachable, new(Traffic.Client.Address, (ushort)(port + 20_000)), Traffic.Server).Wait(0.005);
        }

        Assert.Empty(traffic.Alerts);
    }

    [Fact]
    public void Hosts_whose_questions_are_not_seen_may_have_asked_from_any_port()
    {
        using var traffic = Ready();
        for (ushort port = 20_000; port < 20_400; port++)
        {
            traffic.Quote(IcmpKind.Unreachable, Traffic.At("192.0.2.44", port), Traffic.Server).Wait(0.01);
        }

        Assert.Empty(traffic.Alerts);
    }

    [Fact]
    public void Nothing_is_said_soon_after_events_were_lost_or_the_input_began()
    {
        using var late = new Traffic();
        late.Exchange(Name, "198.51.100.1");
        Search(late, IcmpKind.Unreachable, Traffic.Server, ports: 400);
        using var gap = Ready();
        gap.Lose();
        Search(gap, IcmpKind.Unreachable, Traffic.Server, ports: 400);

        Assert.Empty(late.Alerts);
        Assert.Empty(gap.Alerts);
    }

    [Fact]
    public void One_path_that_has_changed_is_no_search()
    {
        using var traffic = Ready();
        for (var error = 0; error < 1000; error++)
        {
            traffic.Quote(IcmpKind.TooBig, Traffic.Client, Traffic.Server, mtu: 1280).Wait(0.005);
        }

        Assert.Empty(traffic.Alerts);
    }

    [Fact]
    public void One_error_that_has_a_server_cut_its_answers_is_told()
    {
        using var traffic = new Traffic();

        traffic.Quote(IcmpKind.AnswerTooBig, Traffic.At("203.0.113.9", 4444), Traffic.At("10.244.0.53", 53), mtu: 296);

        var alert = Assert.Single(traffic.Alerts);
        Assert.Equal("dns.probe.mtu", alert.Detection);
        Assert.Contains(new Evidence("smallest_mtu", "296"), alert.Evidence);
    }

    [Theory]
    [InlineData(PortProbing.EchoedPorts - 2, false)]
    [InlineData(PortProbing.EchoedPorts + 6, true)]
    public void Port_unreachables_that_a_client_sends_betray_packets_to_its_closed_ports(int ports, bool isTold)
    {
        using var traffic = Ready();
        for (var port = 0; port < ports; port++)
        {
            traffic.Quote(IcmpKind.ClosedPort, new(Traffic.Client.Address, (ushort)(30_000 + port)), Traffic.Server, sender: "10.244.0.5").Wait(0.5);
        }

        Assert.Equal(isTold, traffic.Found.Contains("dns.probe.ports"));
    }

    [Theory]
    [InlineData("10.96.0.10", true)]
    [InlineData("203.0.113.66", false)]
    public void Packets_from_other_ports_are_probes_where_they_seem_to_come_from_a_server(string source, bool isTold)
    {
        using var traffic = Ready();

        traffic.Probe(Traffic.At(source, 40_404), Traffic.Client, 400, 200);

        Assert.Equal(isTold ? ["dns.probe.ports"] : [], traffic.Found);
    }

    /// <summary>A client that asks and is answered, seen for long enough.</summary>
    private static Traffic Ready()
    {
        var traffic = new Traffic();
        return traffic.Exchange(Name, "198.51.100.1").Wait(30).Exchange(Name, "198.51.100.1", id: 2);
    }

    private static void Search(Traffic traffic, IcmpKind kind, Endpoint server, int ports, ushort mtu = IcmpErrors.NoMtu)
    {
        for (var port = 0; port < ports; port++)
        {
            traffic.Quote(kind, new(Traffic.Client.Address, (ushort)(20_000 + port)), server, mtu: mtu).Wait(0.01);
        }
    }
}
