// Rows written and events dropped, by reason, and which drops the history itself does not tell of yet.

namespace Eider.Core.Store;

/// <summary>Counts from any thread; losses are taken by the writer's thread only.</summary>
internal sealed class HistoryCounters
{
    private readonly long[] _dropped = new long[HistoryDrops.Names.Length];
    private readonly long[] _recorded = new long[HistoryDrops.Names.Length];
    private readonly long[] _beingRecorded = new long[HistoryDrops.Names.Length];
    private long _written;

    public long Written => Interlocked.Read(ref _written);

    public IReadOnlyDictionary<string, long> Dropped
    {
        get
        {
            var dropped = new Dictionary<string, long>();
            for (var reason = 0; reason < _dropped.Length; reason++)
            {
                dropped[HistoryDrops.Names[reason]] = Interlocked.Read(ref _dropped[reason]);
            }

            return dropped;
        }
    }

    public void CountWritten(int rows) => Interlocked.Add(ref _written, rows);

    public void CountDropped(HistoryDrop reason, int events) => Interlocked.Add(ref _dropped[(int)reason], events);

    /// <summary>Adds an event for every reason with drops since <see cref="LossesRecorded"/>, so that a gap in the history is seen in it.</summary>
    public void AppendLosses(List<Event> batch, long nowNs)
    {
        for (var reason = 0; reason < _dropped.Length; reason++)
        {
            _beingRecorded[reason] = Interlocked.Read(ref _dropped[reason]);
            if (_beingRecorded[reason] > _recorded[reason])
            {
                batch.Add(new LossEvent
                {
                    TimeNs = nowNs,
                    Reason = $"history_{HistoryDrops.Names[reason]}",
                    Count = _beingRecorded[reason] - _recorded[reason],
                });
            }
        }
    }

    /// <summary>What the last <see cref="AppendLosses"/> added has been committed.</summary>
    public void LossesRecorded() => _beingRecorded.CopyTo(_recorded, 0);
}
