using Eider.Core;
using Eider.Core.Filters;
using Eider.Publish;
using Eider.Tests.Filters;
using Xunit;

namespace Eider.Tests.Publish;

public sealed class EventFeedTests
{
    [Fact]
    public async Task Subscriber_gets_what_its_view_shows_in_order()
    {
        var feed = new EventFeed();
        using var all = feed.Subscribe(EventView.Default);
        using var slow = feed.Subscribe(EventView.Default with { Filter = EventFilter.Parse("unanswered=true") });
        Event[] published = [SampleEvents.Answered(), SampleEvents.Loss(), SampleEvents.Unanswered()];

        foreach (var one in published)
        {
            feed.Publish(one);
        }

        Assert.Equal(published, await all.ReadAsync(default));
        Assert.Equal(published[1..], await slow.ReadAsync(default));
    }

    [Fact]
    public async Task Slow_subscriber_misses_events_and_is_told_how_many_in_their_place()
    {
        var feed = new EventFeed();
        using var subscription = feed.Subscribe(EventView.Default);
        for (var at = 0; at < EventSubscription.MaxEvents + 5; at++)
        {
            feed.Publish(Numbered(at));
        }

        var batch = await subscription.ReadAsync(default);
        feed.Publish(Numbered(-1));

        Assert.Equal(EventSubscription.MaxEvents + 1, batch.Count);
        var loss = Assert.IsType<LossEvent>(batch[^1]);
        Assert.Equal((EventSubscription.LossReason, 5, EventSubscription.MaxEvents), (loss.Reason, loss.Count, loss.TimeNs));
        Assert.Equal(-1, Assert.Single(await subscription.ReadAsync(default)).TimeNs);
        Assert.Equal(5, feed.Missed);
    }

    [Fact]
    public async Task Waiting_octets_are_bounded_too()
    {
        var feed = new EventFeed();
        using var subscription = feed.Subscribe(EventView.Default);
        var large = 65_535;
        for (var at = 0; at < 2 * EventSubscription.MaxOctets / large; at++)
        {
            feed.Publish(Numbered(at, large));
        }

        var batch = await subscription.ReadAsync(default);

        Assert.InRange(batch.OfType<DnsEvent>().Sum(static dns => dns.Message.Length), 1, EventSubscription.MaxOctets);
        Assert.IsType<LossEvent>(batch[^1]);
    }

    [Fact]
    public async Task End_of_the_feed_comes_after_the_last_event()
    {
        var feed = new EventFeed();
        using var subscription = feed.Subscribe(EventView.Default);
        feed.Publish(Numbered(1));
        feed.Complete();
        using var late = feed.Subscribe(EventView.Default);

        Assert.Single(await subscription.ReadAsync(default));
        Assert.Empty(await subscription.ReadAsync(default));
        Assert.Empty(await subscription.ReadAsync(default));
        Assert.Empty(await late.ReadAsync(default));
        Assert.True(feed.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Reader_that_waits_is_woken()
    {
        var feed = new EventFeed();
        using var subscription = feed.Subscribe(EventView.Default);
        var reading = subscription.ReadAsync(default).AsTask();
        Assert.False(reading.IsCompleted);

        feed.Publish(Numbered(3));

        Assert.Equal(3, Assert.Single(await reading).TimeNs);
    }

    [Fact]
    public void What_a_former_subscriber_missed_stays_counted()
    {
        var feed = new EventFeed();
        using (feed.Subscribe(EventView.Default))
        {
            Assert.Equal(1, feed.Subscribers);
            for (var at = 0; at <= EventSubscription.MaxEvents; at++)
            {
                feed.Publish(Numbered(at));
            }
        }

        Assert.Equal((0, 1), (feed.Subscribers, feed.Missed));
    }

    private static DnsEvent Numbered(long number, int octets = 0) => new()
    {
        TimeNs = number, EventKind = EventKind.Transaction, Role = Role.Client, Transport = Transport.Udp, Client = default, Server = default, Message = new byte[octets],
    };
}
