// An alert as a user's program reads it: the line of an event of kind "alert".

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Eider.Lab;

/// <summary>Written against the documented keys, not against Eider's own types.</summary>
public sealed record SeenAlert(string AlertId, string Detection, string Severity, int Confidence, string Summary, string Action, IReadOnlyDictionary<string, string> Evidence, long Count)
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The event it is.</summary>
    [JsonIgnore]
    public SeenEvent Seen { get; private init; } = null!;

    /// <summary>Null where the event is no alert.</summary>
    public static SeenAlert? Of(SeenEvent seen) => seen.Kind == "alert" ? JsonSerializer.Deserialize<SeenAlert>(seen.Line, SnakeCase)! with { Seen = seen } : null;
}
