// Opens the history's SQLite file for writing: makes it, migrates it, or sets aside what cannot be used.

using Microsoft.Data.Sqlite;

namespace Eider.Core.Store;

internal static class HistoryFile
{
    /// <summary>Each may be as large as the history: more would let repeated damage fill the disk.</summary>
    public const int MaxSetAside = 2;

    /// <summary>How long the writer waits for another program's lock; milliseconds.</summary>
    public const string BusyTimeout = "PRAGMA busy_timeout=5000";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    static HistoryFile() => SQLitePCL.Batteries_V2.Init();

    public static string[] Parts(string path) => [path, path + "-wal", path + "-shm"];

    /// <summary>Those that are there, with what was set aside.</summary>
    public static IReadOnlyList<string> All(string path) => Directory.Exists(Path.GetDirectoryName(path))
        ? [.. Parts(path).Where(File.Exists), .. Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path) + ".damaged-*").Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Octets of the main file, the write-ahead log and its index.</summary>
    public static long Bytes(string path) => Parts(path).Sum(Length);

    public static long Length(string part)
    {
        var file = new FileInfo(part);
        return file.Exists ? file.Length : 0;
    }

    /// <summary>A connection in WAL mode at the current schema. A file that is not a database, or a damaged one, is set aside and a new one begun.</summary>
    /// <param name="log">Told when a file was set aside.</param>
    /// <exception cref="HistoryException">A newer schema, or another program's database.</exception>
    /// <exception cref="SqliteException">The disk or SQLite failed.</exception>
    /// <exception cref="IOException">Likewise.</exception>
    /// <exception cref="UnauthorizedAccessException">No permission.</exception>
    public static SqliteConnection OpenForWriting(string path, DateTimeOffset now, Action<string> log)
    {
        Create(path);
        try
        {
            return OpenCreated(path);
        }
        catch (SqliteException damaged) when (HistoryDrops.Reason(damaged) == HistoryDrop.Corrupt)
        {
            SetAside(path, now, damaged.Message, log);
            Create(path);
            return OpenCreated(path);
        }
    }

    /// <summary>Read-only; never creates.</summary>
    /// <exception cref="HistoryException">No such file, not readable, not a history, or a newer one.</exception>
    public static SqliteConnection OpenForReading(string path)
    {
        if (!File.Exists(path))
        {
            throw new HistoryException($"{path}: there is no history; is the agent running with history.enabled, as a user that may read this path?");
        }

        var connection = Connection(path, SqliteOpenMode.ReadOnly);
        try
        {
            connection.Open();
            SqlStatement.Execute(connection, "PRAGMA query_only=ON; PRAGMA trusted_schema=OFF; PRAGMA busy_timeout=1000");
            if (SqlStatement.QueryInt64(connection, "PRAGMA application_id") != HistorySchema.ApplicationId)
            {
                throw new HistoryException($"{path}: this is not a history of Eider");
            }

            HistorySchema.RefuseNewer((int)(SqlStatement.QueryInt64(connection, "PRAGMA user_version") ?? 0), path);
            return connection;
        }
        catch (SqliteException unreadable)
        {
            connection.Dispose();
            throw new HistoryException($"{path}: the history cannot be read: {unreadable.Message}");
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Renames the database with its log to a dated name, so that nothing is lost and a new one can begin.</summary>
    /// <exception cref="HistoryException">Enough files have been set aside already.</exception>
    public static void SetAside(string path, DateTimeOffset now, string why, Action<string> log)
    {
        var aside = $"{path}.damaged-{now:yyyyMMdd'T'HHmmss'Z'}";
        var earlier = Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path) + ".damaged-*").Count(file => !file.EndsWith("-wal", StringComparison.Ordinal));
        if (earlier >= MaxSetAside)
        {
            throw new HistoryException(
                $"{path} is damaged again ({why}) and {earlier} damaged files are already beside it; look after the disk, then remove {path}.damaged-*");
        }

        File.Move(path, aside);
        if (File.Exists(path + "-wal"))
        {
            File.Move(path + "-wal", aside + "-wal");
        }

        File.Delete(path + "-shm");
        log($"history: {path} could not be used ({why}); it is now {aside} and a new history begins");
    }

    /// <summary>Command lines and names that were asked for are nobody else's business: the file is for its owner alone, and SQLite gives its other files the same mode.</summary>
    private static void Create(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerOnly | UnixFileMode.UserExecute);
        if (!File.Exists(path))
        {
            using var created = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                UnixCreateMode = OwnerOnly,
            });
        }
    }

    private static SqliteConnection OpenCreated(string path)
    {
        var connection = Connection(path, SqliteOpenMode.ReadWrite);
        try
        {
            connection.Open();
            // Foreign keys: checking would search all events for each identity that expires; only those that no event needs do.
            SqlStatement.Execute(connection, BusyTimeout);
            SqlStatement.Execute(connection, "PRAGMA foreign_keys=OFF; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY");
            if (SqlStatement.QueryInt64(connection, "SELECT count(*) FROM sqlite_schema") == 0)
            {
                // Before the first table, or they have no effect.
                SqlStatement.Execute(connection, $"PRAGMA page_size={HistorySchema.PageSize}; PRAGMA auto_vacuum=INCREMENTAL");
            }
            else if (SqlStatement.QueryInt64(connection, "PRAGMA application_id") != HistorySchema.ApplicationId)
            {
                throw new HistoryException($"{path} is the database of another program; set history.path to another file");
            }

            HistorySchema.Migrate(connection, path);
            SqlStatement.Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static SqliteConnection Connection(string path, SqliteOpenMode mode) =>
        new(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 1 }.ToString());
}
