using Eider.Core;
using Eider.Core.Transactions;
using Xunit;
using static Eider.Tests.Transactions.TransactionFixture;

namespace Eider.Tests.Transactions;

public sealed class TransactionTableRetryTests
{
    private readonly TransactionFixture fixture = new();

    [Fact]
    public void Same_query_from_the_same_port_is_a_retry_and_latency_counts_from_the_first()
    {
        fixture.Query(7, "example.org");
        fixture.TimeNs += 3 * Second;
        Assert.False(fixture.Query(7, "eXample.org").Standalone);
        fixture.TimeNs += 3 * Second;
        fixture.Respond(7, "example.org");

        var transaction = Assert.Single(fixture.Published);
        Assert.Equal((1, 6 * Second), (transaction.Retries, transaction.LatencyNs));
        Assert.Equal(1, fixture.Table.Counters.Retries);
    }

    [Fact]
    public void Time_limit_runs_from_the_last_send()
    {
        fixture.Query(7, "example.org");
        fixture.TimeNs += 4 * Second;
        fixture.Query(7, "example.org");
        fixture.Table.Advance(fixture.TimeNs + (4 * Second));
        Assert.Empty(fixture.Published);
        fixture.Table.Advance(fixture.TimeNs + (5 * Second));
        Assert.Equal((true, 1), (fixture.Published[0].Unanswered, fixture.Published[0].Retries));
    }

    [Theory]
    [InlineData(2)] // while the first is open
    [InlineData(5)] // as dig does, just when the first is given up
    [InlineData(9)]
    public void Resend_from_another_port_to_another_server_counts_the_earlier_sends(int afterSeconds)
    {
        fixture.Query(1, "example.org");
        for (ushort attempt = 2; attempt <= 3; attempt++)
        {
            fixture.TimeNs += afterSeconds * Second;
            fixture.From = fixture.From with { Port = (ushort)(40000 + attempt) };
            fixture.To = fixture.To with { Address = IpAddress.FromOctets([192, 0, 2, (byte)attempt]) };
            fixture.Query(attempt, "example.org");
        }

        fixture.Respond(3, "example.org");
        fixture.Table.Advance(fixture.TimeNs + (10 * Second));
        Assert.Equal([0, 1, 2], fixture.Published.OrderBy(t => t.TimeNs).Select(t => t.Retries));
        Assert.Equal([true, true, false], fixture.Published.OrderBy(t => t.TimeNs).Select(t => t.Unanswered));
    }

    [Fact]
    public void Answer_to_an_earlier_send_leaves_the_later_one_waiting()
    {
        for (ushort send = 1; send <= 2; send++)
        {
            fixture.From = fixture.From with { Port = send };
            fixture.Query(send, "example.org");
            fixture.TimeNs += 2 * Second;
        }

        fixture.Table.Advance(fixture.TimeNs);
        fixture.From = fixture.From with { Port = 1 };
        fixture.Respond(1, "example.org");
        fixture.From = fixture.From with { Port = 3 };
        fixture.Query(3, "example.org");
        fixture.Respond(3, "example.org");
        Assert.Equal([0, 2], fixture.Published.Select(t => t.Retries));
    }

    [Fact]
    public void Same_question_asked_of_two_servers_at_once_is_no_retry()
    {
        fixture.Query(1, "example.org");
        fixture.TimeNs += 1000;
        fixture.To = fixture.To with { Address = IpAddress.FromOctets([192, 0, 2, 54]) };
        fixture.Query(1, "example.org");
        Assert.Equal((2, 0), (fixture.Table.Counters.Open, fixture.Table.Counters.Retries));
    }

    [Fact]
    public void Same_question_by_another_process_or_after_an_answer_is_no_retry()
    {
        fixture.Query(1, "example.org");
        fixture.TimeNs += 2 * Second;
        fixture.Respond(1, "example.org");
        fixture.From = fixture.From with { Port = 40001 };
        fixture.Query(2, "example.org");
        fixture.TimeNs += 2 * Second;
        fixture.Pid = 43;
        fixture.From = fixture.From with { Port = 40002 };
        fixture.Query(3, "example.org");
        Assert.Equal(0, fixture.Table.Counters.Retries);
    }

    [Theory]
    [InlineData(7, 1)]
    [InlineData(8, 0)]
    public void Without_a_process_only_the_same_id_from_the_same_address_tells_a_resend(ushort secondId, int retries)
    {
        fixture.Pid = 0;
        fixture.Query(7, "example.org");
        fixture.TimeNs += 2 * Second;
        fixture.From = fixture.From with { Port = 40001 };
        fixture.Query(secondId, "example.org");
        Assert.Equal(retries, fixture.Table.Counters.Retries);
    }

    [Fact]
    public void End_of_a_connection_makes_its_open_queries_unanswered_after_what_was_on_its_way()
    {
        fixture.Transport = Transport.Tcp;
        fixture.Query(1, "a.example");
        fixture.Query(2, "b.example");
        fixture.Query(3, "c.example");
        fixture.Respond(1, "a.example");
        fixture.Table.EndConnection(new(0, Role.Client, Transport.Tcp, Client, Server, 0), fixture.TimeNs);
        fixture.TimeNs += 1000;
        Assert.False(fixture.Respond(3, "c.example").Standalone);
        Assert.Equal(2, fixture.Published.Count);

        fixture.Table.Advance(fixture.TimeNs + Second);
        Assert.Equal(("b.example", true), (fixture.Published[2].Name, fixture.Published[2].Unanswered));
        Assert.Equal(0, fixture.Table.Counters.Open);
    }

    [Fact]
    public void End_of_a_connection_leaves_other_connections_alone_and_the_next_try_is_a_retry()
    {
        fixture.Transport = Transport.Tcp;
        fixture.Query(1, "a.example");
        fixture.From = fixture.From with { Port = 40001 };
        fixture.Query(1, "b.example");
        fixture.Table.EndConnection(new(0, Role.Client, Transport.Tcp, Client, Server, 0), fixture.TimeNs);
        fixture.Table.Advance(fixture.TimeNs + (2 * Second));
        Assert.Equal("a.example", Assert.Single(fixture.Published).Name);

        fixture.From = fixture.From with { Port = 40002 };
        fixture.Query(9, "a.example");
        Assert.Equal(1, fixture.Table.Counters.Retries);
    }
}
