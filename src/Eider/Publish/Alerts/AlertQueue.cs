// Alerts on their way to one receiver: bounded, the worst first, so that a flood of small ones never stands before a great one.

using Eider.Core;

namespace Eider.Publish.Alerts;

/// <summary>One alert that waits, and how often its receiver has answered and not taken it.</summary>
internal sealed class WaitingAlert(Alert alert)
{
    public Alert Alert { get; set; } = alert;

    public int Failures { get; set; }
}

/// <summary>Thread-safe. When it is full, the newest of the least severe make room for what is worse, and everything else is refused. The next telling of a finding that waits
/// takes the place of the one before, whose count it includes.</summary>
internal sealed class AlertQueue : IDisposable
{
    public const int Capacity = 1024;

    /// <summary>Octets of DNS messages.</summary>
    public const int MaxOctets = 4 << 20;

    private readonly Lock _gate = new();
    private readonly LinkedList<WaitingAlert>[] _bySeverity = [new(), new(), new(), new()];
    private readonly SemaphoreSlim _available = new(0, 1);
    private int _octets;
    private bool _isClosed;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return Waiting;
            }
        }
    }

    private int Waiting => _bySeverity[0].Count + _bySeverity[1].Count + _bySeverity[2].Count + _bySeverity[3].Count;

    /// <returns>Alerts that were dropped for it: 0; 1 for itself; or those that made room.</returns>
    public int Add(Alert alert)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return 1;
            }

            var list = _bySeverity[(int)alert.Severity];
            foreach (var waiting in list)
            {
                if (waiting.Alert.Id == alert.Id)
                {
                    _octets += Octets(alert) - Octets(waiting.Alert);
                    waiting.Alert = alert;
                    return 0;
                }
            }

            var dropped = 0;
            while (Waiting >= Capacity || (_octets + Octets(alert) > MaxOctets && Waiting > 0))
            {
                if (Array.Find(_bySeverity, static lesser => lesser.Count > 0) is not { } least || least.Last!.Value.Alert.Severity >= alert.Severity)
                {
                    return dropped + 1;
                }

                _octets -= Octets(least.Last.Value.Alert);
                least.RemoveLast();
                dropped++;
            }

            list.AddLast(new WaitingAlert(alert));
            _octets += Octets(alert);
            Wake();
            return dropped;
        }
    }

    /// <summary>Waits for an alert and takes the worst, of these the oldest; null when it is closed and empty.</summary>
    public async ValueTask<WaitingAlert?> TakeAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await _available.WaitAsync(cancellation);
            lock (_gate)
            {
                var worst = Array.FindLast(_bySeverity, static list => list.Count > 0);
                if (worst is not null)
                {
                    var taken = worst.First!.Value;
                    worst.RemoveFirst();
                    _octets -= Octets(taken.Alert);
                    if (Waiting > 0 || _isClosed)
                    {
                        Wake();
                    }

                    return taken;
                }

                if (_isClosed)
                {
                    Wake();
                    return null;
                }
            }
        }
    }

    /// <summary>Puts one that was not sent back to its place: a later telling of it that has come meanwhile stays instead. It has a place though the queue may be full.</summary>
    public void Return(WaitingAlert alert)
    {
        lock (_gate)
        {
            var list = _bySeverity[(int)alert.Alert.Severity];
            foreach (var waiting in list)
            {
                if (waiting.Alert.Id == alert.Alert.Id)
                {
                    waiting.Failures = alert.Failures;
                    return;
                }
            }

            list.AddFirst(alert);
            _octets += Octets(alert.Alert);
            Wake();
        }
    }

    /// <summary>Takes no more; what waits can still be taken.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Wake();
        }
    }

    /// <summary>To be called once it is closed and nobody waits for it.</summary>
    public void Dispose() => _available.Dispose();

    private static int Octets(Alert alert) => alert.About.Message.Length;

    private void Wake()
    {
        if (_available.CurrentCount == 0)
        {
            _available.Release();
        }
    }
}
