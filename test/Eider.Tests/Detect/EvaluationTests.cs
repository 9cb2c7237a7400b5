// Ordinary traffic gives no alert; attacks within it are found.

using Eider.Core;
using Eider.Core.Detect;
using Xunit;

namespace Eider.Tests.Detect;

public sealed class EvaluationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Ordinary_traffic_of_two_hundred_thousand_exchanges_is_quiet_and_state_stays_bounded(int seed)
    {
        using var traffic = new Traffic(BenignTraffic.Options);
        var benign = new BenignTraffic(seed, traffic.Deliver);
        traffic.Elsewhere = benign.SaidElsewhere;

        benign.Make(200_000);
        benign.Finish();
        traffic.Finish();

        AssertQuiet(traffic);
        Assert.InRange(traffic.Counters.Examined, 190_000, 400_000);
        Assert.InRange(traffic.StateBytes, 1, 32 << 20);
        Assert.InRange(traffic.Detect.CrossCheck.Differed, 1000, traffic.Detect.CrossCheck.Compared / 2);
    }

    [Theory]
    [InlineData(2, 100, 120)]
    [InlineData(5, 6, 2)]
    [InlineData(50, 100, 2)]
    public void Ordinary_traffic_is_quiet_when_the_sensor_loses_packets_of_it(int oneIn, int seed, int clients)
    {
        using var traffic = new Traffic(BenignTraffic.Options);
        var benign = new BenignTraffic(seed, traffic.DeliverAllBut(oneIn, seed), clients);
        traffic.Elsewhere = benign.SaidElsewhere;

        benign.Make(100_000);
        benign.Finish();
        traffic.Finish();

        AssertQuiet(traffic);
    }

    [Fact]
    public void Attacks_within_ordinary_traffic_are_found()
    {
        using var traffic = new Traffic(BenignTraffic.Options);
        var benign = new BenignTraffic(3, traffic.Deliver);
        traffic.Elsewhere = benign.SaidElsewhere;
        benign.Make(20_000);
        byte number = 0;
        foreach (var attack in Attacks.All)
        {
            var before = traffic.Alerts.Count;
            (traffic.Victim, traffic.StruckNs) = (Traffic.At($"10.245.0.{++number}", 40_001), null);
            attack.Make(traffic, new Random(9));
            Assert.True(traffic.StruckNs is not null, $"{attack.Name} does not say when it strikes");
            benign.SkipTo(traffic.NowNs);
            benign.Make(500);
            Assert.True(traffic.Alerts.Skip(before).Any(alert => alert.Detection == attack.Finds && alert.About.Client.Address == traffic.Victim.Address), $"{attack.Name} gave [{string.Join(", ", traffic.Alerts.Skip(before).Select(alert => alert.Detection))}]");
        }

        Assert.All(traffic.Alerts, static alert => Assert.StartsWith("10.245.", alert.About.Client.Address.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Every_detection_has_an_attack_and_something_that_finds_it()
    {
        using var traffic = new Traffic();
        string[] all = [.. Detections.All.Select(kind => kind.Id).Order(StringComparer.Ordinal)];

        Assert.Equal(all, Attacks.All.Select(attack => attack.Finds).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(all, traffic.Detect.Finders.SelectMany(finder => finder.Finds).Select(kind => kind.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void State_stays_bounded_and_nothing_is_told_as_critical_under_a_flood_of_everything()
    {
        using var traffic = new Traffic();
        var random = new Random(13);
        for (var packet = 0; packet < 150_000; packet++)
        {
            var name = $"n{random.Next():x}.{random.Next():x}.example";
            var client = Traffic.At($"10.{random.Next(256)}.{random.Next(256)}.{random.Next(256)}", (ushort)random.Next(65536));
            var server = Traffic.At($"203.{random.Next(256)}.{random.Next(256)}.{random.Next(256)}", 53);
            traffic.NowNs += random.Next(1000) == 0 ? -random.NextInt64(100 * Traffic.Second) : random.NextInt64(1_000_000);
            if (random.Next(3) == 0)
            {
                traffic.Exchange(name, random.Next(2) == 0 ? "10.0.0.1" : "198.51.100.1", (ushort)random.Next(65536), client: client, server: server);
            }
            else if (random.Next(2) == 0)
            {
                traffic.Ask(name, (ushort)random.Next(65536), client: client, server: server);
            }
            else
            {
                traffic.Answer(name, "198.51.100.1", (ushort)random.Next(65536), client: client, server: server);
            }
        }

        Assert.InRange(traffic.StateBytes, 1, 32 << 20);
        Assert.True(traffic.Counters.Shed > 150_000, $"{traffic.Counters.Shed} shed: the tables were not full");
        Assert.DoesNotContain(traffic.Alerts, alert => alert.Severity == AlertSeverity.Critical);
    }

    private static void AssertQuiet(Traffic traffic) => Assert.True(traffic.Alerts.Count == 0, string.Join('\n', traffic.Alerts.Select(alert =>
        $"{alert.Detection} {alert.Summary} [{string.Join("; ", alert.Evidence.Select(evidence => $"{evidence.Key}={evidence.Value}"))}]").Take(10)));
}
