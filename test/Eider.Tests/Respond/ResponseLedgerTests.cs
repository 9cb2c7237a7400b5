// What an alert changes about the responses in force: who is responded for, for how long, and what is refused.

using System.Text;
using Eider.Core;
using Eider.Core.Policy;
using Eider.Core.Respond;
using Eider.Tests.Filters;
using Xunit;

namespace Eider.Tests.Respond;

public sealed class ResponseLedgerTests
{
    private const ulong Second = 1_000_000_000;
    private const ulong Hour = 3600 * Second;

    private static readonly RespondRule Deny = new()
    {
        To = ["dns.answer.protected", "dns.answer.rebinding"], Action = ResponseAction.DenyName, For = TimeSpan.FromHours(1),
    };

    private static readonly RespondRule Quarantine = new()
    {
        To = ["dns.answer.guessing"], Action = ResponseAction.Quarantine, Resolver = new Redirect(SampleEvents.At("10.0.0.53", 53), null), For = TimeSpan.FromMinutes(10),
    };

    private readonly ResponseLedger _ledger = new();

    [Fact]
    public void Name_of_an_alert_is_denied_to_its_workload_for_the_time_and_then_ends()
    {
        var turn = Assert.Single(Take(Told()));

        Assert.Equal((ResponseStep.Started, ResponseAction.DenyName, 7u, 5 * Second, (5 * Second) + Hour), (turn.Step, turn.Response.Target.Action, turn.Response.Target.Workload, turn.Response.SinceNs, turn.Response.UntilNs));
        Assert.Equal(("shop/guard", 0, "dns.answer.protected", "k3x81yq2", "user"), (turn.Response.Policy, turn.Response.Rule, turn.Response.Detection, turn.Response.AlertId, turn.Response.Workload));
        Assert.Empty(_ledger.Advance((5 * Second) + Hour - 1));
        Assert.Equal(ResponseStep.Ended, Assert.Single(_ledger.Advance((5 * Second) + Hour)).Step);
        Assert.Empty(_ledger.Active);
    }

    [Theory]
    [InlineData("dns.answer.protected", AlertSeverity.High, 75, true)]
    [InlineData("dns.answer.protected", AlertSeverity.Critical, 100, true)]
    [InlineData("dns.answer.protected", AlertSeverity.Medium, 100, false)]
    [InlineData("dns.answer.protected", AlertSeverity.High, 74, false)]
    [InlineData("dns.answer.listed", AlertSeverity.High, 100, false)]
    public void Alert_of_another_kind_or_of_less_weight_is_not_responded_to(string detection, AlertSeverity severity, int confidence, bool isResponded) =>
        Assert.Equal(isResponded, Take(Told(detection, severity, confidence)).Count == 1);

    [Theory]
    [InlineData(StandaloneReason.None, null, true)]
    [InlineData(StandaloneReason.Denied, VerdictReason.Private, true)] // kept from its socket for what it says
    [InlineData(StandaloneReason.Denied, VerdictReason.Held, false)]
    [InlineData(StandaloneReason.Unsolicited, null, false)]
    [InlineData(StandaloneReason.Unsolicited, VerdictReason.Source, false)]
    [InlineData(StandaloneReason.Conflicting, null, false)]
    [InlineData(StandaloneReason.Late, null, false)]
    [InlineData(StandaloneReason.Duplicate, null, false)]
    public void Name_is_denied_only_for_an_answer_that_fits_the_question(StandaloneReason standalone, VerdictReason? reason, bool isDenied)
    {
        var turn = Assert.Single(Take(Told(about: Answer(standalone: standalone, reason: reason))));

        Assert.Equal(isDenied ? ResponseStep.Started : ResponseStep.Refused, turn.Step);
        Assert.Equal(isDenied ? 1 : 0, _ledger.Active.Count);
    }

    [Fact]
    public void Name_is_not_denied_for_what_anybody_can_bring_about_even_if_a_policy_says_so()
    {
        var turn = Assert.Single(Take(Told("dns.answer.guessing"), rules: [Deny with { To = ["dns.answer.guessing"] }]));

        Assert.Equal((ResponseStep.Refused, "whoever can send packets to the workload could have any name denied to it"), (turn.Step, turn.Why));
    }

