using Eider.Core;
using Eider.Core.Detect;
using Eider.Tests.Filters;
using Xunit;

namespace Eider.Tests.Detect;

public sealed class AlertDeskTests
{
    private const string Name = "www.attacker.example";

    [Fact]
    public void Repetitions_are_counted_and_told_at_growing_intervals()
    {
        using var traffic = new Traffic();
        for (var second = 0; second < 1000; second++)
        {
            traffic.Exchange(Name, "10.0.0.1", (ushort)second).Wait(1);
        }

        traffic.Finish();

        // At once, after 1, 2, 4 and 8 minutes more, and what was left at the end.
        Assert.Equal([1, 61, 181, 421, 901, 1000], traffic.Alerts.Select(alert => alert.Count));
        Assert.Equal(traffic.Alerts[0].TimeNs, traffic.Alerts[^1].FirstNs);
    }

    [Fact]
    public void Repetitions_that_end_are_counted_too_once_their_interval_is_over()
    {
        using var traffic = new Traffic();
        for (var i = 0; i < 500; i++)
        {
            traffic.Exchange(Name, "10.0.0.1", (ushort)i).Wait(0.01);
        }

        var lastNs = traffic.NowNs;
        Assert.Equal([1], traffic.Alerts.Select(alert => alert.Count));

        traffic.Wait(AlertDesk.FirstIntervalNs / Traffic.Second).Exchange("www.example.com", "203.0.113.7");

        Assert.Equal([1, 500], traffic.Alerts.Select(alert => alert.Count));
        Assert.Equal(traffic.Alerts[0].Id, traffic.Alerts[1].Id);
        Assert.InRange(traffic.Alerts[1].TimeNs, lastNs - Traffic.Second, lastNs);
        traffic.Wait(AlertDesk.LongestIntervalNs / Traffic.Second).Exchange("www.example.com", "203.0.113.7").Finish();
        Assert.Equal(2, traffic.Alerts.Count);
    }

    [Fact]
    public void Id_is_the_same_for_one_finding_and_another_for_each_other_one()
    {
        using var traffic = new Traffic();
        traffic.Exchange(Name, "10.0.0.1", 1).Wait(61).Exchange(Name, "10.0.0.1", 2);
        traffic.Exchange(Name, "10.0.0.1", 3, client: Traffic.At("10.244.0.6", 4000));
        traffic.Exchange("www.elsewhere.example", "10.0.0.1", 4);

        Assert.Equal(4, traffic.Alerts.Count);
        Assert.Equal(traffic.Alerts[0].Id, traffic.Alerts[1].Id);
        Assert.Equal(3, traffic.Alerts.Select(alert => alert.Id).Distinct().Count());
        Assert.All(traffic.Alerts, static alert => Assert.True(AlertId.IsId(alert.Id), alert.Id));
    }

    [Fact]
    public void First_answer_that_gets_through_is_told_at_once_and_a_forger_who_alternates_is_not_told_each_time()
    {
        var alerts = new List<Alert>();
        var detection = new Detection(new DetectOptions { Suffixes = PublicSuffix.Fallback }, Traffic.Seed, alerts.Add);
        for (var i = 0; i < 100; i++)
        {
            detection.Observe(new DnsEvent
            {
                TimeNs = Traffic.Second + i, EventKind = EventKind.Response, Role = Role.Client, Transport = Transport.Udp, Client = Traffic.Client, Server = Traffic.Server,
                Id = 1, Name = Name, QueryType = 1, Rcode = 0, Message = Traffic.Message(Name, "10.0.0.1"), Verdict = i % 2 == 0 ? new(VerdictAction.Deny, VerdictMode.Enforce, VerdictReason.Source, "p", "answers", null) : null,
            });
        }

        Assert.Equal([(AlertAction.Dropped, 1L), (AlertAction.None, 2)], alerts.Select(static alert => (alert.Action, alert.Count)));
    }

    [Fact]
    public void Finding_tells_what_was_done_about_all_its_packets()
    {
        var alerts = new List<Alert>();
        var detection = new Detection(new DetectOptions { Suffixes = PublicSuffix.Fallback }, Traffic.Seed, alerts.Add);
        for (var i = 0; i < 10; i++)
        {
            var reason = i % 2 == 0 ? VerdictReason.Source : VerdictReason.Private;
            detection.Observe(new DnsEvent
            {
                TimeNs = Traffic.Second + i, EventKind = EventKind.Response, Role = Role.Client, Transport = Transport.Udp, Client = Traffic.Client, Server = Traffic.Server,
                Id = 1, Name = Name, QueryType = 1, Rcode = 0, Message = Traffic.Message(Name, "10.0.0.1"), IsUndelivered = i == 9,
                StandaloneReason = reason == VerdictReason.Private && i < 8 ? StandaloneReason.Denied : StandaloneReason.None,
                Verdict = i < 8 ? new(VerdictAction.Deny, VerdictMode.Enforce, reason, "p", "answers", null) : null,
            });
        }

        detection.Flush();

        Assert.DoesNotContain(alerts[0].Evidence, static fact => fact.Key.StartsWith("packets_", StringComparison.Ordinal));
        Assert.Equal(10, alerts[^1].Count);
        Assert.Equal(
            [("packets_dropped", "4"), ("packets_denied", "4"), ("packets_undelivered", "1"), ("packets_received", "1")],
            alerts[^1].Evidence.Where(static fact => fact.Key.StartsWith("packets_", StringComparison.Ordinal)).Select(static fact => (fact.Key, fact.Value)));
    }

