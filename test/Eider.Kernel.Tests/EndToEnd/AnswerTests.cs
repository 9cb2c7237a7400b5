// What came back: every kind of answer a resolver gives, and none.

using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.EndToEnd;

[Collection(WatchedLabCollection.Name)]
public sealed class AnswerTests(WatchedLab watched)
{
    [Theory]
    [InlineData("alias.lab.internal", "A", "CNAME step.lab.internal|CNAME www.lab.internal|A {web}")]
    [InlineData("lab.internal", "MX", "MX 10 mail.lab.internal")]
    [InlineData("_sip._udp.lab.internal", "SRV", "SRV 5 10 5060 mail.lab.internal")]
    [InlineData("text.lab.internal", "TXT", "TXT \"v=spf1 -all\" \"second string\"")]
    [InlineData("svc.lab.internal", "HTTPS", "HTTPS 1 . alpn=\"h2,h3\" ipv4hint={web}")]
    [InlineData("caa.lab.internal", "CAA", "CAA 0 issue \"ca.example\"")]
    public void Answer_is_shown_in_presentation_form(string name, string type, string expected)
    {
        var seen = Ask(name, type);

        Assert.Equal("NOERROR", seen.Rcode);
        var shown = seen.Answers!.Select(answer => $"{answer.Type} {answer.Data}").Select(line => line.Replace(" .", " @").Replace(". ", " ").TrimEnd('.').Replace(" @", " ."));
        Assert.Equal(expected.Replace("{web}", $"{watched.Lab.WebPod.V4}"), string.Join('|', shown));
    }

    [Theory]
    [InlineData(LabZone.Missing, "A", "NXDOMAIN")]
    [InlineData(LabZone.TextOnly, "A", "NOERROR")]
    public void Negative_answer_has_its_code_and_no_records(string name, string type, string rcode)
    {
        var seen = Ask(name, type);

        Assert.Equal(rcode, seen.Rcode);
        Assert.Empty(seen.Answers!);
    }

    [Fact]
    public void Answer_too_big_for_a_datagram_is_one_exchange_over_udp_and_one_over_tcp()
    {
        watched.Pod("answers").Run("dig", $"@{watched.Lab.ResolverV4}", LabZone.Big, "TXT").MustSucceed("dig");

        var udp = Wait("udp");
        var tcp = Wait("tcp");

        Assert.Empty(udp.Answers!);
        Assert.Equal(25, tcp.Answers!.Count);
        Assert.True(tcp.Size > 4096);
        Assert.Equal(udp.Process!.Pid, tcp.Process!.Pid);

        SeenEvent Wait(string transport) => watched.Agent.WaitForEvent($"the exchange over {transport}",
            seen => seen is { Kind: "transaction", Role: "client" } && seen.IsFor(LabZone.Big) && seen.Transport == transport);
    }

    [Fact]
    public void Query_that_nobody_answers_is_unanswered_with_its_retries()
    {
        var name = $"silence.{LabZone.Clients}";
        using var client = new RawClient(watched.Pod("silence"), RawClient.Transport.Udp, watched.Lab.SilentV4);

        client.Send(RawMessage.Query(name));
        client.Send(RawMessage.Query(name));
        client.Send(RawMessage.Query(name));
        var seen = watched.Agent.WaitForExchange(name);

        Assert.True(seen.Unanswered);
        Assert.Equal(2, seen.Retries);
        Assert.Null(seen.Rcode);
        Assert.Null(seen.LatencyUs);
        Assert.Equal(client.Process.Pid, seen.Process!.Pid);
        Assert.Equal($"{watched.Lab.SilentV4}", seen.Server!.Ip);
    }

    [Fact]
    public void Second_answer_to_one_query_is_shown_beside_the_exchange()
    {
        var name = $"twice.{LabZone.Clients}";
        byte[] answer = [.. RawMessage.Header(flags: 0x8180, questions: 1, answers: 1)[2..], .. RawMessage.Name(name), .. RawMessage.Question(),
            0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];
        var server = watched.Pod("twice-server");
        using var liar = new RawServer(server, answer, [.. answer[..^1], 66]);
        using var client = new RawClient(watched.Pod("twice"), RawClient.Transport.Udp, server.V4);

        client.Send(RawMessage.Query(name));
        client.Receive();
        client.Receive();

        Assert.Equal("192.0.2.1", watched.Agent.WaitForExchange(name).Answers!.Single().Data);
        var second = watched.Agent.WaitForEvent("the second answer", seen => seen is { Kind: "response", Role: "client" } && seen.IsFor(name));
        Assert.Equal("192.0.2.66", second.Answers!.Single().Data);
        Assert.Equal(client.Process.Pid, second.Process!.Pid);
    }

    private SeenEvent Ask(string name, string type)
    {
        var asked = watched.Pod("answers").Run("dig", $"@{watched.Lab.ResolverV4}", name, type);
        return watched.Agent.WaitForEvent($"{name} {type}",
            seen => seen is { Kind: "transaction", Role: "client" } && seen.IsFor(name) && seen.Qtype == type && seen.Process?.Pid == asked.Pid);
    }
}
