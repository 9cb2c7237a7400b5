// A search for the port of an open question, and what only looks like one.

using Eider.Core;
using Eider.Core.Detect;
using Eider.Core.Detect.Detectors;
using Xunit;

namespace Eider.Tests.Detect;

public sealed class PortProbingTests
{
    private const string Name = "www.example.com";

    private static readonly Endpoint Stranger = Traffic.At("203.0.113.66", 53);

    [Theory]
    [InlineData(PortProbing.ProbedPorts - 1, false)]
    [InlineData(PortProbing.ProbedPorts, true)]
    public void Counted_probes_are_told_from_so_many_ports_on(int ports, bool isTold)
    {
        using var traffic = new Traffic();

        traffic.Probe(Stranger, Traffic.Client, 400, ports);

        Assert.Equal(isTold ? ["dns.probe.ports"] : [], traffic.Found);
    }

    [Fact]
    public void Probes_that_seem_to_come_from_the_server_that_answers_are_worse()
    {
        using var traffic = new Traffic();

        traffic.Exchange(Name, "198.51.100.1").Probe(Traffic.Server, Traffic.Client, 400, 200).Probe(Stranger, Traffic.Client, 400, 200);

        Assert.Equal([AlertSeverity.High, AlertSeverity.Medium], traffic.Alerts.Select(alert => alert.Severity));
        Assert.All(traffic.Alerts, alert => Assert.Contains(alert.Evidence, evidence => evidence == new Evidence("answered_by", "10.96.0.10")));
    }

    [Fact]
    public void In_a_capture_every_packet_that_is_no_message_counts()
    {
        using var traffic = new Traffic();
        for (ushort port = 40_000; port < 40_100; port++)
        {
            traffic.Send([0x78], Stranger, new(Traffic.Client.Address, port)).Wait(0.01);
        }

        Assert.Equal("dns.probe.ports", traffic.Found.Distinct().Single());
    }

    [Fact]
    public void In_a_capture_queries_from_the_port_of_a_server_count()
    {
        using var traffic = new Traffic();
        for (ushort port = 40_000; port < 40_100; port++)
        {
            traffic.Ask(Name, client: Stranger, server: new(Traffic.Client.Address, port)).Wait(0.01);
        }

        Assert.Contains("dns.probe.ports", traffic.Found);
    }

    [Fact]
    public void Broken_messages_to_one_port_are_no_search()
    {
        using var traffic = new Traffic();
        for (var packet = 0; packet < 1000; packet++)
        {
            traffic.Send([0x78], Stranger, Traffic.Client).Wait(0.001);
        }

        Assert.Empty(traffic.Alerts);
    }

    [Fact]
    public void Slow_search_for_the_ports_of_a_whole_day_is_not_told()
    {
        using var traffic = new Traffic();
        for (ushort port = 40_000; port < 40_100; port++)
        {
            traffic.Send([0x78], Stranger, new(Traffic.Client.Address, port)).Wait(1);
        }

        Assert.Empty(traffic.Alerts);
    }

    [Fact]
    public void Late_answers_to_clients_that_have_given_up_are_no_search()
    {
        using var traffic = new Traffic();
        for (ushort round = 0; round < 300; round++)
        {
            traffic.Ask($"n{round}.example.com", round, client: new(Traffic.Client.Address, (ushort)(40_000 + round)));
        }

        traffic.Wait(12);
        for (ushort round = 0; round < 300; round++)
        {
            traffic.Answer($"n{round}.example.com", "198.51.100.1", round, client: new(Traffic.Client.Address, (ushort)(40_000 + round)), isUndelivered: true);
        }

        Assert.Empty(traffic.Alerts);
    }

    [Fact]
    public void Queries_from_a_resolver_that_asks_from_port_53_are_no_search()
    {
        using var traffic = new Traffic();
        for (ushort round = 0; round < 300; round++)
        {
            traffic.Ask($"n{round}.example.com", round, client: new(Traffic.Client.Address, 53), server: Traffic.At($"198.51.{round % 100}.{round % 250}", 53));
        }

        Assert.Empty(traffic.Alerts);
    }
}
