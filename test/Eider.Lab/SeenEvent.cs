// An event as a user's program reads it: one line of `eider run -o json`. Written against the documented keys, not against Eider's own types.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Eider.Lab;

public sealed record SeenEvent(
    DateTimeOffset Time,
    string Kind,
    string? Role,
    string? Name,
    string? Qtype,
    string? Rcode,
    IReadOnlyList<SeenAnswer>? Answers,
    double? LatencyUs,
    string? Transport,
    SeenEndpoint? Client,
    SeenEndpoint? Server,
    SeenProcess? Process,
    SeenUser? User,
    SeenCgroup? Cgroup,
    string? Unit,
    SeenContainer? Container,
    SeenPod? Pod,
    string? Node,
    SeenFault? Malformed,
    SeenVerdict? Verdict,
    string? Standalone,
    bool Unanswered,
    int Retries,
    int Size,
    string? Reason,
    long Count,
    string? ActionId,
    string? Step)
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The line itself, for messages.</summary>
    [JsonIgnore]
    public string Line { get; private init; } = "";

    /// <summary>When the line was read.</summary>
    [JsonIgnore]
    public DateTimeOffset ReadAt { get; private init; }

    /// <exception cref="JsonException">Not such a line.</exception>
    public static SeenEvent Parse(string line) => JsonSerializer.Deserialize<SeenEvent>(line, SnakeCase)! with { Line = line, ReadAt = DateTimeOffset.UtcNow };

    /// <summary>Names are compared without case (RFC 4343).</summary>
    public bool IsFor(string name) => string.Equals(Name, name, StringComparison.OrdinalIgnoreCase);

    public override string ToString() => Line;
}

public sealed record SeenAnswer(string Name, string Type, uint Ttl, string Data);

public sealed record SeenEndpoint(string Ip, int Port);

public sealed record SeenProcess(int Pid, DateTimeOffset StartTime, string? Exe, string? Comm, string? Cmdline, IReadOnlyList<SeenParent> Parents);

public sealed record SeenParent(int Pid, string? Comm, string? Exe);

public sealed record SeenUser(uint Uid, string? Name);

public sealed record SeenCgroup(ulong Id, string? Path);

public sealed record SeenContainer(string Id);

public sealed record SeenPod(string Uid);

public sealed record SeenFault(string What, int Offset);

public sealed record SeenVerdict(string Action, string Mode, string Reason, string? Policy, string? Rule, string? List);
