// What a reader of the history wants to see.

namespace Eider.Core.Store;

/// <summary>Conditions that must all hold; the default asks for everything.</summary>
public sealed record HistoryQuery
{
    /// <summary>Nanoseconds since the Unix epoch, this moment included.</summary>
    public long? SinceNs { get; init; }

    /// <summary>Nanoseconds since the Unix epoch, this moment excluded.</summary>
    public long? UntilNs { get; init; }

    /// <summary>Only the newest so many of the events that meet every other condition.</summary>
    public int? Last { get; init; }

    /// <summary>This name or one below it, in any case, no leading dot; events without a name are left out. Coarse and cheap: within SQLite.</summary>
    public string? NameSuffix { get; init; }

    /// <summary>Only alerts; found without reading other events. Of each finding every time that it was told.</summary>
    public bool AlertsOnly { get; init; }

    /// <summary>Only the finding of this id; implies <see cref="AlertsOnly"/>.</summary>
    public string? AlertId { get; init; }

    /// <summary>Any further condition.</summary>
    public Predicate<Event>? Where { get; init; }
}
