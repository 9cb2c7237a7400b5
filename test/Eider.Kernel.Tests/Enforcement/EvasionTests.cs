// Ways to ask around a policy. Each must be denied, and none may pass unseen: the resolver's address for a denied name never comes back.

using System.Net;
using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.Enforcement;

[Collection(EnforcedLabCollection.Name)]
public sealed class EvasionTests(EnforcedLab enforced)
{
    public static TheoryData<string, bool> Datagrams() => new()
    {
        { "connected", false }, { "connected", true },
        { "unconnected", false }, { "unconnected", true },
        { "iovecs", false }, { "iovecs", true },
        { "corked", false }, { "corked", true },
        { "mapped", false },
        { "mapped_unconnected", false },
        { "peer_named", false }, { "peer_named", true },
        { "peer_changed", false },
        { "peer_dissolved", false },
        { "ip_options", false },
        { "extension_headers", true },
        { "large", false }, { "large", true },
        { "two_questions", false }, { "two_questions", true },
        { "compressed", false }, { "compressed", true },
        { "raw_socket", false }, { "raw_socket", true },
        { "hidden_behind_length", false },
        { "frame", false }, { "frame", true },
        { "frame_tagged", false }, { "frame_tagged", true },
        { "frame_tagged_twice", false },
        { "frame_options", false },
    };

    public static TheoryData<string, bool> Streams() => new()
    {
        { "stream", false }, { "stream", true },
        { "stream_mapped", false },
        { "stream_prefix_apart", false }, { "stream_prefix_apart", true },
        { "stream_prefix_split", false },
        { "stream_octets", false }, { "stream_octets", true },
        { "stream_halves", false }, { "stream_halves", true },
        { "stream_last", false }, { "stream_last", true },
        { "stream_straddling", false },
        { "stream_later", false }, { "stream_later", true },
        { "stream_large", false },
        { "stream_after_empty", false },
        { "stream_urgent", false }, { "stream_urgent", true },
    };

    [Theory]
    [MemberData(nameof(Datagrams))]
    public void Denied_name_in_a_datagram_is_denied_however_it_is_sent(string way, bool v6) => AssertDenied(way, v6);

    [Theory]
    [MemberData(nameof(Streams))]
    public void Denied_name_in_a_stream_is_denied_however_it_is_cut(string way, bool v6) => AssertDenied(way, v6);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Case_does_not_matter(bool v6)
    {
        var name = string.Concat($"case-{v6}.{EnforcedLab.Denied}".Select((letter, at) => at % 2 == 0 ? char.ToUpperInvariant(letter) : char.ToLowerInvariant(letter)));

        var answer = Asked.By(enforced.Suspect, "connected", Server(v6), name).Answer;

        Assert.Equal(3, answer.Rcode);
        enforced.AssertStayed($"case-{v6}\u0006denied");
    }

    [Theory]
    [InlineData("connected")]
    [InlineData("stream")]
    public void Name_of_255_octets_is_denied(string way)
    {
        var rest = 255 - 3 * 64 - 1 - RawMessage.Name(EnforcedLab.Denied).Length;
        var name = $"{new string('a', 63)}.{new string('b', 63)}.{new string('c', 63)}.{new string('d', rest)}.{EnforcedLab.Denied}";
        Assert.Equal(255, RawMessage.Name(name).Length);

        Asked.By(enforced.Suspect, way, enforced.Lab.ResolverV4, name).AssertDenied();

        enforced.AssertStayed(new string('d', rest));
    }

    [Theory]
    [InlineData("connected")]
    [InlineData("stream")]
    public void Name_of_many_labels_is_denied(string way)
    {
        var name = string.Join('.', Enumerable.Repeat("q", (255 - RawMessage.Name(EnforcedLab.Denied).Length) / 2)) + $".{EnforcedLab.Denied}";
        Assert.InRange(RawMessage.Name(name).Length, 254, 255);

        Asked.By(enforced.Suspect, way, enforced.Lab.ResolverV4, name).AssertDenied();
    }

