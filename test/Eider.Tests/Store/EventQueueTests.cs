// The queue before the disk: first in, first out, and bounded both ways.

using Eider.Core;
using Eider.Core.Store;
using Xunit;

namespace Eider.Tests.Store;

public sealed class EventQueueTests
{
    [Fact]
    public void Events_leave_in_the_order_they_came_across_the_ring_s_end()
    {
        var queue = new EventQueue(3, 1_000);
        var left = new List<Event>();
        for (var number = 0; number < 10; number++)
        {
            Assert.Null(queue.Enqueue(HistoryFolder.Numbered(number), out _));
            if (number % 2 == 1)
            {
                queue.Drain(left, left.Count + 2, 1_000);
            }
        }

        Assert.Equal(Enumerable.Range(0, 10).Select(number => (long)number), left.Select(HistoryFolder.NumberOf));
    }

    [Fact]
    public void Full_queue_refuses_until_something_leaves()
    {
        var queue = new EventQueue(2, 1_000);
        queue.Enqueue(HistoryFolder.Numbered(1), out _);
        queue.Enqueue(HistoryFolder.Numbered(2), out _);
        Assert.Equal(HistoryDrop.QueueFull, queue.Enqueue(HistoryFolder.Numbered(3), out var waiting));
        Assert.Equal(2, waiting);

        queue.Drain([], 1, 1_000);
        Assert.Null(queue.Enqueue(HistoryFolder.Numbered(4), out _));
    }

    [Fact]
    public void Octets_are_bounded_too_but_one_event_always_fits()
    {
        var queue = new EventQueue(100, 100);
        Assert.Null(queue.Enqueue(HistoryFolder.Numbered(1, messageLength: 5_000), out _));
        Assert.Equal(HistoryDrop.QueueFull, queue.Enqueue(HistoryFolder.Numbered(2), out _));

        queue.Drain([], 100, 100);
        Assert.Null(queue.Enqueue(HistoryFolder.Numbered(3, messageLength: 100), out _));
        Assert.Equal(HistoryDrop.QueueFull, queue.Enqueue(HistoryFolder.Numbered(4, messageLength: 8), out _));
    }

    [Fact]
    public void Batch_ends_before_it_passes_its_octets_but_holds_one_event_at_least()
    {
        var queue = new EventQueue(100, 100_000);
        foreach (var length in (int[])[5_000, 60, 30, 20])
        {
            queue.Enqueue(HistoryFolder.Numbered(length, messageLength: length), out _);
        }

        List<long> Batch()
        {
            var batch = new List<Event>();
            queue.Drain(batch, 10, 100);
            return [.. batch.Select(HistoryFolder.NumberOf)];
        }

        Assert.Equal([5_000], Batch());
        Assert.Equal([60, 30], Batch());
        Assert.Equal([20], Batch());
        Assert.Empty(Batch());
    }

    [Fact]
    public void Closed_queue_refuses_but_gives_what_it_has()
    {
        var queue = new EventQueue(10, 1_000);
        queue.Enqueue(HistoryFolder.Numbered(1), out _);
        queue.Close();
        Assert.Equal(HistoryDrop.Closed, queue.Enqueue(HistoryFolder.Numbered(2), out _));

        var batch = new List<Event>();
        queue.Drain(batch, 10, 1_000);
        Assert.Single(batch);
    }
}