    [Fact]
    public void Name_that_a_rule_allows_is_not_denied()
    {
        var turn = Assert.Single(Take(Told(), isAllowed: true));

        Assert.Equal((ResponseStep.Refused, "a rule allows the name", 0), (turn.Step, turn.Why, _ledger.Active.Count));
    }

    [Fact]
    public void Found_again_prolongs_it_when_half_of_its_time_is_over_and_not_a_thousand_times()
    {
        Take(Told(), atNs: 0);
        var extended = Enumerable.Range(1, 3600).SelectMany(second => Take(Told(), atNs: (ulong)second * Second)).ToList();

        Assert.Equal([1800 * Second, 3600 * Second], extended.Select(turn => turn.Response.UntilNs - Hour));
        Assert.All(extended, turn => Assert.Equal(ResponseStep.Extended, turn.Step));
        Assert.Equal(0ul, Assert.Single(_ledger.Active).SinceNs);
    }

    [Fact]
    public void What_goes_on_for_longer_than_a_week_begins_anew()
    {
        var steps = new List<ResponseStep>();
        for (var hour = 0ul; hour <= 24 * 8; hour++)
        {
            steps.AddRange(_ledger.Advance(hour * Hour / 2 * 2).Select(turn => turn.Step));
            steps.AddRange(Take(Told(), atNs: hour * Hour, rules: [Deny with { For = TimeSpan.FromHours(2) }]).Select(turn => turn.Step));
        }

        Assert.Equal(2, steps.Count(step => step == ResponseStep.Started));
        Assert.Equal(1, steps.Count(step => step == ResponseStep.Ended));
    }

    [Fact]
    public void Dry_run_is_told_once_and_is_not_in_the_way_of_the_real_thing()
    {
        RespondRule[] dry = [Deny with { Mode = RespondMode.DryRun }];

        Assert.Equal(ResponseStep.DryRun, Assert.Single(Take(Told(), rules: dry)).Step);
        Assert.Empty(Take(Told(), atNs: 10 * Second, rules: dry));
        Assert.True(Assert.Single(_ledger.Active).IsDryRun);
        Assert.Equal(ResponseStep.Started, Assert.Single(Take(Told(), atNs: 20 * Second)).Step);
        Assert.False(Assert.Single(_ledger.Active).IsDryRun);
        Assert.Empty(Take(Told(), atNs: 30 * Second, rules: dry));
    }

    [Fact]
    public void Policy_in_audit_mode_only_tells()
    {
        var turn = Assert.Single(Take(Told(), mode: PolicyMode.Audit));

        Assert.Equal((ResponseStep.DryRun, true), (turn.Step, turn.Response.IsDryRun));
        Assert.Empty(_ledger.Advance(10 * Hour)); // what was never in force does not end
    }

    [Fact]
    public void Workload_is_quarantined_once_whatever_its_alerts_are_about()
    {
        var alert = Told("dns.answer.guessing", about: Answer("a.example", StandaloneReason.Unsolicited));

        Assert.Equal(ResponseAction.Quarantine, Assert.Single(Take(alert, rules: [Quarantine])).Response.Target.Action);
        Assert.Empty(Take(Told("dns.answer.guessing", about: Answer("b.example", StandaloneReason.Unsolicited)), rules: [Quarantine]));
        Assert.Single(Take(alert, workload: 8, rules: [Quarantine]));
        Assert.Equal(2, _ledger.Active.Count);
    }

    [Fact]
    public void Names_are_the_same_in_any_case_and_each_workload_has_its_own()
    {
        Assert.Single(Take(Told()));
        Assert.Empty(Take(Told(about: Answer("LOGIN.example"))));
        Assert.Single(Take(Told(about: Answer("www.login.example"))));
        Assert.Single(Take(Told(), workload: 8));
        Assert.Equal(3, _ledger.Active.Count);
    }

