using Eider.Core;
using Eider.Core.Detect;
using Xunit;

namespace Eider.Tests.Detect;

public sealed class NearMissTests
{
    private const string Name = "www.example.com";

    private static readonly Endpoint Other = Traffic.At("203.0.113.66", 53);

    public static TheoryData<string, ushort, ushort, string, ushort, string> SingleMisses => new()
    {
        // what differs, client port, id, server, server port, what is found
        { "server", 40000, 1, "203.0.113.66", 53, "dns.answer.source" },
        { "server port", 40000, 1, "10.96.0.10", 5300, "dns.answer.source" },
        { "id", 40000, 2, "10.96.0.10", 53, "dns.answer.wrong_id" },
        { "client port", 40001, 1, "10.96.0.10", 53, "dns.answer.wrong_id" },
    };

    [Theory]
    [MemberData(nameof(SingleMisses))]
    public void Answer_with_one_thing_wrong_is_told_with_the_open_question(string what, ushort port, ushort id, string server, ushort serverPort, string found)
    {
        using var traffic = new Traffic();
        traffic.Ask(Name).Wait(0.001).Answer(Name, "198.51.100.1", id, client: Traffic.At("10.244.0.5", port), server: Traffic.At(server, serverPort));
        traffic.Wait(0.01).Answer(Name, "192.0.2.1");

        var alert = Assert.Single(traffic.Alerts);
        Assert.True(found == alert.Detection, what);
        Assert.Equal(Traffic.Server, alert.Server);
        Assert.Equal(Traffic.At(server, serverPort), alert.Source);
        Assert.Contains(alert.Evidence, evidence => evidence is { Key: "answered", Value: "198.51.100.1" });
    }

    [Fact]
    public void Answer_with_the_right_id_to_another_question_is_told()
    {
        using var traffic = new Traffic();
        traffic.Ask(Name).Wait(0.001).Answer("www.bank.example", "198.51.100.1");

        var alert = Assert.Single(traffic.Alerts);
        Assert.Equal("dns.answer.question", alert.Detection);
        Assert.Contains(alert.Evidence, evidence => evidence is { Key: "asked_name", Value: Name });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(1000)]
    [InlineData(50_000)]
    public void Guessing_ids_of_one_question_is_named_at_any_rate(int packetsPerSecond)
    {
        using var traffic = new Traffic();
        var random = new Random(4);
        traffic.Ask(Name);
        for (var packet = 0; packet < Math.Min(5 * packetsPerSecond, 5000) || packet < 12; packet++)
        {
            if (packet > 0 && packet % (5 * packetsPerSecond) == 0)
            {
                traffic.Ask(Name, (ushort)(packet + 2));
            }

            traffic.Wait(1.0 / packetsPerSecond).Answer(Name, "203.0.113.66", (ushort)random.Next(1000, 65536));
        }

        Assert.Equal(1, traffic.Found.Count(id => id == "dns.answer.guessing"));
        Assert.True(traffic.Alerts.First(alert => alert.Detection == "dns.answer.guessing").Count < 20);
    }

    [Fact]
    public void Random_subdomains_are_named_for_the_domain_that_they_poison()
    {
        using var traffic = new Traffic();
        var random = new Random(5);
        for (ushort round = 0; round < 20; round++)
        {
            var name = $"r{random.Next():x}.example.com";
            traffic.Ask(name, round).Wait(0.001).Answer(name, "203.0.113.66", (ushort)random.Next(1000, 65536)).Wait(0.01).Answer(name, "", round, flags: 0x8183).Wait(0.5);
        }

        Assert.Contains(traffic.Alerts, alert => alert.Detection == "dns.answer.guessing" && alert.Summary.Contains("below example.com", StringComparison.Ordinal));
    }

    [Fact]
    public void Own_earlier_sends_and_late_answers_are_no_misses()
    {
        using var traffic = new Traffic();
        traffic.Ask(Name, 1).Wait(4).Ask(Name, 2).Wait(3).Answer(Name, "192.0.2.1", 1).Wait(0.1).Answer(Name, "192.0.2.1", 2);
        traffic.Wait(5).Ask("late.example.com", 3).Wait(30).Answer("late.example.com", "192.0.2.1", 3);
        traffic.Ask("parallel.example.com", 4, server: Other).Ask("parallel.example.com", 4)
            .Answer("parallel.example.com", "192.0.2.1", 4).Answer("parallel.example.com", "192.0.2.1", 4, server: Other);

        Assert.Empty(traffic.Alerts);
    }

    [Fact]
    public void After_a_loss_answers_whose_questions_may_be_lost_are_no_guesses()
    {
        using var traffic = new Traffic();
        traffic.Exchange(Name, "192.0.2.1").Lose();

        for (ushort id = 100; id < 140; id++)
        {
            traffic.Wait(0.01).Answer(Name, "192.0.2.1", id);
        }

        traffic.Ask("www.example.net", 2).Wait(0.01);
        for (ushort id = 100; id < 140; id++)
        {
            traffic.Wait(0.01).Answer("www.example.net", "192.0.2.1", id);
        }

        Assert.Empty(traffic.Alerts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_a_loss_guessing_is_still_told_where_guesses_contradict_the_server(bool isAnsweredFirst)
    {
        using var traffic = new Traffic();
        traffic.Ask(Name).Lose();
        if (isAnsweredFirst)
        {
            traffic.Wait(0.001).Answer(Name, "192.0.2.1");
        }

        for (ushort id = 100; id < 120; id++)
        {
            traffic.Wait(0.001).Answer(Name, "203.0.113.66", id, isUndelivered: !isAnsweredFirst);
        }

        Assert.Equal(["dns.answer.guessing"], traffic.Found);
    }

    [Fact]
    public void After_a_loss_what_the_kernel_calls_forged_is_told_as_ever()
    {
        using var traffic = new Traffic();
        traffic.Ask(Name).Lose();

        for (ushort id = 100; id < 120; id++)
        {
            traffic.Wait(0.001).Answer(Name, "203.0.113.66", id, isForged: true);
        }

        Assert.Equal(["dns.answer.guessing"], traffic.Found);
    }

    [Fact]
    public void After_a_loss_two_answers_to_a_question_that_may_have_been_sent_twice_are_no_conflict()
    {
        using var traffic = new Traffic();
        traffic.Ask(Name).Lose();

        traffic.Wait(0.001).Answer(Name, "192.0.2.1").Wait(0.001).Answer(Name, "198.51.100.1");

        Assert.Empty(traffic.Alerts);
    }

    [Fact]
    public void Questions_that_nobody_answers_do_not_make_time_run_faster()
    {
        using var traffic = new Traffic();
        traffic.Lose();
        for (ushort id = 0; id < 10; id++)
        {
            traffic.Ask($"silent{id}.example.com", id).Wait(1);
        }

        traffic.Ask(Name).Wait(8).Answer(Name, "192.0.2.1", 2);

        Assert.Empty(traffic.Alerts);
    }
}
