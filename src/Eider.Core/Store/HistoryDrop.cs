// Why an event did not reach the history. Every reason is a counter in HistoryStatistics.

using Microsoft.Data.Sqlite;

namespace Eider.Core.Store;

public enum HistoryDrop
{
    /// <summary>The disk is slower than the events come.</summary>
    QueueFull,

    /// <summary>More events came in a second than are kept one by one.</summary>
    Rate,

    DiskFull,

    /// <summary>The history is at its size limit and old rows cannot make room, for instance because a reader holds the write-ahead log.</summary>
    SizeLimit,

    /// <summary>Read-only file system, or no permission to write.</summary>
    ReadOnly,

    /// <summary>The database was damaged while it was in use.</summary>
    Corrupt,

    /// <summary>Another program held the database for longer than the writer waits.</summary>
    Locked,

    /// <summary>The file was written by a newer Eider or belongs to another program.</summary>
    Refused,

    /// <summary>Any other failure of the disk or of SQLite.</summary>
    IoError,

    /// <summary>This one event could not be stored, others could.</summary>
    Rejected,

    /// <summary>Published after the store was closed, or still waiting when it was.</summary>
    Closed,
}

internal static class HistoryDrops
{
    private const int EnoSpc = 28;
    private const int EroFs = 30;
    private const int EdQuot = 122;

    /// <summary>As in statistics, metrics and loss events: <c>disk_full</c>. Indexed by <see cref="HistoryDrop"/>.</summary>
    public static readonly string[] Names =
    [
        "queue_full", "rate", "disk_full", "size_limit", "read_only", "corrupt", "locked", "refused", "io_error", "rejected", "closed",
    ];

    /// <summary>Sorts a failure by what a person would have to mend.</summary>
    public static HistoryDrop Reason(Exception failure) => failure switch
    {
        HistoryException => HistoryDrop.Refused,
        SqliteException sqlite => sqlite.SqliteErrorCode switch
        {
            SQLitePCL.raw.SQLITE_FULL => HistoryDrop.DiskFull,
            SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_PERM => HistoryDrop.ReadOnly,
            SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB => HistoryDrop.Corrupt,
            SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => HistoryDrop.Locked,
            _ => HistoryDrop.IoError,
        },
        UnauthorizedAccessException => HistoryDrop.ReadOnly,
        IOException { HResult: EroFs } => HistoryDrop.ReadOnly,
        IOException { HResult: EnoSpc or EdQuot } => HistoryDrop.DiskFull,
        _ => HistoryDrop.IoError,
    };

    /// <summary>What the state means and what would mend it, for the log line.</summary>
    public static string Describe(HistoryDrop reason, string detail) => reason switch
    {
        HistoryDrop.DiskFull => "the disk is full; free some space or lower history.maxSize",
        HistoryDrop.ReadOnly => $"it cannot be written ({detail}); make it writable for the agent or set history.path",
        HistoryDrop.SizeLimit => "it is at its size limit and old rows cannot make room; end programs that read it for long, or raise history.maxSize",
        HistoryDrop.Locked => "another program holds it locked; end that program",
        _ => detail,
    };
}

/// <summary>A history file that cannot be used as it is: the message names the file, what is wrong and what to do.</summary>
public sealed class HistoryException(string message) : Exception(message);
