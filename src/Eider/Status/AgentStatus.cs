// What a running agent says of itself: one model for `eider status`, GET /v1/status and GET /metrics.

using System.Text.Json.Serialization;
using Eider.Core.Detect;
using Eider.Core.Policy;

namespace Eider.Status;

/// <summary>A snapshot; the parts may be a moment apart. Absent parts are left out of the JSON.</summary>
public sealed record AgentStatus
{
    public required string Version { get; init; }

    public required int AbiVersion { get; init; }

    public required string Kernel { get; init; }

    public required string Node { get; init; }

    public required int Pid { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required double UptimeSeconds { get; init; }

    public required long ResidentBytes { get; init; }

    /// <summary>Processor time of the agent since its start, seconds.</summary>
    public required double CpuSeconds { get; init; }

    public required IReadOnlyList<ProgramStatus> Programs { get; init; }

    public required IReadOnlyList<MapStatus> Maps { get; init; }

    /// <summary>What was seen, since the start.</summary>
    public required IReadOnlyList<CountStatus> Counts { get; init; }

    /// <summary>What was missed, since the start, by reason; reasons without a miss too.</summary>
    public required IReadOnlyList<CountStatus> Losses { get; init; }

    /// <summary>What is held now: open exchanges, known processes.</summary>
    public required IReadOnlyList<CountStatus> Gauges { get; init; }

    /// <summary>Queries that policies had a say on, since the start; only what occurred.</summary>
    public IReadOnlyList<VerdictStatus> Verdicts { get; init; } = [];

    /// <summary>Null where this agent only observes.</summary>
    public WireStatus? Wire { get; init; }

    /// <summary>True where what enforces is pinned, and goes on when the agent ends; by itself: policies that an earlier agent left are in force.</summary>
    public bool Pinned { get; init; }

    /// <summary>Null where history is off.</summary>
    public HistoryStatus? History { get; init; }

    /// <summary>Null where nothing is decided, only observed.</summary>
    public PolicyStatus? Policy { get; init; }

    /// <summary>Null where nothing can be enforced.</summary>
    public RespondStatus? Respond { get; init; }

    /// <summary>Null where nothing is looked for.</summary>
    public DetectStatus? Detect { get; init; }

    /// <summary>Receivers that alerts are sent to.</summary>
    public IReadOnlyList<AlertOutputStatus> AlertOutputs { get; init; } = [];

    public required ApiStatus Api { get; init; }
}

/// <param name="Section">Its hook, as in the object file. Programs that only policies need are loaded without being attached.</param>
/// <param name="Runs">Since it was loaded, while statistics were on.</param>
/// <param name="RunTimeNs">Of those runs.</param>
/// <param name="RunsPerSecond">During the measurement for this status; null without one.</param>
/// <param name="NsPerRun">During that measurement; null without one or without a run.</param>
public sealed record ProgramStatus(string Name, string Section, uint Id, ulong Runs, ulong RunTimeNs, long MemoryBytes, double? RunsPerSecond, double? NsPerRun);

/// <param name="Used">Entries in use; octets that wait in a ring; null where the kernel does not tell.</param>
/// <param name="Capacity">Most entries; octets of a ring.</param>
public sealed record MapStatus(string Name, string Type, long? Used, long Capacity, long MemoryBytes);

/// <param name="Name">As in loss events and metrics.</param>
public sealed record CountStatus(string Name, long Count, string Meaning);

/// <param name="Action">allow or deny.</param>
/// <param name="Mode">enforce; audit: what would have been done.</param>
/// <param name="Reason">What decided.</param>
public sealed record VerdictStatus(string Action, string Mode, string Reason, long Count);

/// <param name="Devices">Network devices on which denied queries are answered.</param>
/// <param name="Waiting">Devices that follow, on a node with many: denied queries are dropped there until then.</param>
/// <param name="Vanished">Devices that were gone before they were attached to, since the start.</param>
/// <param name="Workloads">Workloads behind them.</param>
public sealed record WireStatus(int Devices, int Waiting, long Vanished, int Workloads);

/// <param name="Trouble">Why events are not being recorded; null while they are.</param>
public sealed record HistoryStatus(string Path, long WrittenRows, long FileBytes, DateTimeOffset? Oldest, int Queued, int QueueCapacity, string? Trouble);

/// <param name="ProtectedNames">How many.</param>
/// <param name="InternalZones">How many.</param>
/// <param name="Off">Detections that are not looked for.</param>
/// <param name="CrossCheck">Null where answers are not compared with those of a second resolver.</param>
public sealed record DetectStatus(
    IReadOnlyList<MuteFileStatus> Mutes, IReadOnlyList<AddressListStatus> Lists, int ProtectedNames, int InternalZones, IReadOnlyList<string> Off, CrossCheckStatus? CrossCheck);

/// <param name="Resolver">Address and port.</param>
/// <param name="Tls">The name that its certificate must have; null where it is asked in the clear.</param>
/// <param name="Names">That are compared now.</param>
/// <param name="Compared">Answers, since the start.</param>
/// <param name="Differed">Of these.</param>
/// <param name="Skipped">Answers that were due and not compared: the rate did not allow it.</param>
/// <param name="Failed">By reason; reasons without a failure too.</param>
/// <param name="PassedOver">Packets that came to its questions and answer something else.</param>
/// <param name="Trouble">Why the last question got no answer; null where it got one.</param>
public sealed record CrossCheckStatus(string Resolver, string? Tls, double QueriesPerSecond, int Names, long Compared, long Differed, long Skipped, IReadOnlyList<DropStatus> Failed, long PassedOver, string? Trouble);

/// <param name="InForce">Responses to alerts.</param>
/// <param name="DryRuns">Those that only tell.</param>
/// <param name="Capacity">Of both together.</param>
/// <param name="Refused">That policies asked for and were not begun, since the start.</param>
public sealed record RespondStatus(int InForce, int DryRuns, int Capacity, long Refused);

/// <param name="Name">E.g. <c>webhook hooks.example.com</c>.</param>
/// <param name="Severity">The least that is sent.</param>
/// <param name="Retries">Tries that did not end in a delivery or a refusal.</param>
/// <param name="Dropped">By reason; reasons without a drop too.</param>
/// <param name="Trouble">Why the last try failed; null where it did not.</param>
public sealed record AlertOutputStatus(string Name, string Severity, long Sent, long Retries, int Queued, int QueueCapacity, IReadOnlyList<DropStatus> Dropped, string? Trouble);

public sealed record DropStatus(string Reason, long Count);

public sealed record ApiStatus(string Socket, string? Listen, int Subscribers);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(AgentStatus))]
internal sealed partial class StatusJson : JsonSerializerContext;
