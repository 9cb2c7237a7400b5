// Answers that the server asked did not send: none reaches an application of a guarded workload, and the true one does.

using System.Net;
using Eider.Kernel.Tests.EndToEnd;
using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.Enforcement;

[Collection(EnforcedLabCollection.Name)]
public sealed class ForgedAnswerTests : IDisposable
{
    private const string Truth = ForgerPod.Truth;
    private const int Truncated = 0x0200;
    private const int SamePort = 20_053; // outside of those that the kernel chooses
    private const string Zone = $"forged.{LabZone.Clients}";

    private readonly EnforcedLab enforced;
    private readonly ForgerPod forger;

    public ForgedAnswerTests(EnforcedLab enforced) => (this.enforced, forger) = (enforced, new ForgerPod(enforced));

    public void Dispose() => forger.Dispose();

    [Theory]
    [InlineData("source", false, "source", "dns.answer.source")]
    [InlineData("source", true, "source", "dns.answer.source")]
    [InlineData("odd", false, "source", "dns.answer.source")]
    [InlineData("odd", true, "source", "dns.answer.source")]
    [InlineData("oddsource", false, "source", "dns.answer.source")]
    [InlineData("oddsource", true, "source", "dns.answer.source")]
    [InlineData("question", false, "question", "dns.answer.question")]
    [InlineData("question", true, "question", "dns.answer.question")]
    [InlineData("id", false, "unasked", "dns.answer.wrong_id")]
    [InlineData("id", true, "unasked", "dns.answer.wrong_id")]
    public void Forged_answer_is_dropped_and_told_and_the_true_one_comes_through(string lie, bool v6, string reason, string detection)
    {
        var server = Forge(v6);
        WaitUntilAllQuestionsAreKnown(server);
        var name = $"{lie}-{v6}.{Zone}".ToLowerInvariant();

        var guarded = Asked.By(Guarded, "answered", server, name);
        var free = Asked.By(enforced.Lab.Workload("free"), "answered", server, name);

        Assert.Equal([Truth], guarded.Answers.SelectMany(answer => answer.Data));
        Assert.Equal(2, free.Answers.Count);
        var dropped = enforced.Agent.WaitForEvent("the forged answer", seen => seen.Kind == "response" && seen.Verdict is { Action: "deny" } verdict && verdict.Reason == reason
            && seen.Name is { } about && about.EndsWith(name, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(("guarded", "answers.forged"), (dropped.Verdict!.Policy, dropped.Verdict.Rule));
        Assert.Equal(Guarded.Uid, dropped.Pod?.Uid);
        Assert.Equal([Truth], enforced.Agent.WaitForExchange(name).Answers!.Select(answer => answer.Data));
        WaitForAlert(detection, Guarded, v6, "dropped");
        WaitForAlert(detection, enforced.Lab.Workload("free"), v6, "none");
    }

    [Theory]
    [InlineData("guarded", false)]
    [InlineData("guarded", true)]
    [InlineData("guarded-host", false)]
    [InlineData("guarded-host", true)]
    public void Denied_query_of_a_socket_that_has_asked_gets_its_reply(string pod, bool v6)
    {
        WaitUntilAllQuestionsAreKnown(Forge(v6));

        var asked = Asked.By(enforced.Lab.Workload(pod), "inturn", v6 ? enforced.Lab.ResolverV6 : enforced.Lab.ResolverV4, $"web.{LabZone.Clients}", "then=ads.tracker.example");

        Assert.Equal([0, 3, 0], asked.Numbers("rcodes"));
    }

    [Theory]
    [InlineData("guarded", false)]
    [InlineData("guarded", true)]
    [InlineData("guarded-host", false)]
    [InlineData("guarded-host", true)]
    public void Answer_that_fits_among_guesses_is_not_believed_over_udp(string pod, bool v6)
    {
        var (server, asker) = (Forge(v6), enforced.Lab.Workload(pod));
        WaitUntilAllQuestionsAreKnown(server);
        var name = $"guess-{pod}-{v6}.{Zone}".ToLowerInvariant();

        var guarded = Asked.By(asker, "connected", server, name, "fence=none");
        var free = Asked.By(enforced.Lab.Workload("free"), "answered", server, name);

        Assert.Empty(guarded.Answer.Data);
        Assert.Equal(Truncated, guarded.Answer.Flags & Truncated);
        Assert.Equal(13, free.Answers.Count);
        var denied = enforced.Agent.WaitForEvent("the answer that fits", seen => seen.Kind == "response" && seen.IsFor(name) && seen.Verdict?.Reason == "guessed" && seen.Pod?.Uid == asker.Uid);
        Assert.Equal((pod, "answers.forged"), (denied.Verdict!.Policy, denied.Verdict.Rule));
        Assert.Equal([Truth], denied.Answers!.Select(answer => answer.Data));
    }

    [Theory]
    [InlineData("source", "source")]
    [InlineData("odd", "source")]
    [InlineData("port", "wrong_id")]
    public void Answer_that_no_socket_takes_is_seen_all_the_same(string lie, string detection)
    {
        var server = Forge(v6: false);
        var name = $"{lie}-closed.{Zone}";

        var free = Asked.By(enforced.Lab.Workload("free"), "answered_connected", server, name);

        Assert.Equal([Truth], free.Answers.SelectMany(answer => answer.Data));
        var seen = enforced.Agent.WaitForEvent("the answer to nobody", seen => seen.Kind == "response" && seen.IsFor(name) && seen.Line.Contains("\"undelivered\":true", StringComparison.Ordinal));
        Assert.Equal(["198.51.100.66"], seen.Answers!.Select(answer => answer.Data));
        WaitForAlert($"dns.answer.{detection}", enforced.Lab.Workload("free"), v6: false, "none");
    }

    [Theory]
    [InlineData("guarded", false)]
    [InlineData("guarded", true)]
    [InlineData("free", false)]
    [InlineData("free", true)]
    public void What_is_no_answer_and_comes_from_another_port_is_none_of_its_business(string pod, bool v6)
    {
        var server = Forge(v6);
        WaitUntilAllQuestionsAreKnown(server);
        var name = $"noise-oddid-{pod}-{v6}.{Zone}".ToLowerInvariant();

        var asked = Asked.By(enforced.Lab.Workload(pod), "answered", server, name);

        Assert.Equal(3, asked.Answers.Count);
        Assert.Equal("not DNS at all, but longer than a header of it"u8.ToArray(), asked.Answers[0].Octets);
        Assert.Equal(["198.51.100.66"], asked.Answers[1].Data);
        Assert.Equal([Truth], asked.Answers[2].Data);
    }

    [Theory]
    [InlineData("guarded-ports", false)]
    [InlineData("guarded-ports", true)]
    [InlineData("ports-watched", false)]
    [InlineData("ports-watched", true)]
    public void Answer_of_a_server_on_another_port_is_joined_and_no_forgery(string pod, bool v6)
    {
        var (server, asker) = (Forge(v6), enforced.Lab.Workload(pod));
        WaitUntilAllQuestionsAreKnown(server);
        var name = $"joined-{pod}-{v6}.{Zone}".ToLowerInvariant();

        var asked = Asked.By(asker, "answered", server, name, $"port={Lab.Lab.OtherPort}");

        Assert.Equal([Truth], asked.Answer.Data);
        var exchange = enforced.Agent.WaitForExchange(name);
        Assert.Equal([Truth], exchange.Answers!.Select(answer => answer.Data));
        Assert.Equal(Lab.Lab.OtherPort, exchange.Server?.Port);
        AssertNoAlertAbout(name);
    }

    [Theory]
    [InlineData("source", false)]
    [InlineData("odd", true)]
    [InlineData("id", false)]
    [InlineData("question", true)]
    public void Forged_answer_to_a_question_on_another_port_is_dropped(string lie, bool v6)
    {
        var (server, asker) = (Forge(v6), enforced.Lab.Workload("guarded-ports"));
        WaitUntilAllQuestionsAreKnown(server);
        var name = $"{lie}-elsewhere-{v6}.{Zone}".ToLowerInvariant();

        var asked = Asked.By(asker, "answered", server, name, $"port={Lab.Lab.OtherPort}");

        Assert.Equal(lie == "id" ? ["198.51.100.66", Truth] : [Truth], asked.Answers.SelectMany(answer => answer.Data));
        Assert.Equal([Truth], enforced.Agent.WaitForExchange(name).Answers!.Select(answer => answer.Data));
    }

    [Theory]
    [InlineData("guarded", false)]
    [InlineData("guarded", true)]
    [InlineData("guarded-ports", false)]
    [InlineData("free", true)]
    public void Answers_of_two_servers_of_which_one_is_on_another_port_are_both_let_in(string pod, bool v6)
    {
        var server = Forge(v6);
        WaitUntilAllQuestionsAreKnown(server);
        var name = $"both-{pod}-{v6}.{Zone}".ToLowerInvariant();

        var asked = Asked.By(enforced.Lab.Workload(pod), "answered_twice", server, name, $"port={Lab.Lab.OtherPort}");

        Assert.Equal(["53", $"{Lab.Lab.OtherPort}"], asked.Answers.Select(answer => answer.From).Order());
        Assert.Equal([Truth], enforced.Agent.WaitForExchange(name).Answers!.Select(answer => answer.Data));
        AssertNoAlertAbout(name);
    }

    [Fact]
    public void Answer_of_a_server_on_another_port_is_denied_for_what_it_says()
    {
        var (server, name) = (Forge(v6: false), "private.elsewhere.example");

        var asked = Asked.By(enforced.Lab.Workload("guarded-ports"), "connected", server, name, "fence=none", $"port={Lab.Lab.OtherPort}");

        Assert.Empty(asked.Answer.Data);
        Assert.Equal("private", enforced.Agent.WaitForEvent("the denied answer", seen => seen.Kind == "response" && seen.IsFor(name)).Verdict?.Reason);
    }

    [Theory]
    [InlineData("answered_before", false)]
    [InlineData("answered_before", true)]
    [InlineData("answered_before_connected", false)]
    [InlineData("answered_before_connected", true)]
    public void Answer_to_a_socket_that_has_asked_nothing_yet_is_dropped(string way, bool v6)
    {
        var server = Forge(v6);
        WaitUntilAllQuestionsAreKnown(server);
        var name = $"{way}-{v6}.{Zone}".Replace('_', '-').ToLowerInvariant();

        var guarded = Asked.By(Guarded, way, server, name);
        var free = Asked.By(enforced.Lab.Workload("free"), way, server, name);

        Assert.Equal([Truth], guarded.Answers.SelectMany(answer => answer.Data));
        Assert.Equal(["198.51.100.66", Truth], free.Answers.SelectMany(answer => answer.Data));
        enforced.Agent.WaitForEvent("the forged answer", seen => seen.Kind == "response" && seen.Verdict is { Action: "deny", Reason: "unasked" }
            && seen.Name is { } about && about.EndsWith(name, StringComparison.OrdinalIgnoreCase) && seen.Pod?.Uid == Guarded.Uid);
    }

    /// <summary>As where addresses are translated on the way: the question goes to another port, the answer comes from port 53.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Answer_to_a_socket_that_has_asked_on_another_port_is_let_in(bool v6)
    {
        var server = Forge(v6);
        WaitUntilAllQuestionsAreKnown(server);

        var guarded = Asked.By(Guarded, "answered", server, $"home-translated-{v6}.{Zone}".ToLowerInvariant(), $"port={Lab.Lab.OtherPort}");

        Assert.Equal(["198.51.100.66", Truth], guarded.Answers.SelectMany(answer => answer.Data));
    }

    [Theory]
    [InlineData("guarded", false)]
    [InlineData("guarded", true)]
    [InlineData("guarded-host", false)]
    public void Answer_to_a_denied_question_is_no_forgery(string pod, bool v6)
    {
        var server = Forge(v6);
        WaitUntilAllQuestionsAreKnown(server);

        var guarded = Asked.By(enforced.Lab.Workload(pod), "answered_after_denied", server, $"after-denied-{pod}-{v6}.{Zone}".ToLowerInvariant(), "other=a.tracker.example");

        Assert.Equal(4, guarded.Answers.Count); // denied and not, twice
        Assert.Equal([3, 0, 3, 0], guarded.Answers.Select(answer => answer.Rcode));
        Assert.Equal([Truth, Truth], guarded.Answers.SelectMany(answer => answer.Data));
    }

    [Fact]
    public void Honest_exchanges_of_a_guarded_workload_are_none_of_its_business()
    {
        var name = $"honest-plain.{Zone}";
        var server = Forge(v6: false);
        WaitUntilAllQuestionsAreKnown(server);

        for (var round = 0; round < 20; round++)
        {
            Assert.Equal([Truth], Asked.By(Guarded, round % 2 == 0 ? "answered" : "answered_connected", server, $"r{round}.{name}").Answers.SelectMany(answer => answer.Data));
        }

        Assert.Empty(enforced.Agent.Events(seen => seen.Verdict?.Rule == "answers.forged" && seen.Name is { } about && about.EndsWith(name, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("guarded", "private.public.example", 1, false, "private", "answers.rebinding")]
    [InlineData("guarded", "private.public.example", 1, true, "private", "answers.rebinding")]
    [InlineData("guarded", "private6.public.example", 28, false, "private", "answers.rebinding")]
    [InlineData("guarded", "mixed.public.example", 1, false, "private", "answers.rebinding")]
    [InlineData("guarded", "private.corp.example", 1, false, null, null)]
    [InlineData("guarded", "private.a.CORP.example", 1, false, null, null)]
    [InlineData("guarded", "private.corp.example.evil.example", 1, false, "private", "answers.rebinding")]
    [InlineData("guarded", "private.svc.cluster.local", 1, false, null, null)]
    [InlineData("guarded", "private", 1, false, null, null)]
    [InlineData("guarded", "plain.public.example", 1, false, null, null)]
    [InlineData("guarded", "harmless.public.example", 1, false, null, null)]
    [InlineData("guarded", "alias.public.example", 1, false, "alias", "rules[0]")]
    [InlineData("guarded", "aliases.public.example", 1, true, "alias", "rules[0]")]
    [InlineData("guarded", "cut.public.example", 1, false, "private", "answers.rebinding")]
    [InlineData("guarded", "looped.public.example", 1, false, "malformed", null)]
    [InlineData("guarded-host", "private.host.example", 1, false, "private", "answers.rebinding")]
    [InlineData("guarded-host", "alias.host.example", 1, true, "alias", "rules[0]")]
    [InlineData("free", "private.public.example", 1, false, null, null)]
    [InlineData("free", "alias.public.example", 1, false, null, null)]
    public void Answer_is_denied_for_what_it_says(string pod, string name, int type, bool v6, string? reason, string? rule)
    {
        var server = Forge(v6);

        using var asking = Asked.Start(enforced.Lab.Workload(pod), "connected", server, name, "fence=none", "edns=1", $"type={type}");
        if (reason != "malformed")
        {
            var answer = Asked.Of(asking).Answer;
            Assert.Equal(reason is not null, answer.Data.Count == 0);
            Assert.Equal(reason is null ? null : 15, answer.ExtendedErrorCode);
            Assert.Equal(reason == "alias" ? 3 : 0, answer.Rcode);
        }

        if (reason is not null)
        {
            var denied = enforced.Agent.WaitForEvent($"the denied answer", seen => seen.Kind == "response" && seen.IsFor(name) && seen.Server!.Ip == $"{server}" && seen.Verdict?.Reason == reason
                && seen.Pod?.Uid == enforced.Lab.Workload(pod).Uid);
            Assert.Equal(pod, denied.Verdict!.Policy);
            Assert.True(rule is null || denied.Verdict.Rule == rule, denied.Line);
            Assert.NotNull(denied.Process);
        }
    }

    /// <summary>Ports and ids are few, and each client chooses its own: that they are the same says nothing.</summary>
    [Theory]
    [InlineData("private.same.example", "private.same.example", false)]
    [InlineData("private.same.example", "private.same.example", true)]
    [InlineData("plain.same.example", "private.another.example", false)]
    public void Answer_to_another_client_with_the_same_port_and_id_is_left_alone(string guarded, string free, bool v6)
    {
        var server = Forge(v6);
        string[] options = ["fence=none", $"from={SamePort}"];
        Asked.By(Guarded, "connected", server, guarded, options);

        var answer = Asked.By(enforced.Lab.Workload("free"), "connected", server, free, options).Answer;

        Assert.Equal(["10.1.2.3"], answer.Data);
    }

    [Fact]
    public void Forged_answer_that_fits_the_question_of_another_workload_is_dropped()
    {
        var (server, name) = (Forge(v6: false), $"question-others.{Zone}");
        WaitUntilAllQuestionsAreKnown(server);
        Asked.By(enforced.Lab.Workload("patient"), "answered", server, $"other.{name}", $"from={SamePort + 2}");

        var guarded = Asked.By(Guarded, "answered", server, name, $"from={SamePort + 2}");

        Assert.Equal([Truth], guarded.Answers.SelectMany(answer => answer.Data));
    }

    /// <summary>Who is denied a name could open it for another otherwise, as the answers that Eider gives itself are not judged.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Answer_is_denied_for_what_it_says_though_another_client_was_denied_the_same_question(bool v6)
    {
        var (server, name) = (Forge(v6), "private-wait.tracker.example");
        using var asking = Asked.Start(enforced.Lab.Workload("tried-beside"), "connected", server, name, "fence=none", $"from={SamePort + 1}");
        forger.Latest.WaitFor("waiting", AgentProcess.Patience);
        Asked.By(Guarded, "connected", server, name, "fence=none", $"from={SamePort + 1}").AssertDenied();

        Asked.By(enforced.Lab.Workload("free"), "connected", server, $"go.{Zone}", "fence=none");

        var asked = Asked.Of(asking);
        Assert.True(asked.Answer.Data.Count == 0, asked.Said);
    }

    [Theory]
    [InlineData("patient", false, 71)]
    [InlineData("patient", true, 72)]
    [InlineData("patient-host", false, 73)]
    [InlineData("patient-host", true, 74)]
    public void Early_answer_from_another_distance_is_held_back_and_the_better_one_wins(string pod, bool v6, int hopLimit)
    {
        var (server, asker) = (Forge(v6), enforced.Lab.Workload(pod));
        LearnTheWay(asker, server);
        var name = $"early{hopLimit}-{pod}-{v6}.{Zone}".ToLowerInvariant();

        var patient = Asked.By(asker, "answered", server, name);
        var free = Asked.By(enforced.Lab.Workload("free"), "answered", server, name);

        Assert.Equal([Truth], patient.Answers.SelectMany(answer => answer.Data));
        Assert.Equal(2, free.Answers.Count);
        Assert.Equal([Truth], enforced.Agent.WaitForEvent("the exchange", seen => seen is { Kind: "transaction", Role: "client" } && seen.IsFor(name) && seen.Pod?.Uid == asker.Uid).Answers!.Select(answer => answer.Data));
        WaitForAlert("dns.answer.early", asker, v6, "dropped");
    }

    [Theory]
    [InlineData("mute", false)]
    [InlineData("mute", true)]
    [InlineData("bare", false)]
    [InlineData("bare", true)]
    public void Answer_in_another_manner_than_the_server_s_is_held_back_and_the_better_one_wins(string lie, bool v6)
    {
        var (server, asker) = (Forge(v6), enforced.Lab.Workload("patient"));
        LearnTheWay(asker, server, "edns=1");

        var patient = Asked.By(asker, "answered", server, $"{lie}-manner-{v6}.{Zone}".ToLowerInvariant(), "edns=1");
        var free = Asked.By(enforced.Lab.Workload("free"), "answered", server, $"{lie}-manner-{v6}.{Zone}".ToLowerInvariant(), "edns=1");

        Assert.Equal([Truth], patient.Answers.SelectMany(answer => answer.Data));
        Assert.Equal(2, free.Answers.Count);
    }

    [Theory]
    [InlineData("patient", false, 75)]
    [InlineData("patient", true, 76)]
    [InlineData("patient-host", false, 77)]
    [InlineData("patient-host", true, 78)]
    public void Answer_held_back_is_received_when_no_better_one_comes(string pod, bool v6, int hopLimit)
    {
        var (server, asker) = (Forge(v6), enforced.Lab.Workload(pod));
        LearnTheWay(asker, server);
        var name = $"alone{hopLimit}-{pod}-{v6}.{Zone}".ToLowerInvariant();

        var answer = Asked.By(asker, "connected", server, name, "fence=none").Answer;

        Assert.Equal(["198.51.100.66"], answer.Data);
        enforced.Agent.WaitForEvent("the answer held back", seen => seen.Kind == "response" && seen.IsFor(name) && seen.Verdict?.Reason == "held");
    }

    /// <summary>Hop limits that a test has taught stay known: each test has one of its own.</summary>
    private static void LearnTheWay(Workload asker, IPAddress server, params string[] options)
    {
        for (var round = 0; round < 17; round++)
        {
            Asked.By(asker, "answered", server, $"plain{round}.{Zone}", options);
        }
    }

    private Workload Guarded => enforced.Lab.Workload("guarded");

    private IPAddress Forge(bool v6) => forger.Serve(v6);

    /// <summary>What was asked before the policies came into force may still be answered for some seconds, and is let pass.</summary>
    private void WaitUntilAllQuestionsAreKnown(IPAddress server) => enforced.Agent.Process.WaitUntil(
        () => Asked.By(Guarded, "answered", server, "id-settling.example.net").Answers.Count == 1, "forged ids to be dropped", AgentProcess.Patience);

    private void AssertNoAlertAbout(string name) => Assert.Empty(enforced.Agent.Events(seen => seen.Kind == "alert" && seen.Name is { } about && about.EndsWith(name, StringComparison.Ordinal)));

    /// <summary>A finding is told once for its victim, whatever the test's name; many ids that are wrong are one that is guessed.</summary>
    private void WaitForAlert(string detection, Workload victim, bool v6, string action) => enforced.Agent.WaitForEvent($"the alert {detection}",
        seen => seen.Kind == "alert" && seen.Pod?.Uid == victim.Uid && seen.Server!.Ip.Contains(':') == v6
            && (seen.Line.Contains($"\"detection\":\"{detection}\"", StringComparison.Ordinal) || (detection == "dns.answer.wrong_id" && seen.Line.Contains("\"dns.answer.guessing\"", StringComparison.Ordinal)))
            && seen.Line.Contains($"\"action\":\"{action}\"", StringComparison.Ordinal));
}
