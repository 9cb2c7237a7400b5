// Reads the history while the agent writes it: the source of `eider observe --since` and of the API.

using Microsoft.Data.Sqlite;

namespace Eider.Core.Store;

/// <summary>A read-only view of a history file, for one thread at a time. Works without a running agent.</summary>
public sealed class HistoryReader : IDisposable
{
    /// <summary>Rows read in one transaction. Between pages none is open, so that a slow consumer never keeps the write-ahead log from being reset.</summary>
    private const int PageRows = 512;

    private const int MaxIdentities = 4_096;

    private readonly SqliteConnection _connection;
    private readonly string _path;
    private readonly SqlStatement _identity;
    private readonly Dictionary<long, Identity> _identities = [];

    private HistoryReader(SqliteConnection connection, string path)
    {
        _connection = connection;
        _path = path;
        _identity = new SqlStatement(connection, $"SELECT {IdentityRow.Columns} FROM identity WHERE id = ?1");
    }

    /// <exception cref="HistoryException">No such file, not readable, not a history, or written by a newer Eider.</exception>
    public static HistoryReader Open(string path)
    {
        var connection = HistoryFile.OpenForReading(path);
        try
        {
            return new HistoryReader(connection, path);
        }
        catch (SqliteException unreadable)
        {
            connection.Dispose();
            throw Unreadable(path, unreadable);
        }
    }

    /// <summary>Events by time, the newest last; of rows that were there when the enumeration began. Reads as it is enumerated;
    /// with <see cref="HistoryQuery.Last"/> the events asked for are held in memory.</summary>
    /// <exception cref="HistoryException">While enumerating: the file cannot be read on.</exception>
    public IEnumerable<Event> Read(HistoryQuery query)
    {
        if (query.Last is not { } last)
        {
            return Rows(query, newestFirst: false);
        }

        var events = Rows(query, newestFirst: true).Take(last).ToList();
        events.Reverse();
        return events;
    }

    public void Dispose()
    {
        _identity.Dispose();
        _connection.Dispose();
    }

    private IEnumerable<Event> Rows(HistoryQuery query, bool newestFirst)
    {
        using var rows = Guarded(() => Prepare(query, newestFirst));
        var page = new List<Event>(PageRows);
        var at = newestFirst ? (NewestNs(query), long.MaxValue) : (OldestNs(query), 0L);
        do
        {
            at = Guarded(() => ReadPage(rows, at, page));
            foreach (var found in page)
            {
                if (query.Where is null || query.Where(found))
                {
                    yield return found;
                }
            }
        }
        while (page.Count == PageRows);
    }

    private static long OldestNs(HistoryQuery query) => query.SinceNs ?? long.MinValue;

    /// <summary>Included, so that no moment is out of reach.</summary>
    private static long NewestNs(HistoryQuery query) => query.UntilNs is { } until and > long.MinValue ? until - 1 : query.UntilNs ?? long.MaxValue;

    private SqlStatement Prepare(HistoryQuery query, bool newestFirst)
    {
        // A page goes on from the time and id of the last row, which the index on time finds at once.
        var alerts = query.AlertsOnly || query.AlertId is not null;
        var version = (int)(SqlStatement.QueryInt64(_connection, "PRAGMA user_version") ?? 0);
        var (time, id) = alerts && version >= AlertRow.Version ? ("told_ns", "event_id") : ("time_ns", "id");
        var (after, order) = newestFirst
            ? ($"{time} <= ?1 AND ({time} < ?1 OR {id} < ?2)", $"{time} DESC, {id} DESC")
            : ($"{time} >= ?1 AND ({time} > ?1 OR {id} > ?2)", $"{time}, {id}");
        var named = query.NameSuffix is null ? "" : "AND (name LIKE ?6 ESCAPE '!' OR name LIKE ?7 ESCAPE '!')";
        var found = query.AlertId is null ? "" : "AND alert_id = ?8";
        var rows = new SqlStatement(
            _connection,
            $"SELECT {EventRow.Columns(version)} FROM {AlertRow.Source(version, alerts)} WHERE {after} AND {time} BETWEEN ?3 AND ?4 AND {id} <= ?5 {named} {found} ORDER BY {order} LIMIT {PageRows}");
        rows.Bind(3, OldestNs(query))
            .Bind(4, NewestNs(query))
            .Bind(5, SqlStatement.QueryInt64(_connection, "SELECT max(id) FROM event") ?? 0);
        if (query.NameSuffix is { } suffix)
        {
            var literal = suffix.Replace("!", "!!").Replace("%", "!%").Replace("_", "!_");
            rows.Bind(6, literal).Bind(7, "%." + literal);
        }

        if (query.AlertId is { } wanted)
        {
            rows.Bind(8, wanted);
        }

        return rows;
    }

    /// <summary>One transaction, so that an event's identity is there when the event is.</summary>
    private (long TimeNs, long Id) ReadPage(SqlStatement rows, (long TimeNs, long Id) at, List<Event> page)
    {
        page.Clear();
        SqlStatement.Execute(_connection, "BEGIN");
        try
        {
            rows.Bind(1, at.TimeNs).Bind(2, at.Id);
            while (rows.Step())
            {
                page.Add(EventRow.Read(rows, IdentityOf));
                at = (rows.Int64(1) ?? 0, rows.Int64(0) ?? 0);
            }

            return at;
        }
        finally
        {
            rows.Reset();
            SqlStatement.Execute(_connection, "COMMIT");
        }
    }

    private Identity IdentityOf(long id)
    {
        if (_identities.TryGetValue(id, out var known))
        {
            return known;
        }

        if (_identities.Count >= MaxIdentities)
        {
            _identities.Clear();
        }

        var identity = _identity.Bind(1, id).Step() ? IdentityRow.Read(_identity) : Identity.Unknown;
        _identity.Reset();
        return _identities[id] = identity;
    }

    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SqliteException unreadable)
        {
            throw Unreadable(_path, unreadable);
        }
    }

    private static HistoryException Unreadable(string path, SqliteException why) => new($"{path}: the history cannot be read: {why.Message}");
}
