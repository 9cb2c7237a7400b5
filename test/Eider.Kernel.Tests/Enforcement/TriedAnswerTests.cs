// What policies in audit mode say of answers: all come through as they were sent, and each event says what would have become of it.

using System.Net;
using Eider.Kernel.Tests.EndToEnd;
using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.Enforcement;

[Collection(EnforcedLabCollection.Name)]
public sealed class TriedAnswerTests : IDisposable
{
    private const string Truth = ForgerPod.Truth;
    private const string Lie = ForgerPod.Lie;
    private const string Pod = "tried-answers";
    private const string Host = "tried-answers-host";
    private const string Beside = "tried-beside";

    private readonly EnforcedLab enforced;
    private readonly ForgerPod forger;

    public TriedAnswerTests(EnforcedLab enforced) => (this.enforced, forger) = (enforced, new ForgerPod(enforced));

    public void Dispose() => forger.Dispose();

    [Theory]
    [InlineData(Pod, "source", false, "source")]
    [InlineData(Pod, "source", true, "source")]
    [InlineData(Pod, "question", false, "question")]
    [InlineData(Pod, "question", true, "question")]
    [InlineData(Pod, "id", false, "unasked")]
    [InlineData(Pod, "id", true, "unasked")]
    [InlineData(Host, "id", false, "unasked")]
    [InlineData(Host, "question", true, "question")]
    public void Forged_answer_is_received_and_its_event_says_it_would_not_be(string pod, string lie, bool v6, string reason)
    {
        var (server, asker) = (forger.Serve(v6), enforced.Lab.Workload(pod));
        WaitUntilAllQuestionsAreKnown(asker, server);
        var name = $"{lie}-{pod}-{v6}.tried.{LabZone.Clients}".ToLowerInvariant();

        Assert.Equal([Lie, Truth], Asked.By(asker, "answered", server, name).Answers.SelectMany(answer => answer.Data));

        var forged = enforced.Agent.WaitForEvent("the forged answer", seen => seen.Kind == "response" && seen.Verdict?.Reason == reason && seen.Pod?.Uid == asker.Uid
            && seen.Name is { } about && about.EndsWith(name, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(new SeenVerdict("deny", "audit", reason, pod, "answers.forged", null), forged.Verdict);
        Assert.Equal("unsolicited", forged.Standalone);
        Assert.NotEqual("audit", enforced.Agent.WaitForExchange(name).Verdict?.Mode);
    }

    [Theory]
    [InlineData(Pod, false)]
    [InlineData(Pod, true)]
    [InlineData(Host, false)]
    public void Answer_that_fits_among_guesses_is_received_and_its_event_says_it_would_not_be(string pod, bool v6)
    {
        var (server, asker) = (forger.Serve(v6), enforced.Lab.Workload(pod));
        WaitUntilAllQuestionsAreKnown(asker, server);
        var name = $"guess-{pod}-{v6}.tried.{LabZone.Clients}".ToLowerInvariant();

        Assert.Equal(13, Asked.By(asker, "answered", server, name).Answers.Count);

        Assert.Equal(new SeenVerdict("deny", "audit", "guessed", pod, "answers.forged", null), enforced.Agent.WaitForExchange(name).Verdict);
    }

    [Theory]
    [InlineData(Pod, "private.public.example", false, "private", "answers.rebinding")]
    [InlineData(Pod, "private.public.example", true, "private", "answers.rebinding")]
    [InlineData(Pod, "private6.public.example", true, "private", "answers.rebinding")]
    [InlineData(Pod, "private.corp.example", false, null, null)]
    [InlineData(Pod, "private.svc.cluster.local", false, null, null)]
    [InlineData(Pod, "plain.public.example", false, null, null)]
    [InlineData(Pod, "alias.public.example", false, "alias", "rules[0]")]
    [InlineData(Pod, "aliases.public.example", true, "alias", "rules[0]")]
    [InlineData(Pod, "harmless.public.example", false, null, null)]
    [InlineData(Pod, "looped.public.example", false, "malformed", "answers.rebinding")]
    [InlineData(Host, "private.host.example", false, "private", "answers.rebinding")]
    [InlineData(Host, "alias.host.example", true, "alias", "rules[0]")]
    [InlineData("tried-aliases", "looped.public.example", false, "malformed", "malformed")]
    [InlineData("tried-aliases", "private.public.example", false, null, null)]
    public void Answer_is_received_whatever_it_says_and_its_event_says_what_would_become_of_it(string pod, string said, bool v6, string? reason, string? rule)
    {
        var (server, asker) = (forger.Serve(v6), enforced.Lab.Workload(pod));
        var name = $"{said[..said.IndexOf('.', StringComparison.Ordinal)]}-{pod}-{(v6 ? 6 : 4)}{said[said.IndexOf('.', StringComparison.Ordinal)..]}";

        var answer = Asked.By(asker, "connected", server, name, "fence=none", "edns=1").Answer;

        Assert.Equal(Asked.By(enforced.Lab.Workload("free"), "connected", server, name, "fence=none", "edns=1").Answer.Octets, answer.Octets);
        var exchange = enforced.Agent.WaitForEvent("the exchange", seen => seen is { Kind: "transaction", Role: "client" } && seen.IsFor(name) && seen.Pod?.Uid == asker.Uid);
        Assert.Equal(reason is null ? null : new SeenVerdict("deny", "audit", reason, pod, rule, null), exchange.Verdict is { Mode: "enforce" } ? null : exchange.Verdict);
    }

    [Theory]
    [InlineData(Pod, "private-whole", false, "private")]
    [InlineData(Pod, "private-octets", true, "private")]
    [InlineData(Pod, "private-straddling", false, "private")]
    [InlineData(Pod, "private-again", false, "private")]
    [InlineData(Pod, "alias-halves", false, "alias")]
    [InlineData(Pod, "toomany", false, "malformed")]
    [InlineData(Host, "alias-halves", true, "alias")]
    [InlineData(Pod, "many-halves", false, null)]
    [InlineData(Pod, "private-overtaken", false, null)]
    public void Answer_over_tcp_comes_through_however_it_is_sent_and_its_event_says_what_would_become_of_it(string pod, string said, bool v6, string? reason)
    {
        var (server, asker) = (forger.Serve(v6, "teller.py"), enforced.Lab.Workload(pod));
        var name = $"{said}.{pod}-{(v6 ? "six" : "four")}.example";
        var count = said.Contains("straddling", StringComparison.Ordinal) ? "count=2" : "count=1";

        var asked = Asked.By(asker, "stream_many", server, name, count);

        Assert.Equal("open", asked.End);
        Assert.Equal(Asked.By(enforced.Lab.Workload("free"), "stream_many", server, name, count).Answers.Select(answer => answer.Octets), asked.Answers.Select(answer => answer.Octets));
        var exchange = enforced.Agent.WaitForEvent("the exchange", seen => seen is { Kind: "transaction", Role: "client", Transport: "tcp" } && seen.IsFor(name) && seen.Pod?.Uid == asker.Uid);
        Assert.Equal((reason, reason is null ? null : "audit"), exchange.Verdict is { Mode: "audit" } tried ? (tried.Reason, tried.Mode) : (null, null));
    }

    [Theory]
    [InlineData("later")]
    [InlineData("earlier")]
    public void What_is_said_of_an_answer_over_tcp_is_not_said_of_another(string way)
    {
        var server = forger.Serve(v6: false, "teller.py");
        var name = $"private-{way}.{Pod}.example";

        Assert.Equal(2, Asked.By(enforced.Lab.Workload(Pod), "stream_many", server, name, "count=2").Answers.Count);

        // The harmless one answers nothing that was asked.
        var harmless = enforced.Agent.WaitForEvent("the harmless one", seen => seen is { Kind: "response", Role: "client", Transport: "tcp" } && seen.IsFor(name) && seen.Standalone == "unsolicited");
        Assert.NotEqual("audit", harmless.Verdict?.Mode);
        Assert.Equal("private", enforced.Agent.WaitForEvent("the other", seen => seen is { Kind: "transaction", Role: "client", Transport: "tcp" } && seen.IsFor(name)).Verdict?.Reason);
    }

    [Fact]
    public void What_is_enforced_is_done_beside_an_audited_policy_and_nothing_that_that_one_would_open_is_opened()
    {
        var server = forger.Serve(v6: false);

        Assert.Empty(Asked.By(enforced.Lab.Workload(Beside), "connected", server, $"private.{Beside}.example", "fence=none").Answer.Data);

        var denied = enforced.Agent.WaitForEvent("the denied answer", seen => seen.Kind == "response" && seen.IsFor($"private.{Beside}.example"));
        Assert.Equal(new SeenVerdict("deny", "enforce", "private", Beside, "answers.rebinding", null), denied.Verdict);
    }

    [Theory]
    [InlineData("alias", "alias", "rules[0]")]
    [InlineData("id", "unasked", "answers.forged")]
    public void What_an_audited_policy_would_do_besides_what_is_enforced_is_told(string said, string reason, string rule)
    {
        var (server, asker) = (forger.Serve(v6: false), enforced.Lab.Workload(Beside));
        WaitUntilAllQuestionsAreKnown(asker, server);
        var name = $"{said}-too.{Beside}.example";

        Assert.NotEmpty(Asked.By(asker, said == "id" ? "answered" : "connected", server, name, "fence=none").Answers);

        var tried = enforced.Agent.WaitForEvent("what would be done", seen => seen.IsFor(name) && seen.Verdict is { Mode: "audit" });
        Assert.Equal(new SeenVerdict("deny", "audit", reason, $"{Beside}-too", rule, null), tried.Verdict);
    }

    [Theory]
    [InlineData("tried-patient", false, 81)]
    [InlineData("tried-patient", true, 82)]
    [InlineData("tried-patient-host", false, 83)]
    public void Early_answer_from_another_distance_is_received_and_its_event_says_that_it_would_be_held_back(string pod, bool v6, int hopLimit)
    {
        var (server, asker) = (forger.Serve(v6), enforced.Lab.Workload(pod));
        for (var round = 0; round < 17; round++)
        {
            Asked.By(asker, "answered", server, $"plain{round}.tried.{LabZone.Clients}");
        }

        var name = $"early{hopLimit}-{pod}.tried.{LabZone.Clients}";

        Assert.Equal([Lie, Truth], Asked.By(asker, "answered", server, name).Answers.SelectMany(answer => answer.Data));

        Assert.Equal(new SeenVerdict("deny", "audit", "held", pod, "answers.holdOn", null), enforced.Agent.WaitForExchange(name).Verdict);
        Asked.By(asker, "answered", server, $"early{hopLimit}-again-{pod}.tried.{LabZone.Clients}");
        Assert.NotEqual("audit", enforced.Agent.WaitForExchange($"early{hopLimit}-again-{pod}.tried.{LabZone.Clients}").Verdict?.Mode);
    }

    /// <summary>What was asked before the policies came into force may still be answered for some seconds, and nothing is said of that.</summary>
    private void WaitUntilAllQuestionsAreKnown(Workload asker, IPAddress server) => enforced.Agent.Process.WaitUntil(
        () =>
        {
            Asked.By(asker, "answered", server, "id-settling.example.net");
            return enforced.Agent.Events(seen => seen.Verdict is { Mode: "audit", Reason: "unasked" } && seen.Pod?.Uid == asker.Uid).Any();
        },
        "forged ids to be told",
        AgentProcess.Patience);
}