    [Fact]
    public void Muted_noise_hides_no_new_source()
    {
        var mutes = MuteFile.Parse("mutes: [{source: 198.18.0.0/15}]", "mutes.yaml", out _);
        using var traffic = new Traffic(new DetectOptions { Mutes = mutes! });
        for (var i = 0; i < 3 * AlertDesk.CrowdLimit; i++)
        {
            traffic.Ask("www.example.com", 1).Answer("www.example.com", "203.0.113.66", 1, server: Traffic.At($"198.18.1.{i}", 53)).Wait(0.01);
        }

        Assert.Empty(traffic.Alerts);
        traffic.Ask("www.example.com", 1).Answer("www.example.com", "203.0.113.66", 1, server: Traffic.At("192.0.2.66", 53));
        Assert.Equal("192.0.2.66", Assert.Single(traffic.Alerts).Source.Address.ToString());
    }

    [Fact]
    public void What_was_muted_is_told_at_once_when_the_mute_is_over_or_taken_back()
    {
        var mutes = MuteFile.Parse("mutes: [{name: \"*.example\", until: \"2023-11-14T23:13:20Z\"}]", "mutes.yaml", out _);
        using var traffic = new Traffic(new DetectOptions { Mutes = mutes! });
        for (var minute = 0; minute < 60; minute++)
        {
            traffic.Exchange(Name, "10.0.0.1", (ushort)minute).Wait(59);
        }

        Assert.Empty(traffic.Alerts);
        traffic.Wait(60).Exchange(Name, "10.0.0.1", 99);
        Assert.Equal(1, Assert.Single(traffic.Alerts).Count);

        traffic.Mute("mutes: [{name: \"*.example\"}]");
        traffic.Exchange("www.other.example", "10.0.0.1", 100);
        Assert.Single(traffic.Alerts);
        traffic.Mute("mutes: []");
        traffic.Exchange("www.other.example", "10.0.0.1", 101);
        Assert.Equal(2, traffic.Alerts.Count);
    }

    [Theory]
    [InlineData("a\"b\\c")]
    [InlineData("a\n---\n- {}")]
    [InlineData("\u202eevil\u0007")]
    public void Mute_of_a_workload_with_a_hostile_name_is_one_line_that_matches_it(string unit)
    {
        var victim = new Identity { Unit = unit };
        var about = SampleEvents.Answered().Of(victim);
        var text = $"mutes:\n  - {{workload: {MuteText.Quote(unit)}}}\n";

        Assert.DoesNotContain(text.Split('\n')[1], static c => c is < ' ' or > '~');
        Assert.NotNull(MuteFile.Parse(text, "mutes.yaml", out _)!.Find("dns.answer.ttl", about, victim));
    }

    [Fact]
    public void New_victim_source_and_domain_are_each_told_at_once()
    {
        using var traffic = new Traffic();
        traffic.Exchange(Name, "10.0.0.1", 1).Exchange("other." + Name, "10.0.0.1", 2);
        traffic.Exchange(Name, "10.0.0.1", 3, client: Traffic.At("10.244.0.6", 4000));
        traffic.Exchange(Name, "10.0.0.1", 4, server: Traffic.At("10.96.0.11", 53));
        traffic.Exchange("www.elsewhere.example", "10.0.0.1", 5);

        Assert.Equal(4, traffic.Alerts.Count);
    }

    [Fact]
    public void Invented_sources_become_one_crowd_and_do_not_hide_the_next_victim()
    {
        using var traffic = new Traffic();
        for (var i = 0; i < 500; i++)
        {
            traffic.Ask("www.example.com", 1).Answer("www.example.com", "203.0.113.66", 1, server: Traffic.At($"198.18.{i / 250}.{i % 250}", 53)).Wait(0.01);
        }

        Assert.InRange(traffic.Alerts.Count, AlertDesk.CrowdLimit, AlertDesk.CrowdLimit + 3);

        var before = traffic.Alerts.Count;
        traffic.Ask("www.example.com", 1, client: Traffic.At("10.244.0.6", 9)).Answer("www.example.com", "203.0.113.66", 1, client: Traffic.At("10.244.0.6", 9), server: Traffic.At("198.18.0.1", 53));
        Assert.Equal(before + 1, traffic.Alerts.Count);
    }

