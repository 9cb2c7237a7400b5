// Events on their way to the disk: bounded in number and in octets, since one DNS message may have 64 KiB.

namespace Eider.Core.Store;

/// <summary>A bounded first-in-first-out queue. Thread-safe; no call waits for the disk.</summary>
internal sealed class EventQueue(int maxRows, long maxBytes)
{
    private readonly Lock _gate = new();
    private readonly Event?[] _ring = new Event?[maxRows];
    private int _head;
    private int _count;
    private long _bytes;
    private bool _closed;

    public int Capacity => maxRows;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    /// <param name="count">Events waiting, this one included.</param>
    /// <returns>Null when taken, else why not.</returns>
    public HistoryDrop? Enqueue(Event published, out int count)
    {
        var bytes = Bytes(published);
        lock (_gate)
        {
            count = _count;
            if (_closed)
            {
                return HistoryDrop.Closed;
            }

            // The first event is always taken, however large: else it could never be.
            if (_count == maxRows || (_count > 0 && _bytes + bytes > maxBytes))
            {
                return HistoryDrop.QueueFull;
            }

            _ring[(_head + _count) % maxRows] = published;
            _bytes += bytes;
            count = ++_count;
            return null;
        }
    }

    /// <summary>Moves events to <paramref name="batch"/>, at least one when any waits, until it would pass either bound.</summary>
    public void Drain(List<Event> batch, int maxBatchRows, long maxBatchBytes)
    {
        lock (_gate)
        {
            var taken = 0L;
            while (_count > 0 && batch.Count < maxBatchRows)
            {
                var bytes = Bytes(_ring[_head]!);
                if (batch.Count > 0 && taken + bytes > maxBatchBytes)
                {
                    return;
                }

                batch.Add(_ring[_head]!);
                _ring[_head] = null;
                _head = (_head + 1) % maxRows;
                _count--;
                taken += bytes;
                _bytes -= bytes;
            }
        }
    }

    /// <summary>Refuses events from now on.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
        }
    }

    private static int Bytes(Event published) => published switch
    {
        DnsEvent dns => dns.Message.Length,
        Alert alert => alert.About.Message.Length,
        _ => 0,
    };
}