    [Fact]
    public void Workload_that_provokes_alerts_does_not_take_the_room_of_others()
    {
        var steps = Enumerable.Range(0, 300).SelectMany(number => Take(Told(about: Answer($"n{number}.example")))).Select(turn => turn.Step).ToList();

        Assert.Equal(ResponseLedger.WorkloadLimit, steps.Count(step => step == ResponseStep.Started));
        Assert.Equal(1, steps.Count(step => step == ResponseStep.Refused)); // told once a minute
        Assert.Equal(300 - ResponseLedger.WorkloadLimit, _ledger.Refused);
        Assert.Single(Take(Told(about: Answer("after.example")), atNs: 66 * Second)); // and again after it
        Assert.Equal(ResponseStep.Started, Assert.Single(Take(Told(), workload: 8)).Step);
    }

    [Fact]
    public void No_more_are_in_force_than_the_kernel_has_room_for()
    {
        for (var number = 0; number < ResponseLedger.Limit + 10; number++)
        {
            Take(Told(about: Answer($"n{number}.example")), workload: (uint)number % 100);
        }

        Assert.Equal((ResponseLedger.Limit, 10L), (_ledger.Active.Count, _ledger.Refused));
    }

    [Fact]
    public void Lifted_one_may_begin_again_and_an_unknown_one_is_none()
    {
        var started = Assert.Single(Take(Told())).Response;

        Assert.Null(_ledger.Lift("00000000", "by hand"));
        Assert.Equal((ResponseStep.Lifted, "by hand"), _ledger.Lift(started.Id, "by hand") is { } lifted ? (lifted.Step, lifted.Why) : default);
        var again = Assert.Single(Take(Told(), atNs: 6 * Second));
        Assert.Equal(ResponseStep.Started, again.Step);
        Assert.NotEqual(started.Id, again.Response.Id);
    }

    [Fact]
    public void What_the_kernel_refuses_is_taken_back()
    {
        var started = Assert.Single(Take(Told())).Response;

        Assert.Equal((ResponseStep.Refused, "no memory"), _ledger.TakeBack(started, "no memory", 5 * Second) is { } refused ? (refused.Step, refused.Why) : default);
        Assert.Empty(_ledger.Active);
    }

    private IReadOnlyList<ResponseTurn> Take(
        Alert alert, ulong atNs = 5 * Second, uint workload = 7, RespondRule[]? rules = null, PolicyMode mode = PolicyMode.Enforce, bool isAllowed = false)
    {
        var policy = new DnsPolicy { Tier = PolicyTier.Namespace, Name = "guard", Namespace = "shop", Mode = mode, Respond = rules ?? [Deny], Place = default };
        return _ledger.Take(alert, alert.About, Wire(alert.About.Name!), new RespondingWorkload(workload, workload, "/user", 1, [policy]), () => isAllowed, atNs);
    }

    private static byte[] Wire(string name) =>
        [.. name.ToLowerInvariant().Split('.').SelectMany(label => Encoding.ASCII.GetBytes(label).Prepend((byte)label.Length)), 0];

    private static DnsEvent Answer(string name = "login.example", StandaloneReason standalone = StandaloneReason.None, VerdictReason? reason = null) => new()
    {
        TimeNs = SampleEvents.TimeNs, EventKind = EventKind.Response, Role = Role.Client, Transport = Transport.Udp, Client = default, Server = default, Name = name,
        Standalone = standalone != StandaloneReason.None, StandaloneReason = standalone,
        Verdict = reason is { } why ? new Verdict(VerdictAction.Deny, VerdictMode.Enforce, why, null, null, null) : null,
        Identity = new Identity { Unit = "user" },
    };

    private static Alert Told(string detection = "dns.answer.protected", AlertSeverity severity = AlertSeverity.Critical, int confidence = 95, DnsEvent? about = null)
    {
        var sample = SampleEvents.Found();
        about ??= Answer();
        return new()
        {
            TimeNs = sample.TimeNs, Id = sample.Id, Detection = detection, Severity = severity, Confidence = confidence, Summary = sample.Summary, About = about, Identity = about.Identity,
            Server = sample.Server, Source = sample.Source, Evidence = sample.Evidence, Count = 1, FirstNs = sample.FirstNs, Mute = sample.Mute,
        };
    }
}
