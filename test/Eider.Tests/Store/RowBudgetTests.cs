// What a flood may cost: so many rows a second, and what is said once rather than what is said often.

using Eider.Core;
using Eider.Core.Store;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Eider.Tests.Store;

public sealed class RowBudgetTests
{
    private const int Rate = 100;

    private readonly FakeTimeProvider _time = new(HistoryFolder.Start);

    [Fact]
    public void Burst_of_twice_the_rate_is_kept_and_then_the_rate()
    {
        var budget = new RowBudget(Rate, _time);
        Assert.Equal(2 * Rate, Taken(budget, Distinct(1_000)));

        _time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(Rate / 2, Taken(budget, Distinct(1_000)));

        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(2 * Rate, Taken(budget, Distinct(1_000)));
    }

    [Fact]
    public void What_is_said_often_gives_way_to_what_is_said_once()
    {
        var budget = new RowBudget(Rate, _time);
        var often = HistoryFolder.Numbered(0);
        Assert.Equal(Rate + 2, Taken(budget, Enumerable.Repeat(often, 1_000))); // the burst's first half, then it is like one kept

        Assert.True(budget.TryTake(HistoryFolder.Numbered(1)));
        Assert.False(budget.TryTake(often));

        _time.Advance(TimeSpan.FromSeconds(0.02)); // room for two rows, within the second
        Assert.False(budget.TryTake(often));
    }

    [Fact]
    public void Another_end_of_the_same_question_is_not_like_it()
    {
        var budget = new RowBudget(Rate, _time);
        Taken(budget, Enumerable.Repeat(HistoryFolder.Numbered(0), 1_000));

        Assert.True(budget.TryTake(new DnsEvent
        {
            TimeNs = HistoryFolder.StartNs,
            EventKind = EventKind.Transaction,
            Role = Role.Client,
            Transport = Transport.Udp,
            Client = HistoryFolder.Numbered(0).Client,
            Server = HistoryFolder.Numbered(0).Server,
            Identity = HistoryFolder.Numbered(0).Identity,
            Name = HistoryFolder.Numbered(0).Name,
            QueryType = 1,
            Rcode = 2,
        }));
    }

    [Fact]
    public void Losses_are_kept_when_nothing_else_is()
    {
        var budget = new RowBudget(Rate, _time);
        Taken(budget, Distinct(1_000));

        Assert.True(budget.TryTake(new LossEvent { TimeNs = HistoryFolder.StartNs, Reason = "ring_full", Count = 7 }));
    }

    [Fact]
    public async Task Rows_beyond_the_rate_are_counted_and_told_in_the_history()
    {
        using var history = new HistoryFolder();
        using var store = history.Open(history.Options with { RowsPerSecond = Rate });
        foreach (var published in Distinct(1_000))
        {
            store.Publish(published);
        }

        await store.FlushAsync();
        Assert.Equal(1_000 - (2 * Rate), store.Statistics.Dropped["rate"]);
        Assert.Equal(2 * Rate, history.Read().OfType<DnsEvent>().Count());
        Assert.Equal(("history_rate", 1_000 - (2 * Rate)), history.Read().OfType<LossEvent>().Select(loss => (loss.Reason, loss.Count)).Single());
    }

    private static IEnumerable<DnsEvent> Distinct(int count) => Enumerable.Range(0, count).Select(number => HistoryFolder.Numbered(number));

    private static int Taken(RowBudget budget, IEnumerable<DnsEvent> events) => events.Count(budget.TryTake);
}
