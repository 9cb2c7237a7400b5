// Keeps the history within its age and its size, a small step at a time, so that writing goes on between the steps.

using Microsoft.Data.Sqlite;

namespace Eider.Core.Store;

/// <summary>Deletes what is too old or too much and gives freed pages back to the file system. For the writer's thread, outside its transactions.</summary>
internal sealed class Retention : IDisposable
{
    private const int RowsPerStep = 1_000;
    private const int VacuumPagesPerStep = 512;

    /// <summary>Free pages that are kept ready below the free-space floor, so that new rows need no new ones.</summary>
    private const int SparePages = 256;

    /// <summary>What the history may hold however full the file system is; smaller would be none.</summary>
    private const int LeastPages = 256;

    /// <summary>The part of the limit that belongs to alerts, whatever other events come: whoever sends questions by the million could else erase what was found.</summary>
    private const int AlertShare = 8;

    /// <summary>Octets that an alert is reckoned with: its message, its evidence, and what the tables add.</summary>
    private const int AlertOctets = 4096;

    private readonly SqliteConnection _connection;
    private readonly HistoryOptions _options;
    private readonly IdentityRows _identities;
    private readonly SqlStatement _pages;
    private readonly SqlStatement _freePages;
    private readonly SqlStatement _oldest;
    private readonly SqlStatement _deleteBefore;
    private readonly SqlStatement _deleteOldest;
    private readonly SqlStatement _oldestOrdinary;
    private readonly SqlStatement _alerts;
    private readonly SqlStatement _deleteAlerts;
    private readonly SqlStatement _responses;
    private readonly SqlStatement _deleteResponses;

    private long? _expiredBefore;

    /// <summary>Of the oldest event that is no alert, as far as is known: none older is looked for until there is none from here on.</summary>
    private long _ordinaryNs = long.MinValue;

    /// <summary>Octets of all files; fixed while the file is open, as the size of a file system is.</summary>
    private readonly long _limit;

    /// <summary>The part of the limit that the write-ahead log may take.</summary>
    private readonly long _logLimit;

    public Retention(SqliteConnection connection, HistoryOptions options, IdentityRows identities)
    {
        _connection = connection;
        _options = options;
        _identities = identities;
        _pages = new SqlStatement(connection, "PRAGMA page_count");
        _freePages = new SqlStatement(connection, "PRAGMA freelist_count");
        _oldest = new SqlStatement(connection, "SELECT min(time_ns) FROM event");
        _deleteBefore = new SqlStatement(connection, "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE time_ns < ?1 ORDER BY time_ns LIMIT ?2)");
        _deleteOldest = new SqlStatement(connection, "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE time_ns >= ?2 AND kind < 4 ORDER BY time_ns LIMIT ?1)");
        _oldestOrdinary = new SqlStatement(connection, "SELECT time_ns FROM event WHERE time_ns >= ?1 AND kind < 4 ORDER BY time_ns LIMIT 1");
        _alerts = new SqlStatement(connection, "SELECT count(*) FROM alert");
        _deleteAlerts = new SqlStatement(connection, "DELETE FROM event WHERE id IN (SELECT event_id FROM alert ORDER BY told_ns LIMIT ?1)");
        _responses = new SqlStatement(connection, "SELECT count(*) FROM event WHERE kind = 5");
        _deleteResponses = new SqlStatement(connection, "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE kind = 5 ORDER BY time_ns LIMIT ?1)");

        _limit = Math.Min(options.MaxBytes, (long)(FileSystem.TotalSize * options.MaxFileSystemShare));
        _logLimit = Math.Min(16L << 20, _limit / 4);

        // A quarter of the log's share between checkpoints; a log that grew for a reader's sake is cut back to its share.
        SqlStatement.Execute(connection, $"PRAGMA wal_autocheckpoint={_logLimit / 4 / HistorySchema.PageSize}; PRAGMA journal_size_limit={_logLimit}");
    }

    /// <summary>Of the oldest row; null when there is none.</summary>
    public long? OldestNs { get; private set; }

    private DriveInfo FileSystem => new(Path.GetDirectoryName(_options.Path)!);

    /// <summary>Pages of the main file: the limit less the log's part and half as much again for the index of the log and a transaction under way.</summary>
    private long PageLimit => (_limit - _logLimit - _logLimit / 2) / HistorySchema.PageSize;

    /// <summary>False when <paramref name="moreBytes"/> more would pass the limit even after a checkpoint: a reader holds the log, or deleting is behind.</summary>
    public bool HasRoom(long moreBytes)
    {
        if (HistoryFile.Bytes(_options.Path) + moreBytes <= _limit)
        {
            return true;
        }

        // Without waiting for readers: their time is not ours.
        SqlStatement.Execute(_connection, "PRAGMA busy_timeout=0; PRAGMA wal_checkpoint(TRUNCATE)");
        SqlStatement.Execute(_connection, HistoryFile.BusyTimeout);
        return HistoryFile.Bytes(_options.Path) + moreBytes <= _limit;
    }

