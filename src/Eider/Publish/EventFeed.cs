// Publish: hands each event to the history and to everyone who reads along.

using Eider.Core;
using Eider.Core.Filters;

namespace Eider.Publish;

/// <summary>The last stage of the road. <see cref="Publish"/> is called from the pipeline's thread; the rest from any.</summary>
public sealed class EventFeed : IEventSink
{
    private readonly Lock _gate = new();
    private volatile EventSubscription[] _subscriptions = []; // never changed, only replaced: publishing takes no lock
    private long _missedByFormer;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isComplete;

    /// <summary>Completes when there will be no more events.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Views that read along now.</summary>
    public int Subscribers => _subscriptions.Length;

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

    public EventInterest Interest { get; } = new(messages: false, exchanges: false);

    public void Publish(Event published)
    {
        foreach (var subscription in _subscriptions)
        {
            subscription.Offer(published);
        }
    }

    public EventSubscription Subscribe(EventView view)
    {
        var subscription = new EventSubscription(this, view);
        lock (_gate)
        {
            _subscriptions = [.. _subscriptions, subscription];
            Want();
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
            if (_subscriptions.Contains(subscription))
            {
                _subscriptions = [.. _subscriptions.Where(other => other != subscription)];
                _missedByFormer += subscription.Missed;
                Want();
            }
        }
    }

    /// <summary>Called with the gate held.</summary>
    private void Want()
    {
        var kinds = _subscriptions.Aggregate(EventKinds.None, static (kinds, subscription) => kinds | subscription.Kinds);
        Interest.Messages = (kinds & (EventKinds.Query | EventKinds.Response)) != 0;
        Interest.Exchanges = (kinds & EventKinds.Transaction) != 0;
    }
}
