// Clocks that are wrong and inputs that are incomplete: nothing critical is made up, and attacks are found all the same.

using Eider.Core;
using Eider.Core.Detect;
using Xunit;

namespace Eider.Tests.Detect;

public sealed class BadTimeTests
{
    private const long Hour = 3600 * Traffic.Second;

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(200)]
    public void Attack_is_found_whatever_the_clock_says(int yearsSince1970)
    {
        using var traffic = new Traffic { NowNs = yearsSince1970 * 365L * 24 * Hour };

        Guess(traffic);

        Assert.Contains("dns.answer.guessing", traffic.Found);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-24 * 365)]
    [InlineData(1)]
    [InlineData(24 * 365)]
    public void Clock_that_is_set_makes_ordinary_traffic_no_attack_and_hides_none(int hours)
    {
        using var traffic = new Traffic(BenignTraffic.Options);
        var stepNs = 0L;
        var benign = new BenignTraffic(21, (timeNs, message, from, to, passage) =>
        {
            traffic.NowNs = timeNs + stepNs;
            traffic.Send(message, from, to, passage);
        });
        benign.Make(20_000);
        stepNs = hours * Hour;
        benign.Make(20_000);
        Assert.Empty(traffic.Alerts);

        traffic.NowNs += Traffic.Second;
        Guess(traffic);

        Assert.Contains("dns.answer.guessing", traffic.Found);
    }

    /// <summary>Some milliseconds are what several queues of a capturing device make; seconds, a capture that was put together badly. Answers that stand before their
    /// questions look like guesses.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(2000)]
    public void Ordinary_traffic_out_of_order_is_nothing_critical(int milliseconds)
    {
        using var traffic = new Traffic(BenignTraffic.Options);
        var random = new Random(22);
        List<(long TimeNs, byte[] Message, Endpoint From, Endpoint To, Passage Passage)> packets = [];
        var benign = new BenignTraffic(23, (timeNs, message, from, to, passage) => packets.Add((timeNs, message, from, to, passage)));
        benign.Make(50_000);
        benign.Finish();

        foreach (var (timeNs, message, from, to, passage) in packets.OrderBy(packet => packet.TimeNs + random.NextInt64(milliseconds * 1_000_000L)))
        {
            traffic.NowNs = timeNs;
            traffic.Send(message, from, to, passage);
        }

        traffic.Finish();
        Assert.DoesNotContain(traffic.Alerts, alert => alert.Severity == AlertSeverity.Critical);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Capture_of_one_direction_is_quiet(bool hasQueries)
    {
        using var traffic = new Traffic(BenignTraffic.Options);
        var benign = new BenignTraffic(24, (timeNs, message, from, to, passage) =>
        {
            if ((to.Port == 53) == hasQueries)
            {
                traffic.Deliver(timeNs, message, from, to, passage);
            }
        });

        benign.Make(50_000);
        benign.Finish();
        traffic.Finish();

        Assert.Empty(traffic.Alerts);
    }

    private static void Guess(Traffic traffic)
    {
        traffic.Ask("www.guessed.example", client: traffic.Victim);
        for (ushort id = 100; id < 120; id++)
        {
            traffic.Wait(0.001).Answer("www.guessed.example", "203.0.113.66", id, client: traffic.Victim);
        }
    }
}
