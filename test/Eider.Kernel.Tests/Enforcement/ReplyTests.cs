// What a client gets that may not ask: over UDP each reply of the language, over TCP a reset, and never the resolver's answer.

using System.Net;
using Eider.Core.Decode;
using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.Enforcement;

[Collection(EnforcedLabCollection.Name)]
public sealed class ReplyTests(EnforcedLab enforced)
{
    private const ushort A = 1, Aaaa = 28, Txt = 16;

    public static TheoryData<bool, bool> Families_and_edns() => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    [Theory]
    [MemberData(nameof(Families_and_edns))]
    public void Allowed_query_is_answered_by_the_resolver(bool v6, bool edns)
    {
        var answer = Ask("replies", "connected", "free", "allowed", v6, A, edns);

        Assert.Equal(enforced.Lab.WebPod.V4.ToString(), Assert.Single(answer.Data));
    }

    [Theory]
    [MemberData(nameof(Families_and_edns))]
    public void Nxdomain_has_the_id_and_the_question_as_asked_and_an_extended_error_where_the_query_had_edns(bool v6, bool edns)
    {
        var name = $"MiXed-{v6}-{edns}.NXdomain.{LabZone.Clients}";

        var answer = Asked.By(enforced.Lab.Workload("replies"), "connected", Server(v6), name, Options(A, edns)).Answer;

        Assert.Equal(Reply.AskedId, answer.Id);
        Assert.Equal(0x8183, answer.Flags);
        byte[] question = [.. RawMessage.Name(name), .. RawMessage.Question()];
        Assert.Equal(question, answer.Octets.AsSpan(12, question.Length).ToArray());
        Assert.Null(answer.Summary.Malformed);
        Assert.Equal(edns ? 15 : null, answer.ExtendedErrorCode);
        Assert.Equal(edns ? 1 : 0, answer.Summary.AdditionalCount);
        enforced.AssertStayed(name.Split('.')[0] + "\u0008nxdomain");
        var seen = enforced.Agent.WaitForExchange(name);
        Assert.Equal(new SeenVerdict("deny", "enforce", "name", "replies", "rules[0]", null), seen.Verdict);
        Assert.Equal("NXDOMAIN", seen.Rcode);
    }

    [Theory]
    [MemberData(nameof(Families_and_edns))]
    public void Nodata_has_no_error_and_no_answer(bool v6, bool edns)
    {
        var answer = Ask("replies", "connected", "nodata", $"nothing-{v6}-{edns}", v6, A, edns);

        Assert.Equal(0x8180, answer.Flags);
        Assert.Empty(answer.Data);
        Assert.Equal(edns ? 15 : null, answer.ExtendedErrorCode);
    }

    [Theory]
    [MemberData(nameof(Families_and_edns))]
    public void Refused_says_so(bool v6, bool edns)
    {
        var answer = Ask("replies", "connected", "refused", $"no-{v6}-{edns}", v6, A, edns);

        Assert.Equal(0x8185, answer.Flags);
        Assert.Equal(edns ? 15 : null, answer.ExtendedErrorCode);
    }