    [Fact]
    public void Detection_that_is_off_finds_nothing()
    {
        using var traffic = new Traffic(new DetectOptions { Off = new HashSet<string> { "dns.answer.rebinding" } });
        traffic.Exchange(Name, "10.0.0.1");

        Assert.Empty(traffic.Alerts);
    }

    [Fact]
    public void Mute_of_an_alert_silences_it_and_nothing_else()
    {
        using var first = new Traffic();
        first.Exchange(Name, "10.0.0.1");
        var mutes = MuteFile.Parse($"mutes:\n{Assert.Single(first.Alerts).Mute}\n", "mutes.yaml", out var errors);
        Assert.Empty(errors);

        using var traffic = new Traffic(new DetectOptions { Mutes = mutes! });
        traffic.Exchange(Name, "10.0.0.1", 1);
        Assert.Empty(traffic.Alerts);
        Assert.Equal(1, traffic.Counters.Muted);

        traffic.Exchange(Name, "10.0.0.1", 2, client: Traffic.At("10.244.0.6", 4000));
        traffic.Exchange("www.elsewhere.example", "10.0.0.1", 3);
        Assert.Equal(2, traffic.Alerts.Count);
    }

    [Theory]
    [InlineData("2023-11-15", true)] // the traffic is of 2023-11-14T22:13:20Z
    [InlineData("2023-11-14T22:13:21Z", true)]
    [InlineData("2023-11-14T22:13:20Z", false)]
    [InlineData("2023-11-14T23:30:00+01:00", true)]
    [InlineData("2023-11-01", false)]
    public void Mute_ends_at_its_time_on_the_clock_of_events(string until, bool isMuted)
    {
        var mutes = MuteFile.Parse($"mutes:\n  - {{name: \"*.example\", until: {until}}}\n", "mutes.yaml", out var errors);
        Assert.Empty(errors);
        using var traffic = new Traffic(new DetectOptions { Mutes = mutes! });
        traffic.Exchange(Name, "10.0.0.1");

        Assert.Equal(isMuted, traffic.Alerts.Count == 0);
    }

    [Theory]
    [InlineData("mutes:\n  - {detection: dns.answer.rebindin}", "mutes.yaml:2:17: unknown detection \"dns.answer.rebindin\"; did you mean \"dns.answer.rebinding\"?")]
    [InlineData("mutes:\n  - {nam: a.example, detection: dns.answer.ttl}", "mutes.yaml:2:6: unknown key \"nam\" in a mute; did you mean \"name\"?")]
    [InlineData("mutes:\n  - {client: 10.0.0}", "mutes.yaml:2:14: \"10.0.0\" is no address or range; write e.g. 10.0.0.53, 10.0.0.0/8 or 2001:db8::/32")]
    [InlineData("mutes:\n  - {name: a.example, until: tomorrow}", "mutes.yaml:2:30: \"tomorrow\" is no time; write e.g. 2027-01-31 or 2027-01-31T12:00:00Z")]
    [InlineData("mutes:\n  - {reason: noise}", "mutes.yaml:2:5: a mute without detection, name, workload, client or source would silence everything; say what it is for")]
    [InlineData("mutes: yes", "mutes.yaml:1:8: expected a list of mutes, found \"yes\"")]
    [InlineData("mute: []", "mutes.yaml:1:1: unknown key \"mute\"; did you mean \"mutes\"?")]
    [InlineData("- a", "mutes.yaml:1:1: expected a mapping with \"mutes\", found a list")]
    public void Broken_mutes_are_refused_with_place_and_mend(string text, string error)
    {
        Assert.Null(MuteFile.Parse(text, "mutes.yaml", out var errors));
        Assert.Equal([error], errors.Select(found => found.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("mutes:\n")]
    [InlineData("mutes: []\n")]
    public void File_that_mutes_nothing_is_right(string text) => Assert.Empty(MuteFile.Parse(text, "mutes.yaml", out _)!.Mutes);

    [Fact]
    public void Missing_file_of_mutes_is_an_error()
    {
        Assert.Null(MuteFile.Load("/nonexistent/mutes.yaml", out var errors));
        Assert.Equal("/nonexistent/mutes.yaml: no such file", errors[0].ToString());
    }

    [Fact]
    public void Every_detection_can_be_explained() => Assert.All(Detections.All, static kind => Assert.NotNull(DetectionGuide.Of(kind.Id)));

    [Fact]
    public void Every_detection_is_described() =>
        Assert.All(Detections.All, kind => Assert.Contains($"`{kind.Id}`", File.ReadAllText(RepositoryFiles.PathOf("docs/detections.md")), StringComparison.Ordinal));
}
