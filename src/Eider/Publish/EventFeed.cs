// Publish: hands each event to the history and to everyone who reads along.

using Eider.Core;
using Eider.Core.Filters;

namespace Eider.Publish;

/// <summary>The last stage of the road. <see cref="Publish"/> is called from the pipeline's thread; the rest from any.</summary>
public sealed class EventFeed : IEventSink
{
    private readonly Lock _gate = new();
    private readonly List<EventSubscription> _subscriptions = [];
    private long _missedByFormer;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isComplete;

    /// <summary>Completes when there will be no more events.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Views that read along now.</summary>
    public int Subscribers
    {
        get
        {
            lock (_gate)
            {
                return _subscriptions.Count;
            }
        }
    }

    /// <summary>Events that readers were too slow for, since the start.</summary>
    public long Missed
    {
        get
        {
            lock (_gate)
            {
                return _missedByFormer + _subscriptions.Sum(static subscription => subscription.Missed);
            }
        }
    }

    public void Publish(Event published)
    {
        lock (_gate)
        {
            foreach (var subscription in _subscriptions)
            {
                subscription.Offer(published);
            }
        }
    }

    public EventSubscription Subscribe(EventView view)
    {
        var subscription = new EventSubscription(this, view);
        lock (_gate)
        {
            _subscriptions.Add(subscription);
            if (_isComplete)
            {
                subscription.Complete();
            }
        }

        return subscription;
    }

    /// <summary>There will be no more events: readers get what waits, and then the end.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            _completion.TrySetResult();
            foreach (var subscription in _subscriptions)
            {
                subscription.Complete();
            }
        }
    }

    internal void Remove(EventSubscription subscription)
    {
        lock (_gate)
        {
            if (_subscriptions.Remove(subscription))
            {
                _missedByFormer += subscription.Missed;
            }
        }
    }
}
