// What Detect is told by its users, what it may keep in memory, and what it counts.

using Eider.Core.Filters;
using Eider.Core.Policy;
using NamePattern = Eider.Core.Policy.NamePattern;

namespace Eider.Core.Detect;

/// <summary>A name of the user's own, with the only answers that are right.</summary>
/// <param name="Addresses">Every A and AAAA must be in one of these; empty: addresses are not looked at.</param>
/// <param name="Targets">Every CNAME must lead to one of these; empty: there must be none, where <paramref name="Addresses"/> are given.</param>
public sealed record ProtectedName(NamePattern Name, IReadOnlyList<IpPrefix> Addresses, IReadOnlyList<NamePattern> Targets);

public sealed record DetectOptions
{
    // State is bounded: with every table full and names of the usual length it is below 32 MiB. What makes room is counted.

    /// <summary>Questions remembered: those of the last seconds on a busy node, of many minutes on a quiet one.</summary>
    internal const int QuestionLimit = 32_768;

    /// <summary>Names of which it is known what they usually answer, by resolver and type.</summary>
    internal const int BaselineLimit = 32_768;

    /// <summary>Findings that are told once.</summary>
    internal const int FindingLimit = 2048;

    /// <summary>Clients, servers and zones of which something is remembered.</summary>
    internal const int PartyLimit = 8192;

    /// <summary>Ids of detections that are switched off.</summary>
    public IReadOnlySet<string> Off { get; init; } = new HashSet<string>();

    /// <summary>Zones whose names may have private addresses, without a dot in front or at the end: a company's own.</summary>
    public IReadOnlyList<string> InternalZones { get; init; } = [];

    public IReadOnlyList<ProtectedName> ProtectedNames { get; init; } = [];

    /// <summary>To begin with; <see cref="Detection.BadAddresses"/> replaces them.</summary>
    public IReadOnlyList<AddressList> BadAddresses { get; init; } = [];

    /// <summary>To begin with; <see cref="Detection.Mutes"/> replaces them.</summary>
    public MuteList Mutes { get; init; } = MuteList.Empty;

    /// <summary>Null: nothing is compared with what a second resolver says.</summary>
    public CrossCheckOptions? CrossCheck { get; init; }

    /// <summary>Null for <see cref="PublicSuffix.System"/>.</summary>
    public PublicSuffix? Suffixes { get; init; }
}

/// <summary>Running totals since the start; read from any thread.</summary>
public sealed class DetectCounters
{
    /// <summary>Responses looked at.</summary>
    public long Examined { get; internal set; }

    /// <summary>Times that something was found, told or not.</summary>
    public long Found { get; internal set; }

    /// <summary>Alerts published.</summary>
    public long Alerts { get; internal set; }

    /// <summary>Found again, and only counted.</summary>
    public long Repeated { get; internal set; }

    /// <summary>Findings that a mute silenced; they are in <see cref="Found"/> too.</summary>
    public long Muted { get; internal set; }

    /// <summary>Well-formed responses of which not every record was looked at: cut by the sensor, or more records than <see cref="AnswerView.Limit"/>.</summary>
    public long Partial { get; internal set; }

    /// <summary>Second answers whose first is not remembered.</summary>
    public long Unjudged { get; internal set; }

    /// <summary>Entries of the tables that made room for others.</summary>
    public long Shed => CountShed?.Invoke() ?? 0;

    internal Func<long>? CountShed { get; set; }
}
