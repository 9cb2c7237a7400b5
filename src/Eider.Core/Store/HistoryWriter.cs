// One open history file and the transactions on it. The store decides when; this decides what is written.

using System.Runtime.InteropServices;
using Eider.Core.Decode;
using Microsoft.Data.Sqlite;

namespace Eider.Core.Store;

/// <summary>For the writer's thread. After a failure other than <see cref="HistoryDrop.Rejected"/> it is to be disposed and a new one opened.</summary>
internal sealed class HistoryWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly IdentityRows _identities;
    private readonly EventRow _rows;
    private readonly Retention _retention;
    private readonly SqlStatement _dataVersion;
    private long _lastDataVersion;

    private HistoryWriter(SqliteConnection connection, HistoryOptions options)
    {
        _connection = connection;
        WriteMnemonics();
        _identities = new IdentityRows(connection);
        _rows = new EventRow(connection, _identities, options.MaxAge);
        _retention = new Retention(connection, options, _identities);
        _dataVersion = new SqlStatement(connection, "PRAGMA data_version");
    }

    public long? OldestNs => _retention.OldestNs;

    /// <summary>Errors as of <see cref="HistoryFile.OpenForWriting"/>.</summary>
    public static HistoryWriter Open(HistoryOptions options, DateTimeOffset now, Action<string> log)
    {
        var connection = HistoryFile.OpenForWriting(options.Path, now, log);
        try
        {
            return new HistoryWriter(connection, options);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Writes a batch in one transaction.</summary>
    /// <returns>Rows written; the rest of the batch was rejected.</returns>
    /// <exception cref="SqliteException">Nothing was written.</exception>
    public int Write(List<Event> batch)
    {
        try
        {
            SqlStatement.Execute(_connection, "BEGIN IMMEDIATE");
            NoticeOtherWriters();
            var written = 0;
            foreach (var published in CollectionsMarshal.AsSpan(batch))
            {
                written += TryInsert(published) ? 1 : 0;
            }

            SqlStatement.Execute(_connection, "COMMIT");
            return written;
        }
        catch
        {
            _identities.Forget();
            RollBack();
            throw;
        }
    }

    /// <summary>As of <see cref="Retention.HasRoom"/>.</summary>
    public bool HasRoom(long moreBytes) => _retention.HasRoom(moreBytes);

    /// <summary>One small step of retention.</summary>
    /// <returns>True when there is more to do.</returns>
    public bool Maintain(long nowNs) => _retention.Step(nowNs);

    public void Dispose()
    {
        _dataVersion.Dispose();
        _retention.Dispose();
        _rows.Dispose();
        _identities.Dispose();
        _connection.Dispose();
    }

    /// <summary>A row that SQLite will not take (too large) must not cost the others.</summary>
    private bool TryInsert(Event published)
    {
        try
        {
            _rows.Insert(published);
            return true;
        }
        catch (SqliteException rejected) when (rejected.SqliteErrorCode is SQLitePCL.raw.SQLITE_TOOBIG or SQLitePCL.raw.SQLITE_CONSTRAINT or SQLitePCL.raw.SQLITE_MISMATCH)
        {
            return false;
        }
    }

    /// <summary>Another program that wrote may have deleted identities whose ids are remembered.</summary>
    private void NoticeOtherWriters()
    {
        var version = _dataVersion.RunInt64() ?? 0;
        if (version != _lastDataVersion)
        {
            _identities.Forget();
            _lastDataVersion = version;
        }
    }

    private void RollBack()
    {
        try
        {
            SqlStatement.Execute(_connection, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself, as it does when the disk fails.
        }
    }

    /// <summary>For the view `events`: the names this program knows, whatever version began the file.</summary>
    private void WriteMnemonics()
    {
        SqlStatement.Execute(_connection, "BEGIN IMMEDIATE");
        Fill("record_type", RecordType.Mnemonics);
        Fill("response_code", Rcode.Mnemonics);
        SqlStatement.Execute(_connection, "COMMIT");
    }

    private void Fill(string table, IReadOnlyDictionary<ushort, string> names)
    {
        using var insert = new SqlStatement(
            _connection, $"INSERT INTO {table}(value, name) VALUES(?1, ?2) ON CONFLICT(value) DO UPDATE SET name = excluded.name WHERE name <> excluded.name");
        foreach (var (value, name) in names)
        {
            insert.Bind(1, value).Bind(2, name).Run();
        }
    }
}