    /// <summary>One step.</summary>
    /// <returns>True when there is more to do.</returns>
    public bool Step(long nowNs)
    {
        OldestNs = _oldest.RunInt64();

        // Deleting writes to the log too: while a reader keeps it from being reset, that would only make matters worse.
        if (HistoryFile.Length(_options.Path + "-wal") > 2 * _logLimit)
        {
            return false;
        }

        var deleted = DeleteRows(nowNs - (long)_options.MaxAge.TotalNanoseconds);
        var expired = ExpireIdentities(OldestOrdinary() ?? OldestNs);
        return Shrink() || deleted || expired;
    }

    public void Dispose()
    {
        _pages.Dispose();
        _freePages.Dispose();
        _oldest.Dispose();
        _deleteBefore.Dispose();
        _deleteOldest.Dispose();
        _oldestOrdinary.Dispose();
        _alerts.Dispose();
        _deleteAlerts.Dispose();
        _responses.Dispose();
        _deleteResponses.Dispose();
    }

    private bool DeleteRows(long cutoffNs)
    {
        if (OldestNs is null)
        {
            return false;
        }

        if (OldestNs < cutoffNs)
        {
            _deleteBefore.Bind(1, cutoffNs).Bind(2, RowsPerStep).Run();
        }
        else if (TooMany())
        {
            DeleteForRoom();
        }
        else
        {
            return false;
        }

        OldestNs = _oldest.RunInt64();
        return true;
    }

    /// <summary>Alerts and responses to them only where there are more than their part, or nothing else.</summary>
    private void DeleteForRoom()
    {
        var most = _limit / AlertShare / AlertOctets;
        var excess = (_alerts.RunInt64() ?? 0) - most;
        var responses = _responses.RunInt64() ?? 0;
        if (OldestOrdinary() is not { } oldest)
        {
            _deleteAlerts.Bind(1, RowsPerStep).Run();
            _deleteResponses.Bind(1, RowsPerStep).Run();
        }
        else if (responses > most)
        {
            _deleteResponses.Bind(1, Math.Min(responses - most, RowsPerStep)).Run();
        }
        else if (excess > 0)
        {
            _deleteAlerts.Bind(1, Math.Min(excess, RowsPerStep)).Run();
        }
        else
        {
            _deleteOldest.Bind(1, RowsPerStep).Bind(2, oldest).Run();
        }
    }

    /// <summary>Null when there are only alerts and responses.</summary>
    private long? OldestOrdinary()
    {
        var oldest = _oldestOrdinary.Bind(1, _ordinaryNs).RunInt64();
        if (oldest is null && _ordinaryNs > long.MinValue)
        {
            // From before, by a clock that was set back, or none.
            oldest = _oldestOrdinary.Bind(1, long.MinValue).RunInt64();
        }

        _ordinaryNs = oldest ?? long.MinValue;
        return oldest;
    }

    /// <summary>Only when the oldest event that is no alert has changed, and on until none is left that it does not need: those of alerts are kept for as long as these may be.</summary>
    private bool ExpireIdentities(long? oldestNs)
    {
        if (oldestNs == _expiredBefore)
        {
            return false;
        }

        if (_identities.Expire(oldestNs ?? long.MaxValue, RowsPerStep) == RowsPerStep)
        {
            return true;
        }

        _expiredBefore = oldestNs;
        return false;
    }

    /// <summary>Below the free-space floor the history keeps what it has and new rows take the place of the oldest. It does not give way:
    /// whoever fills the disk could erase the evidence.</summary>
    private bool TooMany()
    {
        var pages = _pages.RunInt64() ?? 0;
        var used = pages - (_freePages.RunInt64() ?? 0);
        var fileSystem = FileSystem;
        return used > PageLimit
            || (fileSystem.AvailableFreeSpace < fileSystem.TotalSize * _options.FreeSpaceFloor && used > Math.Max(LeastPages, pages - SparePages));
    }

    /// <summary>At the size limit, freed pages are filled again at once; the file is only cut when it is too large, or when an eighth of it is empty.</summary>
    private bool Shrink()
    {
        var pages = _pages.RunInt64() ?? 0;
        var free = _freePages.RunInt64() ?? 0;
        if (free == 0 || (pages <= PageLimit && free < Math.Max(VacuumPagesPerStep, pages / 8)))
        {
            return false;
        }

        SqlStatement.Execute(_connection, $"PRAGMA incremental_vacuum({VacuumPagesPerStep})");
        return true;
    }
}
