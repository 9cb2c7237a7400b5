// What Detect says to people and programs: one model for everything that can be found wrong.

namespace Eider.Core;

public enum AlertSeverity : byte
{
    /// <summary>Worth knowing when something else looks wrong too.</summary>
    Low,

    Medium,

    High,

    /// <summary>Somebody should look now.</summary>
    Critical,
}

/// <summary>What was done about it.</summary>
public enum AlertAction : byte
{
    None,

    /// <summary>The message was dropped before its socket received it.</summary>
    Dropped,

    /// <summary>The answer was denied for what it says: replaced, or dropped where that could not be done.</summary>
    Denied,

    /// <summary>In response, the name is denied to the workload.</summary>
    NameDenied,

    /// <summary>In response, the workload may ask one resolver only.</summary>
    Quarantined,
}

/// <summary>One fact behind an alert, in words: a field of a packet, a count, a threshold, what had been learnt.</summary>
/// <param name="Key">snake_case; once in an alert.</param>
/// <param name="Value">May hold names that others chose: escape it where it is shown.</param>
public readonly record struct Evidence(string Key, string Value);

/// <summary>One finding, or the repetition of one.</summary>
public sealed class Alert : Event
{
    public override EventKind Kind => EventKind.Alert;

    /// <summary>Names this finding to people: 8 lower-case letters and digits, the same when its repetitions are told.</summary>
    public required string Id { get; init; }

    /// <summary>E.g. <c>dns.answer.conflict</c>; <see cref="Detect.Detections"/> has them all.</summary>
    public required string Detection { get; init; }

    public required AlertSeverity Severity { get; init; }

    /// <summary>How sure it is that this is an attack, per cent.</summary>
    public required int Confidence { get; init; }

    /// <summary>One sentence without a final stop.</summary>
    public required string Summary { get; init; }

    /// <summary>The message that gave rise to it, with the identity of whom it was aimed at. Of repetitions that are told late: the one told before.</summary>
    public required DnsEvent About { get; init; }

    /// <summary>Whom it was aimed at.</summary>
    public required Identity Identity { get; init; }

    /// <summary>The server that was asked.</summary>
    public required Endpoint Server { get; init; }

    /// <summary>Where the message came from by its own word; a forger writes what he likes there.</summary>
    public required Endpoint Source { get; init; }

    /// <summary>In the order in which a person would read it.</summary>
    public required IReadOnlyList<Evidence> Evidence { get; init; }

    public AlertAction Action { get; init; }

    /// <summary>Times this was found, with this one; more than 1 in an alert that tells of repetitions.</summary>
    public required long Count { get; init; }

    /// <summary>When it was found first: nanoseconds since the Unix epoch, UTC.</summary>
    public required long FirstNs { get; init; }

    /// <summary>An entry for a file of mutes that silences this and nothing else.</summary>
    public required string Mute { get; init; }

    /// <summary>The same finding with a higher count.</summary>
    /// <param name="timeNs">When it was found last.</param>
    /// <param name="evidence">Of all of them; null: as before.</param>
    internal static Alert Again(Alert told, long count, long timeNs, IReadOnlyList<Evidence>? evidence = null) => Of(told, timeNs, count, told.Action, evidence ?? told.Evidence);

    /// <summary>The same alert with what was done about it, and what was not.</summary>
    internal Alert RespondedTo(ActionEvent step)
    {
        const string Key = "response";
        var action = step.Step != ResponseStep.Started || Action is AlertAction.Dropped or AlertAction.Denied ? Action
            : step.Action == ResponseAction.DenyName ? AlertAction.NameDenied : AlertAction.Quarantined;
        var what = step.Action == ResponseAction.DenyName ? "the name is denied to the workload" : "the workload is quarantined";
        var words = step.Step switch
        {
            ResponseStep.Started => $"{what} by {step.Policy} {step.Rule}, as {step.Id}",
            ResponseStep.DryRun => $"none: {step.Policy} {step.Rule} is a dry run, else {what}",
            _ => $"none, though {step.Policy} {step.Rule} says that {what}: {step.Why}",
        };
        var earlier = Evidence.FirstOrDefault(static fact => fact.Key == Key).Value;
        return Of(this, TimeNs, Count, action, [.. Evidence.Where(static fact => fact.Key != Key), new(Key, earlier is null ? words : $"{earlier}; {words}")]);
    }

    private static Alert Of(Alert told, long timeNs, long count, AlertAction action, IReadOnlyList<Evidence> evidence) => new()
    {
        TimeNs = timeNs,
        Id = told.Id,
        Detection = told.Detection,
        Severity = told.Severity,
        Confidence = told.Confidence,
        Summary = told.Summary,
        About = told.About,
        Identity = told.Identity,
        Server = told.Server,
        Source = told.Source,
        Evidence = evidence,
        Action = action,
        Count = count,
        FirstNs = told.FirstNs,
        Mute = told.Mute,
    };
}
