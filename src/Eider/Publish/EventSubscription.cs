// Publish: one reader's place in the stream of events, bounded, with every miss told to the reader in its turn.

using Eider.Core;
using Eider.Core.Filters;

namespace Eider.Publish;

/// <summary>Events that one view wants, waiting to be read. A reader that falls behind misses events, and gets a <see cref="LossEvent"/> with their number
/// where they would have been. The publisher never waits. One reader; disposing ends the subscription.</summary>
public sealed class EventSubscription : IDisposable
{
    /// <summary>The reason in losses and in <c>eider status</c>.</summary>
    public const string LossReason = "reader_slow";

    /// <summary>Most events that wait for a reader.</summary>
    public const int MaxEvents = 8192;

    /// <summary>Most octets of DNS messages that wait for a reader.</summary>
    public const int MaxOctets = 4 << 20;

    private readonly EventFeed _feed;
    private readonly EventView _view;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _available = new(0, 1);
    private List<Event> _waiting = [];
    private int _waitingOctets;
    private long _missed;
    private long _missedSinceNs;
    private bool _isComplete;

    internal EventSubscription(EventFeed feed, EventView view) => (_feed, _view) = (feed, view);

    /// <summary>That its view shows.</summary>
    internal EventKinds Kinds => _view.Kinds;

    /// <summary>Events this reader has missed since it subscribed.</summary>
    public long Missed { get; private set; }

    /// <summary>Waits for events and takes all that wait, in order. Empty when there will be no more.</summary>
    /// <exception cref="OperationCanceledException"/>
    public async ValueTask<IReadOnlyList<Event>> ReadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await _available.WaitAsync(cancellation);
            if (Take() is { } batch)
            {
                return batch;
            }
        }
    }

    /// <summary>Takes all that wait now, in order; none when none do.</summary>
    public IReadOnlyList<Event> TakeWaiting() => Take() ?? [];

    public void Dispose() => _feed.Remove(this);

    /// <summary>Called by the publisher only.</summary>
    internal void Offer(Event published)
    {
        if (!_view.Shows(published))
        {
            return;
        }

        lock (_gate)
        {
            var octets = published switch { DnsEvent dns => dns.Message.Length, Alert alert => alert.About.Message.Length, _ => 0 };

            // Once something is missed, everything is until the reader comes: the loss has one place in the order.
            if (_missed > 0 || _waiting.Count >= MaxEvents || _waitingOctets + octets > MaxOctets)
            {
                _missedSinceNs = _missed == 0 ? published.TimeNs : _missedSinceNs;
                _missed++;
                Missed++;
                return;
            }

            _waiting.Add(published);
            _waitingOctets += octets;
            WakeReader();
        }
    }

    internal void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            WakeReader();
        }
    }

    private void WakeReader()
    {
        if (_available.CurrentCount == 0)
        {
            _available.Release();
        }
    }

    private List<Event>? Take()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0 && !_isComplete)
            {
                return null;
            }

            var taken = _waiting;
            (_waiting, _waitingOctets) = ([], 0);
            if (_missed > 0)
            {
                taken.Add(new LossEvent { TimeNs = _missedSinceNs, Reason = LossReason, Count = _missed });
                _missed = 0;
            }

            if (_isComplete)
            {
                WakeReader();
            }

            return taken;
        }
    }
}
