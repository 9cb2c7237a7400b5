// What a client is answered against what a second resolver says: differences that mean something, and those that every network has.

using Eider.Core;
using Eider.Core.Decode;
using Eider.Core.Detect;
using Xunit;

namespace Eider.Tests.Detect;

public sealed class DisagreementTests : IDisposable
{
    private const string Name = "www.example.com";
    private const string True = "198.51.100.1";
    private const string Forged = "203.0.113.66";
    private const double Minute = 60;

    private readonly Traffic traffic = Comparing();

    public void Dispose() => traffic.Dispose();

    [Fact]
    public void Name_that_both_agreed_on_is_told_when_the_second_goes_on_saying_the_same()
    {
        Agree(traffic);
        traffic.SecondSays[Name] = True;
        Repeat(traffic, Forged, 20, 15);
        Assert.Empty(traffic.Alerts); // the second's cache may be older than a move

        Repeat(traffic, Forged, 20, 15);
        Assert.Empty(traffic.Alerts); // nor is the cache that may be behind it

        traffic.Wait(20).Exchange(Name, Forged);

        var alert = Assert.Single(traffic.Alerts);
        Assert.Equal(("dns.answer.disagreement", AlertSeverity.High), (alert.Detection, alert.Severity));
        Assert.Equal(Forged, Fact(alert, "answered"));
        Assert.Equal((True, "203.0.113.53:53", "3"), (Fact(alert, "second_answered"), Fact(alert, "second_resolver"), Fact(alert, "differed_in_a_row")));
        Assert.Equal("620", Fact(alert, "seconds"));
    }

    [Fact]
    public void Alert_is_about_the_answer_that_was_compared_whatever_came_before_the_second_answered()
    {
        Agree(traffic);
        traffic.SecondSays[Name] = True;
        Repeat(traffic, Forged, 2, 6 * Minute);
        traffic.SecondIsSlow = true;
        traffic.Exchange(Name, Forged, 77);
        for (ushort number = 0; number < 100; number++)
        {
            traffic.Exchange($"n{number}.example.net", "192.0.2.9", number);
        }

        traffic.AnswerAsSecond();

        var alert = Assert.Single(traffic.Alerts);
        Assert.Equal((Name, (ushort?)77, Forged), (alert.About.Name, alert.About.Id, Fact(alert, "answered")));
    }

    [Fact]
    public void Name_that_is_known_is_compared_seldom_and_at_once_when_its_answer_changes()
    {
        Agree(traffic);
        traffic.SecondSays[Name] = True;
        traffic.Exchange(Name, True);
        var before = traffic.SecondAsked.Count;
        traffic.Wait(11).Exchange(Name, True).Wait(11).Exchange(Name, "198.51.100.77");
        Assert.Equal(before, traffic.SecondAsked.Count);

        traffic.Exchange(Name, Forged);
        Assert.Equal((before + 1, 1), (traffic.SecondAsked.Count, traffic.Detect.CrossCheck.Differed));
    }

    [Theory]
    [InlineData("198.51.100.9")] // next door
    [InlineData("198.51.7.1")] // the same network
    [InlineData("198.51.100.1 203.0.113.66")] // one more
    public void Difference_within_a_network_or_a_set_is_none(string answers)
    {
        Agree(traffic);
        traffic.SecondSays[Name] = True;
        Repeat(traffic, answers, 20, 15 * Minute);

        Assert.Empty(traffic.Alerts);
        Assert.Equal(0, traffic.Detect.CrossCheck.Differed);
    }

    [Fact]
    public void Alias_of_one_content_network_is_no_difference()
    {
        traffic.SecondSays[Name] = "@b.cdn.example 203.0.113.1";
        Repeat(traffic, "@a.cdn.example 198.51.100.1", 40, 15 * Minute);

        Assert.Empty(traffic.Alerts);
        Assert.Equal(0, traffic.Detect.CrossCheck.Differed);
    }

