using Eider.Core;
using Eider.Core.Decode;
using Eider.Core.Transactions;
using Xunit;
using static Eider.Tests.Transactions.TransactionFixture;

namespace Eider.Tests.Transactions;

public sealed class TransactionTableTests
{
    private readonly TransactionFixture fixture = new();

    [Fact]
    public void Response_to_an_open_query_publishes_one_transaction_with_latency()
    {
        var query = fixture.Query(7, "Example.org");
        fixture.TimeNs += 1_500_000;
        var response = fixture.Respond(7, "example.ORG", rcode: 5);

        var transaction = Assert.Single(fixture.Published);
        Assert.Equal(EventKind.Transaction, transaction.Kind);
        Assert.Equal((query.TimeNs, 1_500_000L, "Example.org"), (transaction.TimeNs, transaction.LatencyNs, transaction.Name));
        Assert.Equal(response.Message, transaction.Message);
        Assert.Equal(query.WireLength, transaction.QueryLength);
        Assert.Equal((ushort)5, transaction.Rcode);
        Assert.Equal(42, transaction.Identity.Process?.Pid);
        Assert.False(query.Standalone || response.Standalone || transaction.Unanswered || transaction.NotFollowed);
        Assert.Equal((0, 1), (fixture.Table.Counters.Open, fixture.Table.Counters.Answered));
    }

    [Fact]
    public void Query_without_response_is_published_as_unanswered_at_the_time_limit_and_not_before()
    {
        var query = fixture.Query(7, "example.org");
        fixture.Table.Advance(query.TimeNs + (5 * Second) - 1);
        Assert.Empty(fixture.Published);

        fixture.Table.Advance(query.TimeNs + (5 * Second));
        var transaction = Assert.Single(fixture.Published);
        Assert.True(transaction.Unanswered);
        Assert.Null(transaction.LatencyNs);
        Assert.Null(transaction.Rcode);
        Assert.Equal(query.Message, transaction.Message);
    }

    [Fact]
    public void Response_after_the_time_limit_is_late_and_the_same_again_a_duplicate()
    {
        fixture.Query(7, "example.org");
        fixture.TimeNs += 6 * Second;
        Assert.Equal(StandaloneReason.Late, fixture.Respond(7, "example.org").StandaloneReason);
        Assert.Equal(StandaloneReason.Duplicate, fixture.Respond(7, "example.org").StandaloneReason);
        Assert.Single(fixture.Published);
    }

    [Theory]
    [InlineData(0, StandaloneReason.Duplicate)]
    [InlineData(1, StandaloneReason.Conflicting)]
    public void Second_response_stands_alone_and_tells_whether_its_content_differs(byte content, StandaloneReason reason)
    {
        fixture.Query(7, "example.org");
        fixture.Respond(7, "example.org");
        var second = fixture.Respond(7, "example.org", content: content);
        Assert.True(second.Standalone);
        Assert.Equal(reason, second.StandaloneReason);
        Assert.Single(fixture.Published);
        Assert.Equal(1, fixture.Table.Counters.Duplicates + fixture.Table.Counters.Conflicting);
    }

    [Fact]
    public void Ended_exchange_is_forgotten_after_a_while()
    {
        fixture.Query(7, "example.org");
        fixture.Respond(7, "example.org");
        fixture.TimeNs += 15 * Second;
        Assert.Equal(StandaloneReason.Unsolicited, fixture.Respond(7, "example.org").StandaloneReason);
    }

    public static TheoryData<string, Action<TransactionFixture>> Mismatches => new()
    {
        { "name", f => f.Respond(7, "example.net") },
        { "type", f => f.Respond(7, "example.org", RecordType.AAAA) },
        { "id", f => f.Respond(8, "example.org") },
        { "opcode", f => f.Respond(7, "example.org", opcode: 4) },
        { "server", f => { f.To = new(IpAddress.FromOctets([192, 0, 2, 54]), 53); f.Respond(7, "example.org"); } },
        { "client port", f => { f.From = f.From with { Port = 40001 }; f.Respond(7, "example.org"); } },
        { "transport", f => { f.Transport = Transport.Tcp; f.Respond(7, "example.org"); } },
        { "role", f => { f.Role = Role.Server; f.Respond(7, "example.org"); } },
        { "scope", f => { f.Scope = 9; f.Respond(7, "example.org"); } },
        { "question left out of a success", f => f.Respond(7, null) },
    };

    [Theory]
    [MemberData(nameof(Mismatches))]
    public void Response_that_differs_from_the_query_is_unsolicited_and_the_query_stays_open(string what, Action<TransactionFixture> respond)
    {
        fixture.Query(7, "example.org");
        respond(fixture);
        Assert.True(fixture.Published.Count == 0, what);
        Assert.Equal((1, 1), (fixture.Table.Counters.Unsolicited, fixture.Table.Counters.Open));
    }

    [Fact]
    public void Error_that_leaves_the_question_out_answers_the_query()
    {
        fixture.Query(7, "example.org");
        Assert.False(fixture.Respond(7, null, rcode: (byte)Rcode.FormErr).Standalone);
        Assert.Equal((ushort?)Rcode.FormErr, Assert.Single(fixture.Published).Rcode);
    }

    [Fact]
    public void Both_ends_of_an_exchange_on_one_node_are_two_transactions()
    {
        foreach (var role in new[] { Role.Client, Role.Server })
        {
            fixture.Role = role;
            fixture.Query(7, "example.org");
        }

        foreach (var role in new[] { Role.Server, Role.Client })
        {
            fixture.Role = role;
            fixture.TimeNs += 1000;
            Assert.False(fixture.Respond(7, "example.org").Standalone);
        }

        Assert.Equal([(Role.Server, 1000L), (Role.Client, 2000L)], fixture.Published.Select(t => (t.Role, t.LatencyNs!.Value)));
    }

