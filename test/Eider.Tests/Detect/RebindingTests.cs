using Eider.Core;
using Eider.Core.Detect;
using Eider.Core.Detect.Detectors;
using Xunit;

namespace Eider.Tests.Detect;

public sealed class RebindingTests
{
    [Theory]
    [InlineData("www.example.com", "10.1.2.3", true)]
    [InlineData("www.example.com", "172.16.0.1", true)]
    [InlineData("www.example.com", "172.32.0.1", false)]
    [InlineData("www.example.com", "192.168.1.1", true)]
    [InlineData("www.example.com", "127.0.0.1", true)]
    [InlineData("www.example.com", "169.254.169.254", true)]
    [InlineData("www.example.com", "100.100.100.200", true)]
    [InlineData("www.example.com", "100.128.0.1", false)]
    [InlineData("www.example.com", "fd00::1", true)]
    [InlineData("www.example.com", "fe80::1", true)]
    [InlineData("www.example.com", "::1", true)]
    [InlineData("www.example.com", "::ffff:10.0.0.1", true)]
    [InlineData("www.example.com", "64:ff9b::a00:1", true)] // 10.0.0.1 by NAT64
    [InlineData("www.example.com", "64:ff9b::808:808", false)]
    [InlineData("www.example.com", "@router.internal 10.0.0.1", true)] // the name asked decides
    [InlineData("www.example.com", "0.0.0.0", false)]
    [InlineData("www.example.com", "192.0.2.1", false)]
    [InlineData("www.example.com", "~192.0.2.1,10.0.0.1", true)]
    [InlineData("www.example.com", "~192.0.2.1,2001:db8::1,fd00::1", true)]
    [InlineData("www.example.com", "~192.0.2.1,2001:db8::1", false)]
    [InlineData("www.example.com", "~,10.0.0.1", false)] // alias mode: it means nothing
    [InlineData("printer", "192.168.1.9", false)]
    [InlineData("printer.local", "192.168.1.9", false)]
    [InlineData("router.home.arpa", "192.168.1.1", false)]
    [InlineData("ip-10-0-0-1.ec2.internal", "10.0.0.1", false)]
    [InlineData("db.corp.example.com", "10.9.9.9", false)] // configured
    [InlineData("corp.example.com", "10.9.9.9", false)]
    [InlineData("evilcorp.example.com", "10.9.9.9", true)]
    [InlineData("2.0.0.127.zen.example.org", "127.0.0.4", false)] // RFC 5782
    [InlineData("2.0.0.127.zen.example.org", "127.0.0.1", true)]
    [InlineData("a.0.0.127.zen.example.org", "127.0.0.4", true)]
    public void Private_address_is_told_for_a_public_name_only(string name, string answer, bool isTold)
    {
        using var traffic = new Traffic(new DetectOptions { InternalZones = ["corp.example.com"] });
        traffic.Exchange(name, answer, type: answer.Contains(':') ? (ushort)28 : (ushort)1);

        Assert.Equal(isTold ? ["dns.answer.rebinding"] : [], traffic.Found);
    }

    [Fact]
    public void Name_that_was_public_is_told_with_more_weight()
    {
        using var traffic = new Traffic();
        traffic.Exchange("a.example.com", "192.0.2.1", 1, ttl: 1).Wait(2).Exchange("a.example.com", "192.168.1.1", 2, ttl: 1);
        traffic.Exchange("b.example.org", "192.0.2.1 10.0.0.1", 3);

        Assert.Equal([AlertSeverity.High, AlertSeverity.High], traffic.Alerts.Select(alert => alert.Severity));
    }

    [Fact]
    public void Zone_with_many_private_names_for_many_clients_is_learnt_but_a_change_from_public_still_told()
    {
        using var traffic = new Traffic();
        for (ushort hour = 0; hour < 3; hour++)
        {
            for (byte client = 1; client <= 4; client++)
            {
                for (var name = 0; name < 6; name++)
                {
                    traffic.Exchange($"host{name}.intranet.example", $"10.0.{name}.1", (ushort)name, client: Traffic.At($"10.244.1.{client}", 4000)).Wait(1);
                }
            }

            traffic.Wait(1800);
        }

        traffic.Alerts.Clear();
        traffic.Wait(86400).Exchange("host77.intranet.example", "10.0.7.7", 1, client: Traffic.At("10.244.1.200", 4000));
        Assert.Empty(traffic.Alerts);

        traffic.Exchange("www.intranet.example", "192.0.2.80", 2).Wait(5).Exchange("www.intranet.example", "10.0.0.80", 3);
        Assert.Equal(["dns.answer.rebinding"], traffic.Found);
    }

    [Fact]
    public void Resolver_that_sends_blocked_names_to_one_address_is_learnt()
    {
        using var traffic = new Traffic();
        for (ushort i = 0; i < 40; i++)
        {
            traffic.Exchange($"ads.tracker{i}.example", "10.255.255.1", i).Wait(1);
        }

        Assert.InRange(traffic.Alerts.Count, Rebinding.SinkholeDomains - 1, Rebinding.SinkholeDomains + 2);
    }
}