    [Fact]
    public void Move_that_the_second_resolver_makes_too_is_not_told_whoever_is_first()
    {
        Agree(traffic);
        traffic.SecondSays[Name] = True;
        traffic.Exchange(Name, Forged).Wait(5 * Minute + 1);
        traffic.SecondSays[Name] = Forged; // its cache had to ask again
        Repeat(traffic, Forged, 40, 15 * Minute);
        traffic.SecondSays[Name] = True; // back, and this time the second is first
        Repeat(traffic, Forged, 1, 5 * Minute);
        Repeat(traffic, True, 40, 15 * Minute);

        Assert.Empty(traffic.Alerts);
        Assert.Equal(2, traffic.Detect.CrossCheck.Differed);
    }

    [Fact]
    public void Fail_over_that_is_over_before_the_second_has_asked_again_is_not_told()
    {
        Agree(traffic);
        traffic.SecondSays[Name] = True;
        traffic.Exchange(Name, Forged).Wait(4 * Minute).Exchange(Name, Forged).Wait(2 * Minute);
        Repeat(traffic, True, 40, 15 * Minute);

        Assert.Empty(traffic.Alerts);
    }

    [Fact]
    public void Name_that_answers_by_region_is_not_told_however_often_it_differs()
    {
        traffic.SecondSays[Name] = "192.0.2.1";
        Repeat(traffic, True, 200, 15 * Minute);

        Assert.Empty(traffic.Alerts);
        Assert.InRange(traffic.Detect.CrossCheck.Differed, 20, 200);
    }