    [Fact]
    public void Questions_in_flight_under_one_port_and_id_are_answered_each_by_its_own_response()
    {
        fixture.Query(7, "a.example");
        fixture.Query(7, "b.example");
        fixture.Respond(7, "b.example");
        fixture.Respond(7, "a.example");
        Assert.Equal(["b.example", "a.example"], fixture.Published.Select(t => t.Name));
        Assert.Equal(1, fixture.Table.Counters.IdReuses);
    }

    [Fact]
    public void Id_reused_without_end_lets_the_oldest_question_go()
    {
        for (var i = 0; i < 20; i++)
        {
            fixture.Query(7, $"{i}.example");
        }

        Assert.Equal(8, fixture.Table.Counters.Open);
        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"{i}.example"), fixture.Published.Select(t => t.Name));
        Assert.All(fixture.Published, t => Assert.True(t.NotFollowed && !t.Unanswered));
    }

    [Fact]
    public void Same_port_and_id_after_an_answer_is_a_new_exchange()
    {
        for (var i = 0; i < 3; i++)
        {
            fixture.Query(7, "example.org");
            fixture.TimeNs += 10;
            fixture.Respond(7, "example.org");
        }

        Assert.All(fixture.Published, t => Assert.Equal((10L, 0), (t.LatencyNs!.Value, t.Retries)));
        Assert.Equal(3, fixture.Published.Count);
    }

    [Fact]
    public void Many_questions_in_flight_are_joined_in_any_order()
    {
        for (var i = 0; i < 5000; i++)
        {
            fixture.Query((ushort)i, $"{i}.example");
        }

        for (var i = 4999; i >= 0; i--)
        {
            Assert.False(fixture.Respond((ushort)i, $"{i}.EXAMPLE").Standalone);
        }

        Assert.Equal(5000, fixture.Published.Count);
        Assert.Equal(0, fixture.Table.Counters.Open);
    }

    [Fact]
    public void Transfer_of_several_messages_is_one_transaction_and_no_duplicates()
    {
        fixture.Transport = Transport.Tcp;
        fixture.Query(7, "zone.example", RecordType.AXFR);
        for (byte i = 0; i < 5; i++)
        {
            fixture.TimeNs += 10 * Second; // longer than any limit in all
            fixture.TimeNs -= i == 0 ? 9 * Second : 0;
            Assert.False(fixture.Respond(7, i == 2 ? null : "zone.example", RecordType.AXFR, content: i).Standalone);
        }

        Assert.Equal(Second, Assert.Single(fixture.Published).LatencyNs);
        Assert.Equal((4, 0), (fixture.Table.Counters.TransferMessages, fixture.Table.Counters.Conflicting));
    }

    [Theory]
    [InlineData(5353, 5353, 192)]
    [InlineData(40000, 5353, 224)]
    [InlineData(40000, 53, 224)]
    public void Multicast_dns_is_never_joined(ushort clientPort, ushort serverPort, byte serverNet)
    {
        fixture.From = fixture.From with { Port = clientPort };
        fixture.To = new(IpAddress.FromOctets([serverNet, 0, 0, 251]), serverPort);
        Assert.Equal(StandaloneReason.Multicast, fixture.Query(0, "printer.local").StandaloneReason);
        Assert.Equal(StandaloneReason.Multicast, fixture.Respond(0, "printer.local").StandaloneReason);
        fixture.Table.Flush();
        Assert.Empty(fixture.Published);
    }

    [Fact]
    public void Unicast_response_to_a_multicast_question_is_not_unsolicited()
    {
        fixture.To = fixture.To with { Port = 5353 };
        Assert.Equal(StandaloneReason.Multicast, fixture.Respond(7, "printer.local").StandaloneReason);
        Assert.Equal(0, fixture.Table.Counters.Unsolicited);
    }

    [Theory]
    [InlineData(Transport.Udp)]
    [InlineData(Transport.Tcp)]
    public void Resolver_that_listens_on_the_multicast_port_is_joined(Transport transport)
    {
        fixture.Transport = transport;
        fixture.To = fixture.To with { Port = 5353 };
        fixture.Query(7, "example.org");
        Assert.False(fixture.Respond(7, "example.org").Standalone);
        Assert.Single(fixture.Published);
    }

    [Fact]
    public void Message_without_header_or_question_stands_alone_as_malformed()
    {
        for (var length = 0; length < 12; length++)
        {
            Assert.Equal(StandaloneReason.Malformed, fixture.Put(new byte[length], "example.org", A).StandaloneReason);
        }

        Assert.Equal(StandaloneReason.Malformed, fixture.Query(7, null).StandaloneReason);
        Assert.Equal(StandaloneReason.Malformed, fixture.Put([0, 7, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0], null, A).StandaloneReason);
    }

    [Fact]
    public void Flush_publishes_what_is_open_as_not_followed()
    {
        fixture.Query(1, "a.example");
        fixture.TimeNs += 2 * Second;
        fixture.Query(2, "b.example");
        fixture.Table.Flush();
        Assert.Equal([(true, false), (true, false)], fixture.Published.Select(t => (t.NotFollowed, t.Unanswered)));
        Assert.Equal((0, 2), (fixture.Table.Counters.Open, fixture.Table.Counters.Flushed));
    }
}
