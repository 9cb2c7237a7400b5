using Eider.Core;
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
        var response = fixture.Respond(7, "example.ORG");

        var transaction = Assert.Single(fixture.Published);
        Assert.Equal(EventKind.Transaction, transaction.Kind);
        Assert.Equal((query.TimeNs, 1_500_000L, "Example.org"), (transaction.TimeNs, transaction.LatencyNs, transaction.Name));
        Assert.Equal(response.Message, transaction.Message);
        Assert.Equal(query.WireLength, transaction.QueryLength);
        Assert.Equal((ushort)0, transaction.Rcode);
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
    }
}