    [Theory]
    [MemberData(nameof(Families_and_edns))]
    public void Sinkhole_answers_address_queries_with_its_own_and_others_with_nothing(bool v6, bool edns)
    {
        var a = Ask("replies", "connected", "sinkhole", $"sunk-a-{v6}-{edns}", v6, A, edns);
        var aaaa = Ask("replies", "connected", "sinkhole", $"sunk-aaaa-{v6}-{edns}", v6, Aaaa, edns);
        var txt = Ask("replies", "connected", "sinkhole", $"sunk-txt-{v6}-{edns}", v6, Txt, edns);

        Assert.Equal($"{EnforcedLab.SinkholeV4}", Assert.Single(a.Data));
        Assert.Equal($"{EnforcedLab.SinkholeV6}", Assert.Single(aaaa.Data));
        Assert.Empty(txt.Data);
        Assert.All((Reply[])[a, aaaa, txt], answer => Assert.Null(answer.Summary.Malformed));
        Assert.Equal(edns ? 4 : null, a.ExtendedErrorCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Truncated_sends_the_client_to_tcp_where_it_is_reset(bool v6)
    {
        var answer = Ask("replies", "connected", "truncate", $"cut-{v6}", v6, A, edns: true);
        var stream = Asked.By(enforced.Lab.Workload("replies"), "stream", Server(v6), $"cut-tcp-{v6}.truncate.{LabZone.Clients}");

        Assert.True(answer.Summary.Truncated);
        Assert.Equal("ECONNRESET", stream.End);
        enforced.AssertStayed($"cut-tcp-{v6}\u0008truncate");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Dropped_query_fails_at_its_sender_and_gets_no_answer(bool v6)
    {
        var asked = Asked.By(enforced.Lab.Workload("replies"), "connected", Server(v6), $"gone-{v6}.drop.{LabZone.Clients}");

        Assert.Empty(asked.Answers);
        Assert.Equal("EPERM", asked.End);
        enforced.AssertStayed($"gone-{v6}\u0004drop");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Denied_query_over_tcp_is_reset(bool v6)
    {
        var name = $"stream-{v6}.nxdomain.{LabZone.Clients}";

        var asked = Asked.By(enforced.Lab.Workload("replies"), "stream", Server(v6), name);

        Assert.Empty(asked.Answers);
        Assert.Equal("ECONNRESET", asked.End);
        enforced.AssertStayed($"stream-{v6}\u0008nxdomain");
        Assert.Equal("deny", enforced.Agent.WaitForExchange(name).Verdict?.Action);
    }

    [Theory]
    [InlineData("stream", false)]
    [InlineData("stream", true)]
    [InlineData("stream_octets", false)]
    [InlineData("stream_halves", true)]
    [InlineData("stream_mapped", false)]
    public void Allowed_query_over_tcp_is_answered(string way, bool v6)
    {
        var asked = Asked.By(enforced.Lab.Workload("replies"), way, Server(v6), $"fine-{way}-{v6}.{LabZone.Clients}".Replace('_', '-'));

        Assert.Equal("open", asked.End);
        Assert.Equal($"{enforced.Lab.WebPod.V4}", Assert.Single(asked.Answer.Data));
    }

    [Fact]
    public void Rule_for_a_type_denies_that_type_alone()
    {
        Assert.Equal(3, Ask("replies", "connected", "typed", "six", v6: false, Aaaa, edns: false).Rcode);
        Assert.Equal($"{enforced.Lab.WebPod.V4}", Assert.Single(Ask("replies", "connected", "typed", "four", v6: false, A, edns: false).Data));
    }

    [Fact]
    public void Audited_policy_denies_nothing_and_says_what_it_would_have_done()
    {
        var name = $"watched.{EnforcedLab.Denied}";

        var answer = Asked.By(enforced.Lab.Workload("audited"), "connected", enforced.Lab.ResolverV4, name).Answer;

        Assert.Equal($"{enforced.Lab.WebPod.V4}", Assert.Single(answer.Data));
        var seen = enforced.Agent.WaitForExchange(name);
        Assert.Equal(new SeenVerdict("deny", "audit", "name", "audited", "rules[0]", null), seen.Verdict);
    }

    [Fact]
    public void Pod_that_no_policy_selects_asks_what_it_likes()
    {
        var name = $"anything.{EnforcedLab.Denied}";

        Assert.Equal($"{enforced.Lab.WebPod.V4}", Assert.Single(Asked.By(enforced.Lab.Workload("free"), "connected", enforced.Lab.ResolverV4, name).Answer.Data));
        Assert.Null(enforced.Agent.WaitForExchange(name).Verdict);
    }

    [Fact]
    public void Dig_reads_the_reply_and_its_extended_error()
    {
        var said = enforced.Suspect.Run("dig", $"@{enforced.Lab.ResolverV4}", $"dig.{EnforcedLab.Denied}", "A").MustSucceed("dig").Output;

        Assert.Contains("status: NXDOMAIN", said, StringComparison.Ordinal);
        Assert.Contains("EDE: 15 (Blocked)", said, StringComparison.Ordinal);
        Assert.DoesNotContain("WARNING", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Libc_reads_the_reply()
    {
        var finished = enforced.Suspect.Run("getent", "ahosts", $"getent.{EnforcedLab.Denied}");

        Assert.Equal(2, finished.ExitCode); // "one or more of the supplied keys could not be found"
    }

    private Reply Ask(string workload, string way, string zone, string label, bool v6, ushort type, bool edns)
    {
        var answer = Asked.By(enforced.Lab.Workload(workload), way, Server(v6), $"{label}.{zone}.{LabZone.Clients}", Options(type, edns)).Answer;
        Assert.Equal(Reply.AskedId, answer.Id);
        return answer;
    }

    private static string[] Options(ushort type, bool edns) => [$"type={type}", .. edns ? (string[])["edns=1"] : []];

    private IPAddress Server(bool v6) => v6 ? enforced.Lab.ResolverV6 : enforced.Lab.ResolverV4;
}
