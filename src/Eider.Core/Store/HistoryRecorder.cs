// Writes batches to the history file and lives with its failures: what is dropped and why, when to try again, what to tell people.

namespace Eider.Core.Store;

/// <summary>For the writer's thread, except <see cref="Trouble"/> and <see cref="OldestNs"/>. No call throws for what a disk or a file can do.</summary>
internal sealed class HistoryRecorder(HistoryOptions options, TimeProvider time, Action<string> log, HistoryCounters counters)
{
    private const long NearlyNothing = 1 << 20;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);

    private HistoryWriter? _writer;
    private HistoryDrop? _reason;
    private long _failedAt;
    private TimeSpan _retryAfter = TimeSpan.Zero;
    private long _dropped;
    private volatile string? _trouble;
    private long _oldestNs = long.MinValue;

    /// <summary>Why events are not being recorded; null while they are.</summary>
    public string? Trouble => _trouble;

    public long? OldestNs => Interlocked.Read(ref _oldestNs) is var oldest && oldest == long.MinValue ? null : oldest;

    private long NowNs => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>Commits the batch, or drops and counts all of it.</summary>
    public void Write(List<Event> batch)
    {
        var events = batch.Count;
        if (TryWrite(batch) is { } reason)
        {
            counters.CountDropped(reason, events);
            _dropped += events;
        }
    }

    /// <summary>Opens the file where it is not open and its time has come, and takes up to <paramref name="maxSteps"/> steps of retention.</summary>
    public void Maintain(int maxSteps)
    {
        if (TryOpen() is not null)
        {
            return;
        }

        try
        {
            if (!File.Exists(options.Path))
            {
                log($"history: {options.Path} was removed; a new history begins");
                Close();
                return;
            }

            for (var step = 0; step < maxSteps && _writer!.Maintain(NowNs); step++)
            {
            }

            Interlocked.Exchange(ref _oldestNs, _writer!.OldestNs ?? long.MinValue);
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }

    public void Close()
    {
        var writer = _writer;
        _writer = null;
        Interlocked.Exchange(ref _oldestNs, long.MinValue);
        writer?.Dispose();
    }

    /// <returns>Null when the batch was committed, else why it was dropped.</returns>
    private HistoryDrop? TryWrite(List<Event> batch)
    {
        if (TryOpen() is { } closed)
        {
            return closed;
        }

        try
        {
            var bytes = Estimate(batch);
            while (!_writer!.HasRoom(bytes))
            {
                if (!_writer.Maintain(NowNs))
                {
                    return Enter(HistoryDrop.SizeLimit, "");
                }
            }

            counters.AppendLosses(batch, NowNs);
            var written = _writer.Write(batch);
            counters.LossesRecorded();
            counters.CountWritten(written);
            counters.CountDropped(HistoryDrop.Rejected, batch.Count - written);
            Recovered();
            return null;
        }
        catch (Exception failure)
        {
            return Fail(failure);
        }
    }

    /// <returns>Null when the file is open, else why not.</returns>
    private HistoryDrop? TryOpen()
    {
        if (_writer is not null)
        {
            return null;
        }

        if (_reason is { } reason && time.GetElapsedTime(_failedAt) < _retryAfter)
        {
            return reason;
        }

        try
        {
            _writer = HistoryWriter.Open(options, time.GetUtcNow(), log);
            return null;
        }
        catch (Exception failure)
        {
            return Fail(failure);
        }
    }

    /// <summary>Closes the file and sets the time of the next try; damage is set aside so that the next try begins a new file.</summary>
    private HistoryDrop Fail(Exception failure)
    {
        var reason = HistoryDrops.Reason(failure);
        if (reason == HistoryDrop.IoError && FreeBytes() < NearlyNothing)
        {
            // Where SQLite cannot extend its shared-memory file it reports an I/O error, not a full disk.
            reason = HistoryDrop.DiskFull;
        }

        // A lock is waited for within SQLite; the file stays open.
        if (reason != HistoryDrop.Locked)
        {
            Close();
            _failedAt = time.GetTimestamp();
            _retryAfter = _retryAfter == TimeSpan.Zero ? FirstRetry : TimeSpan.FromTicks(Math.Min(2 * _retryAfter.Ticks, LongestRetry.Ticks));
        }

        return reason == HistoryDrop.Corrupt ? SetAside(failure.Message) : Enter(reason, failure.Message);
    }

    private HistoryDrop SetAside(string why)
    {
        try
        {
            HistoryFile.SetAside(options.Path, time.GetUtcNow(), why, log);
            _retryAfter = TimeSpan.Zero;
            _reason = HistoryDrop.Corrupt;
            return HistoryDrop.Corrupt;
        }
        catch (Exception kept)
        {
            return Enter(HistoryDrops.Reason(kept), kept.Message);
        }
    }

    private HistoryDrop Enter(HistoryDrop reason, string detail)
    {
        var described = HistoryDrops.Describe(reason, detail);
        if (_reason != reason)
        {
            log($"history: events are not being recorded to {options.Path}: {described}; they are counted as {HistoryDrops.Names[(int)reason]}");
        }

        _reason = reason;
        _trouble = described;
        return reason;
    }

    private void Recovered()
    {
        if (_reason is not null)
        {
            log($"history: recording to {options.Path} again; {_dropped} events were not recorded");
        }

        _reason = null;
        _trouble = null;
        _dropped = 0;
        _retryAfter = TimeSpan.Zero;
    }

    private long FreeBytes()
    {
        try
        {
            return new DriveInfo(Path.GetDirectoryName(options.Path)!).AvailableFreeSpace;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return long.MaxValue;
        }
    }

    /// <summary>Two copies, in the log and in the main file, of the messages and of a row's own fields.</summary>
    private static long Estimate(List<Event> batch)
    {
        var bytes = 0L;
        foreach (var published in batch)
        {
            bytes += published switch
            {
                DnsEvent dns => 200 + dns.Message.Length,
                Alert alert => 500 + alert.About.Message.Length + alert.Summary.Length + alert.Mute.Length + alert.Evidence.Sum(static fact => fact.Key.Length + fact.Value.Length),
                _ => 200,
            };
        }

        return 2 * bytes;
    }
}
