// How much history is kept, and the bounds that keep it from filling a disk.

namespace Eider.Core.Store;

/// <summary>Settings of a <see cref="HistoryStore"/>; the defaults suit any machine.</summary>
public sealed record HistoryOptions
{
    public static readonly TimeSpan DefaultMaxAge = TimeSpan.FromDays(7);

    public const long DefaultMaxBytes = 512L << 20;

    /// <summary>A row takes about 2 us of processor: this is half a percent of one.</summary>
    public const int DefaultRowsPerSecond = 2_000;

    /// <summary>The SQLite file; its directory is made when it is missing.</summary>
    public required string Path { get; init; }

    public TimeSpan MaxAge { get; init; } = DefaultMaxAge;

    /// <summary>All files of the database together (main, write-ahead log, its index).</summary>
    public long MaxBytes { get; init; } = DefaultMaxBytes;

    /// <summary>Share of the file system that history may take, whatever <see cref="MaxBytes"/> says.</summary>
    public double MaxFileSystemShare { get; init; } = 0.10;

    /// <summary>Share of the file system that stays free: below it history does not grow, new rows take the place of the oldest.</summary>
    public double FreeSpaceFloor { get; init; } = 0.05;

    /// <summary>Exchanges and messages kept on the mean, twice as many in a burst; alerts and losses are kept beside them.</summary>
    public int RowsPerSecond { get; init; } = DefaultRowsPerSecond;

    /// <summary>Events that may wait for the disk.</summary>
    public int QueueRows { get; init; } = 32_768;

    /// <summary>Octets of DNS messages that may wait for the disk.</summary>
    public long QueueBytes { get; init; } = 16L << 20;

    /// <summary>Rows of one transaction; so many waiting wake the writer at once.</summary>
    public int BatchRows { get; init; } = 1_000;

    /// <summary>A row waits no longer than this for its transaction.</summary>
    public TimeSpan BatchInterval { get; init; } = TimeSpan.FromMilliseconds(500);
}
