// A response to an alert, for as long as it lasts.

using Eider.Core.Policy;

namespace Eider.Core.Respond;

/// <summary>What makes two responses the same one.</summary>
/// <param name="Workload">Number.</param>
/// <param name="Name">As on the wire in lower case, as Latin-1 text; empty for a quarantine.</param>
public readonly record struct ResponseTarget(uint Workload, ResponseAction Action, string Name);

/// <summary>Immutable. Times are of CLOCK_BOOTTIME, nanoseconds.</summary>
public sealed record ActiveResponse
{
    public required ResponseTarget Target { get; init; }

    public required string Id { get; init; }

    /// <summary>Tells, and does nothing.</summary>
    public required bool IsDryRun { get; init; }

    /// <summary>Of the workload.</summary>
    public required ulong CgroupId { get; init; }

    public required string Workload { get; init; }

    public required Identity Identity { get; init; }

    /// <summary>Of a quarantine.</summary>
    public Redirect? Resolver { get; init; }

    public required string Policy { get; init; }

    /// <summary>Place among the policy's responses.</summary>
    public required int Rule { get; init; }

    public required string Detection { get; init; }

    public required string AlertId { get; init; }

    public required ulong SinceNs { get; init; }

    public required ulong UntilNs { get; init; }
}

/// <summary>Who an alert is about, and what policies have done about that.</summary>
/// <param name="Number">Of the workload.</param>
/// <param name="CgroupId">Its outermost cgroup.</param>
/// <param name="Posture">Of its processes of the alert's user.</param>
/// <param name="Policies">Those with responses, in order of precedence.</param>
public sealed record RespondingWorkload(uint Number, ulong CgroupId, string CgroupPath, uint Posture, IReadOnlyList<DnsPolicy> Policies);

/// <summary>What is to be done and told.</summary>
/// <param name="Why">Of a refusal or a lift.</param>
public readonly record struct ResponseTurn(ResponseStep Step, ActiveResponse Response, string? Why = null);
