using Eider.Core;
using Eider.Core.Transactions;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using static Eider.Tests.Transactions.TransactionFixture;

namespace Eider.Tests.Transactions;

public sealed class TransactionTableLimitsTests
{
    [Fact]
    public void Full_table_lets_the_oldest_go_and_publishes_it_as_not_followed()
    {
        var fixture = new TransactionFixture(new() { OpenLimit = 100 });
        for (ushort i = 0; i < 250; i++)
        {
            fixture.Query(i, $"{i}.example");
        }

        Assert.Equal((100, 150), (fixture.Table.Counters.Open, fixture.Table.Counters.Shed));
        Assert.Equal(Enumerable.Range(0, 150).Select(i => $"{i}.example"), fixture.Published.Select(t => t.Name));
        Assert.All(fixture.Published, t => Assert.True(t.NotFollowed));
    }

    [Fact]
    public void Long_messages_and_names_are_bounded_by_their_octets_and_what_is_only_remembered_goes_first()
    {
        var fixture = new TransactionFixture(new() { MemoryLimit = 10_000 });
        var name = new string('a', 500);
        for (ushort i = 0; i < 5; i++)
        {
            fixture.Query(i, name);
            fixture.Respond(i, name);
        }

        var query = new byte[1000];
        query[5] = 1;
        for (ushort i = 0; i < 9; i++)
        {
            query[1] = (byte)(100 + i);
            fixture.Put([.. query], name, A);
            Assert.Equal(Math.Max(0, i - 4), fixture.Table.Counters.Shed);
        }

        Assert.Equal(5, fixture.Table.Counters.Open);
        fixture.Table.Flush();
        for (ushort i = 0; i < 10; i++)
        {
            fixture.Query(i, "short.example");
        }

        Assert.Equal(4, fixture.Table.Counters.Shed);
    }

    [Fact]
    public void Ended_exchanges_are_remembered_up_to_their_limit()
    {
        var fixture = new TransactionFixture(new() { RememberedLimit = 10 });
        for (ushort i = 0; i < 30; i++)
        {
            fixture.Query(i, "example.org");
            fixture.Respond(i, "example.org");
        }

        Assert.Equal(StandaloneReason.Unsolicited, fixture.Respond(19, "example.org").StandaloneReason);
        Assert.Equal(StandaloneReason.Duplicate, fixture.Respond(20, "example.org").StandaloneReason);
    }

    [Fact]
    public void Clock_set_back_gives_no_latency_and_limits_go_on()
    {
        var fixture = new TransactionFixture();
        fixture.Query(1, "a.example");
        fixture.Query(2, "b.example");
        fixture.TimeNs -= 3600 * Second;
        fixture.Respond(1, "a.example");
        Assert.Null(Assert.Single(fixture.Published).LatencyNs);

        fixture.Table.Advance(fixture.TimeNs + (5 * Second));
        Assert.True(fixture.Published[1].Unanswered);
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(0)]
    public void Absurd_times_are_harmless(long timeNs)
    {
        var fixture = new TransactionFixture();
        fixture.Query(1, "a.example");
        fixture.TimeNs = timeNs;
        fixture.Query(2, "b.example");
        fixture.Respond(2, "b.example");
        fixture.TimeNs = 1_000 * Second;
        fixture.Query(3, "c.example");
        fixture.Respond(3, "c.example");
        fixture.Table.Flush();
        Assert.Equal(["a.example", "b.example", "c.example"], fixture.Published.Select(t => t.Name).Order());
    }

    /// <summary>Whatever comes, each query is spoken for by exactly one transaction, and the table ends empty.</summary>
    [Fact]
    public void Any_sequence_of_messages_leaves_every_query_with_one_transaction()
    {
        var step = Gen.Choose(0, int.MaxValue);
        Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(step.ArrayOf().ToArbitrary(), Run));
    }

    private static void Run(int[] steps)
    {
        var fixture = new TransactionFixture(new() { OpenLimit = 6, RememberedLimit = 4, QuestionsPerKeyLimit = 2 });
        int queries = 0, joined = 0;
        foreach (var step in steps)
        {
            fixture.TimeNs += ((step >> 3) % 40 - 4) * (Second / 10);
            fixture.Transport = (Transport)((step >> 9) & 1);
            fixture.From = fixture.From with { Port = (ushort)((step >> 10) & 1) };
            var id = (ushort)((step >> 11) & 3);
            var name = $"{(step >> 13) & 3}.example";
            switch (step & 7)
            {
                case < 4:
                    fixture.Query(id, name);
                    queries++;
                    break;
                case < 7:
                    joined += fixture.Respond(id, name, content: (byte)((step >> 15) & 1)).Standalone ? 0 : 1;
                    break;
                default:
                    fixture.Table.EndConnection(new(0, Role.Client, Transport.Tcp, fixture.From, Server, 0), fixture.TimeNs);
                    break;
            }
        }

        fixture.Table.Flush();
        var counters = fixture.Table.Counters;
        var samePort = fixture.Published.Count(t => t.EventKind == EventKind.Transaction);
        Assert.Equal(samePort, counters.Answered + counters.Unanswered + counters.Shed + counters.Flushed);
        Assert.Equal(joined, counters.Answered);
        Assert.InRange(queries - samePort, 0, counters.Retries);
        Assert.Equal(0, counters.Open);
    }
}
