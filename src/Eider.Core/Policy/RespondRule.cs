// What a policy has done about alerts: for whom it is told, for how long.

namespace Eider.Core.Policy;

public enum RespondMode : byte
{
    Enforce,

    /// <summary>Records what <see cref="Enforce"/> would have done, and does nothing.</summary>
    DryRun,
}

/// <summary>One response to alerts about the workloads that its policy selects.</summary>
public sealed record RespondRule
{
    public static readonly TimeSpan ShortestFor = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan LongestFor = TimeSpan.FromDays(7);

    /// <summary>Ids of detections.</summary>
    public IReadOnlyList<string> To { get; init; } = [];

    /// <summary>The least that is responded to.</summary>
    public AlertSeverity Severity { get; init; } = AlertSeverity.High;

    /// <summary>The least that is responded to, per cent.</summary>
    public int Confidence { get; init; } = 75;

    public ResponseAction Action { get; init; }

    /// <summary>Of a quarantine; null else.</summary>
    public Redirect? Resolver { get; init; }

    /// <summary>From <see cref="ShortestFor"/> to <see cref="LongestFor"/>.</summary>
    public TimeSpan For { get; init; }

    public RespondMode Mode { get; init; } = RespondMode.Enforce;

    /// <summary>Which alerts it is for, whoever they are about.</summary>
    public bool IsFor(Alert alert) => alert.Severity >= Severity && alert.Confidence >= Confidence && To.Contains(alert.Detection);
}
