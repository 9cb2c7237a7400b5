// Answers over TCP: what a policy denies is not delivered however it is cut, and its connection ends; everything else comes through.

using System.Net;
using Eider.Kernel.Tests.EndToEnd;
using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.Enforcement;

[Collection(EnforcedLabCollection.Name)]
public sealed class AnswerStreamTests : IDisposable
{
    private readonly EnforcedLab enforced;
    private readonly ForgerPod teller;

    public AnswerStreamTests(EnforcedLab enforced) => (this.enforced, teller) = (enforced, new ForgerPod(enforced));

    /// <summary>How an answer is sent, and how many messages come before it that do come through. In place of what a socket does not take
    /// only the same may come again, and no more than the message at hand is remembered: of `twins` none comes through.</summary>
    public static TheoryData<string, int> Ways() => new()
    {
        { "whole", 0 },
        { "octets", 0 },
        { "prefix", 0 },
        { "halves", 0 },
        { "last", 0 },
        { "straddling", 1 },
        { "later", 1 },
        { "overtaken", 0 },
        { "twin", 0 },
        { "twins", 0 },
        { "again", 0 },
        { "changed", 0 },
    };

    public void Dispose() => teller.Dispose();

    [Theory]
    [MemberData(nameof(Ways))]
    public void Denied_answer_is_not_delivered_however_it_is_sent(string way, int before) => AssertDenied("guarded", $"private-{way}", v6: false, "private", before);

    [Theory]
    [MemberData(nameof(Ways))]
    public void Denied_answer_is_not_delivered_however_it_is_sent_over_v6(string way, int before) => AssertDenied("guarded", $"private6-{way}", v6: true, "private", before);

    [Theory]
    [InlineData("mixed", "private")]
    [InlineData("alias", "alias")]
    [InlineData("aliases-halves", "alias")]
    [InlineData("deep-octets", "alias")]
    [InlineData("hint4", "private")]
    [InlineData("hint6-halves", "private")]
    [InlineData("target", "alias")]
    [InlineData("manybad", "private")]
    [InlineData("looped", "malformed")]
    [InlineData("cut", "private")]
    [InlineData("crooked", "malformed")]
    [InlineData("toomany", "malformed")]
    [InlineData("many-urgent", "malformed")]
    public void Answer_over_tcp_is_denied_for_what_it_says(string said, string reason) => AssertDenied("guarded", said, v6: false, reason, before: 0);

    [Theory]
    [InlineData("private", false)]
    [InlineData("alias-halves", true)]
    public void Answer_to_a_process_of_the_host_is_denied_too(string said, bool v6) => AssertDenied("guarded-host", said, v6, said == "private" ? "private" : "alias", before: 0);

    [Theory]
    [MemberData(nameof(Ways))]
    public void Answer_that_nothing_speaks_against_comes_through_however_it_is_sent(string way, int before)
    {
        var server = Tell(v6: false);
        var count = way == "last" ? 3 : before + 1;

        var asked = Asked.By(Guarded, "stream_many", server, $"plain-{way}.public.example", $"count={count}");

        Assert.Equal(way == "twins" ? "ECONNRESET" : "open", asked.End);
        Assert.All(asked.Answers.Where(answer => answer.Octets.Length > 0), answer => Assert.Equal(["192.0.2.200"], answer.Data));
    }

    [Fact]
    public void End_of_an_answer_that_came_before_its_beginning_is_not_joined_to_another()
    {
        const string name = "private-smuggled.public.example";
        var server = Tell(v6: false);

        Assert.Equal(["192.0.2.200"], Asked.By(Guarded, "stream", server, name).Answer.Data);
        Assert.Equal(["10.1.2.3"], Asked.By(enforced.Lab.Workload("free"), "stream", server, name).Answer.Data);
    }

    [Theory]
    [InlineData("guarded", "harmless.public.example", 2)]
    [InlineData("guarded", "private.corp.example", 1)]
    [InlineData("guarded", "hinted-halves.public.example", 1)]
    [InlineData("guarded", "many.public.example", 330)]
    [InlineData("guarded", "many-octets.public.example", 330)]
    [InlineData("guarded", "nearly-halves.public.example", 1015)]
    [InlineData("free", "private.public.example", 1)]
    [InlineData("free", "alias-twin.public.example", 2)]
    [InlineData("free", "toomany.public.example", 1250)]
    public void Answer_is_whole(string pod, string name, int records)
    {
        var asked = Asked.By(enforced.Lab.Workload(pod), "stream", Tell(v6: false), name);

        Assert.Equal("open", asked.End);
        Assert.Equal(records, asked.Answer.Data.Count);
    }

    private Workload Guarded => enforced.Lab.Workload("guarded");

    private void AssertDenied(string pod, string said, bool v6, string reason, int before)
    {
        var (server, asker) = (Tell(v6), enforced.Lab.Workload(pod));
        var name = $"{said}.{pod}-{(v6 ? "six" : "four")}.example";

        var asked = Asked.By(asker, "stream_many", server, name, $"count={before + 1}");

        Assert.Equal("ECONNRESET", asked.End);
        Assert.Equal(before, asked.Answers.Count);

        // Where other octets come in the place of those that were told, there is no message to tell, nor a name.
        var isNamed = !said.Contains("twin", StringComparison.Ordinal) && !said.Contains("changed", StringComparison.Ordinal);
        var denied = enforced.Agent.WaitForEvent("the denied answer", seen => seen.Kind == "response" && (isNamed ? seen.IsFor(name) : seen.Name is null) && seen.Verdict?.Reason == (isNamed ? reason : "malformed")
            && seen.Pod?.Uid == asker.Uid && (seen.Server!.Ip.Contains(':') == v6));
        Assert.Equal(("deny", pod), (denied.Verdict!.Action, denied.Verdict.Policy));
        Assert.NotNull(denied.Process);
    }

    private IPAddress Tell(bool v6) => teller.Serve(v6, "teller.py");
}