    [Fact]
    public void Name_that_lives_long_and_differs_from_the_start_is_told_as_medium_after_its_lifetime()
    {
        (traffic.SecondSays[Name], traffic.SecondTtl) = (True, 7200);
        Repeat(traffic, Forged, 11, 10 * Minute);
        Assert.Empty(traffic.Alerts); // 100 minutes

        Repeat(traffic, Forged, 6, 10 * Minute);

        var alert = Assert.Single(traffic.Alerts, alert => alert.Count == 1);
        Assert.Equal(("dns.answer.disagreement", AlertSeverity.Medium), (alert.Detection, alert.Severity));
        Assert.Contains("is no name that varies", alert.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Name_whose_second_answer_changes_too_is_not_told_though_it_lives_long()
    {
        traffic.SecondTtl = 3600;
        for (var round = 0; round < 100; round++)
        {
            traffic.SecondSays[Name] = $"{60 + (round % 7)}.1.1.1";
            Repeat(traffic, Forged, 1, 20 * Minute);
        }

        Assert.Empty(traffic.Alerts);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0.0.0.0")]
    public void Name_that_is_not_answered_any_more_is_told_as_low(string answers)
    {
        Agree(traffic);
        traffic.SecondSays[Name] = True;
        Repeat(traffic, answers, 3, 6 * Minute, flags: (ushort)(answers.Length == 0 ? 0x8183 : 0x8180));

        var alert = Assert.Single(traffic.Alerts);
        Assert.Equal(AlertSeverity.Low, alert.Severity);
        Assert.Contains("is not answered any more", alert.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("printer")]
    [InlineData("printer.local")]
    [InlineData("db.shop.svc.cluster.local")]
    [InlineData("7.0.0.10.in-addr.arpa")]
    [InlineData("host.corp.example")]
    [InlineData("corp.example")]
    public void Names_of_ones_own_are_not_shown_to_the_second_resolver(string name)
    {
        traffic.Exchange(name, True);

        Assert.Empty(traffic.SecondAsked);
        Assert.Equal(0, traffic.Detect.CrossCheckedNames);
    }

    [Fact]
    public void Answers_that_say_nothing_about_the_internet_are_not_compared()
    {
        traffic.Exchange("a.example.com", "10.0.0.1")
            .Exchange("b.example.com", "")
            .Ask("c.example.com").Answer("c.example.com", "", flags: 0x8182)
            .Exchange("d.example.com", "~192.0.2.1", type: RecordType.HTTPS)
            .Answer("e.example.com", True)
            .Ask("g.example.com").Answer("g.example.com", True, flags: 0x8500) // of a name's own server, to a resolver here
            .Exchange("f.example.com", True, server: Traffic.At("203.0.113.53", 53)); // what the second resolver itself says

        Assert.Empty(traffic.SecondAsked);
    }

    [Fact]
    public void Rate_holds_for_new_names_and_leaves_half_of_it_to_those_under_comparison()
    {
        Agree(traffic);
        var before = traffic.SecondAsked.Count;
        for (var number = 0; number < 1000; number++)
        {
            traffic.Exchange($"n{number}.example.com", True);
        }

        Assert.InRange(traffic.SecondAsked.Count - before, 5, 9); // of ten at once, and two seconds more
        Assert.InRange(traffic.Detect.CrossCheck.Skipped, 990, 995);
        traffic.Exchange(Name, True);
        Assert.Equal(Name, traffic.SecondAsked[^1]);
    }

    [Fact]
    public void Failures_of_the_second_resolver_are_counted_and_prove_nothing()
    {
        Agree(traffic);
        traffic.SecondSays.Clear();
        var outcomes = new Queue<CrossOutcome>([CrossOutcome.TimedOut, CrossOutcome.Unreachable, CrossOutcome.Untrusted, CrossOutcome.Broken]);
        traffic.Elsewhere = about => outcomes.TryDequeue(out var outcome) ? (outcome, []) : (CrossOutcome.Answered, Traffic.Message(about.Name!, "", flags: 0x8185));
        Repeat(traffic, Forged, 8, 15 * Minute);

        Assert.Empty(traffic.Alerts);
        var counters = traffic.Detect.CrossCheck;
        Assert.Equal((1, 1, 1, 1, 4), (
            counters.Failed(CrossOutcome.TimedOut), counters.Failed(CrossOutcome.Unreachable), counters.Failed(CrossOutcome.Untrusted), counters.Failed(CrossOutcome.Broken),
            counters.Failed(CrossOutcome.Refused)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(30)]
    [InlineData(44)]
    public void Broken_answers_of_the_second_resolver_do_no_harm(int length)
    {
        traffic.Elsewhere = about => (CrossOutcome.Answered, Traffic.Message(about.Name!, True)[..length]);
        Repeat(traffic, True, 5, 15 * Minute);

        Assert.Empty(traffic.Alerts);
    }

    [Fact]
    public void State_is_bounded_and_names_under_comparison_outlive_new_ones()
    {
        using var many = new Traffic(new DetectOptions { CrossCheck = new CrossCheckOptions(Traffic.At("203.0.113.53", 53), QueriesPerSecond: 100) });
        Agree(many);
        for (var number = 0; number < 30_000; number++)
        {
            many.Exchange($"n{number}.example.com", True).Wait(0.02);
            if (number % 5000 == 0)
            {
                many.Exchange(Name, True);
            }
        }

        Assert.Equal(8192, many.Detect.CrossCheckedNames);
        many.SecondSays[Name] = True;
        Repeat(many, Forged, 8, 6 * Minute);
        Assert.Contains(many.Alerts, alert => alert.Severity == AlertSeverity.High);
    }

    [Fact]
    public void Nobody_is_asked_where_it_is_switched_off()
    {
        using var off = new Traffic(new DetectOptions
        {
            CrossCheck = new CrossCheckOptions(Traffic.At("203.0.113.53", 53), QueriesPerSecond: 1), Off = new HashSet<string> { "dns.answer.disagreement" },
        });
        using var none = new Traffic();
        off.Exchange(Name, True);
        none.Exchange(Name, True);

        Assert.Empty(off.SecondAsked);
        Assert.Empty(none.SecondAsked);
    }

    private static Traffic Comparing() => new(new DetectOptions
    {
        InternalZones = ["corp.example"], CrossCheck = new CrossCheckOptions(Traffic.At("203.0.113.53", 53), QueriesPerSecond: 1),
    });

    /// <summary>Often enough that a difference means something.</summary>
    private static void Agree(Traffic traffic) => Repeat(traffic, True, 17, 15 * Minute);

    private static void Repeat(Traffic traffic, string answers, int times, double seconds, ushort flags = 0x8180)
    {
        for (ushort round = 0; round < times; round++)
        {
            traffic.Ask(Name, round).Wait(0.001).Answer(Name, answers, round, flags: flags).Wait(seconds);
        }
    }

    private static string Fact(Alert alert, string key) => Assert.Single(alert.Evidence, fact => fact.Key == key).Value;
}
