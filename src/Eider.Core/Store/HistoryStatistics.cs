// What the history did and lost: shown by `eider status` and exported as metrics.

namespace Eider.Core.Store;

/// <summary>A snapshot; the parts may be a moment apart.</summary>
public sealed record HistoryStatistics
{
    /// <summary>Rows committed since the start.</summary>
    public required long Written { get; init; }

    /// <summary>Events not recorded since the start, by reason (<c>disk_full</c>); every reason is present.</summary>
    public required IReadOnlyDictionary<string, long> Dropped { get; init; }

    /// <summary>Octets of all files of the database.</summary>
    public required long FileBytes { get; init; }

    /// <summary>Nanoseconds since the Unix epoch; null while the history is empty or not open.</summary>
    public required long? OldestTimeNs { get; init; }

    public required int Queued { get; init; }

    public required int QueueCapacity { get; init; }

    /// <summary>Why events are not being recorded, for people; null while they are.</summary>
    public required string? Trouble { get; init; }
}