    [Fact]
    public void Denied_query_among_others_of_one_sendmmsg_is_denied_alone()
    {
        var asked = Asked.By(enforced.Suspect, "sendmmsg", enforced.Lab.ResolverV4, $"among.{EnforcedLab.Denied}");

        Assert.Null(asked.End);
        Assert.Equal([1, 3, Reply.AskedId], asked.Answers.Select(answer => (int)answer.Id).Order());
        Assert.All(asked.Answers, answer => Assert.Equal(answer.Id == Reply.AskedId, answer.IsDenial));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Second_datagram_of_one_segmented_buffer_does_not_pass(bool v6)
    {
        var asked = Asked.By(enforced.Suspect, "segmented", Server(v6), $"second-{v6}.{EnforcedLab.Denied}".ToLowerInvariant());

        asked.AssertDenied();
        enforced.AssertStayed($"second-{v6}");
    }

    [Theory]
    [InlineData("raw_fragments", false, 8)]
    [InlineData("raw_fragments", false, 16)]
    [InlineData("raw_fragments", false, 40)]
    [InlineData("raw_fragments", true, 8)]
    [InlineData("raw_fragments", true, 40)]
    [InlineData("frame_fragments", false, 8)]
    [InlineData("frame_fragments", false, 40)]
    [InlineData("frame_fragments", true, 8)]
    [InlineData("frame_fragments", true, 40)]
    public void Fragments_made_by_hand_do_not_pass(string way, bool v6, int first)
    {
        AssertDenied(way, v6, $"first={first}");
    }

    [Theory]
    [InlineData("raw_many_headers", 7)]
    [InlineData("raw_many_headers", 12)]
    [InlineData("frame_many_headers", 7)]
    [InlineData("frame_many_headers", 12)]
    public void Chain_of_extension_headers_hides_nothing(string way, int count) => AssertDenied(way, v6: true, $"count={count}");

    [Fact]
    public void Connection_made_by_hand_does_not_pass()
    {
        var name = $"handmade.{EnforcedLab.Denied}";

        Asked.By(enforced.Suspect, "frame_stream", enforced.Lab.ResolverV4, name).AssertDenied();

        enforced.AssertStayed("handmade");
    }

    [Theory]
    [InlineData("frame")]
    [InlineData("frame_tagged")]
    public void Frame_is_told_with_the_pod_it_came_from_and_no_process(string way)
    {
        var name = $"told-{way}.{EnforcedLab.Denied}".Replace('_', '-');

        Asked.By(enforced.Suspect, way, enforced.Lab.ResolverV4, name).AssertDenied();

        var seen = enforced.Agent.WaitForEvent("the frame's query", seen => seen.Kind == "transaction" && seen.IsFor(name));
        Assert.Equal("deny", seen.Verdict?.Action);
        Assert.True(seen.Pod?.Uid == enforced.Suspect.Uid, seen.Line);
        Assert.Null(seen.Process);
    }

    [Theory]
    [InlineData("+notcp")]
    [InlineData("+tcp")]
    public void Process_of_another_workload_on_the_same_network_keeps_its_own_policies(string transport)
    {
        var said = enforced.Lab.Workload("free").Run("ip", "netns", "exec", ((Pod)enforced.Suspect).Netns,
            "dig", $"@{enforced.Lab.ResolverV4}", $"sidecar{transport.Length}.{EnforcedLab.Denied}", transport, "+tries=1").MustSucceed("dig").Output;

        Assert.Contains("status: NOERROR", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Query_in_the_first_segment_of_a_connection_is_denied(bool v6)
    {
        // Client side, and without having a cookie of the server's: data goes with the SYN.
        enforced.Suspect.Run("sysctl", "-w", "net.ipv4.tcp_fastopen=5").MustSucceed("sysctl");

        AssertDenied("stream_fast_open", v6);
    }

    [Theory]
    [InlineData("")]
    [InlineData("reverse=1")]
    public void Verdicts_of_queries_that_wait_together_are_not_mistaken_for_each_other(string order)
    {
        string[] options = [$"other={enforced.Lab.SilentV4}", .. order.Length == 0 ? (string[])[] : [order]];

        var asked = Asked.By(enforced.Suspect, "overtaken", enforced.Lab.ResolverV4, $"together{order.Length}.{EnforcedLab.Denied}", options);

        Assert.True(asked.Answers[0].IsDenial, asked.Said);
        enforced.AssertStayed($"together{order.Length}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Socket_that_another_pod_made_is_judged_by_who_uses_it(bool tcp)
    {
        var path = enforced.Lab.PathOf($"meeting-{tcp}");
        string[] options = [$"path={path}", .. tcp ? (string[])["tcp=1"] : []];
        var name = $"handed-{tcp}.{EnforcedLab.Denied}";
        using var giver = Asked.Start(enforced.Lab.Workload("free"), "give", enforced.Lab.ResolverV4, name, options);
        giver.WaitFor("waiting", AgentProcess.Patience);

        Asked.By(enforced.Suspect, "take", enforced.Lab.ResolverV4, name, options).AssertDenied();

        enforced.AssertStayed($"handed-{tcp}");
    }

    [Theory]
    [InlineData(RawClient.Transport.Udp)]
    [InlineData(RawClient.Transport.Tcp)]
    public void Process_that_moved_in_is_judged_by_where_it_is(RawClient.Transport transport)
    {
        var label = $"moved-{transport}";
        using var client = new RawClient((Pod)enforced.Lab.Workload("free"), transport, enforced.Lab.ResolverV4);
        enforced.Suspect.Adopt(client.Process);
        var query = RawMessage.Query($"{label}.{EnforcedLab.Denied}");

        client.Send(transport == RawClient.Transport.Udp ? query : RawMessage.OnTcp(query));

        Assert.Equal("deny", enforced.Agent.WaitForEvent("its query", seen => seen.Role == "client" && seen.IsFor($"{label}.{EnforcedLab.Denied}")).Verdict?.Action);
        enforced.AssertStayed(label);
    }

    [Fact]
    public void Flood_of_verdicts_that_nobody_fetches_lets_none_pass()
    {
        var asked = Asked.By(enforced.Suspect, "flood", enforced.Lab.ResolverV4, $"flooded.{EnforcedLab.Denied}", $"other={enforced.Lab.SilentV4}", "count=20000");

        asked.AssertDenied();
        enforced.AssertStayed("flooded");
    }

    private void AssertDenied(string way, bool v6, params string[] options)
    {
        var label = $"{way}-{(v6 ? 6 : 4)}{string.Concat(options.Select(option => option.Replace('=', '-')))}".Replace('_', '-');
        string[] other = [$"other={enforced.Lab.SilentV4}"];

        var asked = Asked.By(enforced.Suspect, way, Server(v6), $"{label}.{EnforcedLab.Denied}", [.. other, .. options]);

        asked.AssertDenied();
        // Whole, it never arrived; in pieces, it never was answered.
        if (!way.StartsWith("stream", StringComparison.Ordinal) && !way.EndsWith("fragments", StringComparison.Ordinal))
        {
            enforced.AssertStayed($"{label}\u0006denied");
        }
    }

    private IPAddress Server(bool v6) => v6 ? enforced.Lab.ResolverV6 : enforced.Lab.ResolverV4;
}
