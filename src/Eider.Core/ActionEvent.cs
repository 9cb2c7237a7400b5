// What Respond tells of what it does: the audit trail of responses to alerts.

namespace Eider.Core;

/// <summary>What is done in response to an alert.</summary>
public enum ResponseAction : byte
{
    /// <summary>The name that the alert is about is denied to the workload.</summary>
    DenyName,

    /// <summary>The workload asks another resolver, and no other.</summary>
    Quarantine,
}

public enum ResponseStep : byte
{
    /// <summary>It is in force from now on.</summary>
    Started,

    /// <summary>What it is the response to was found again: it lasts longer.</summary>
    Extended,

    /// <summary>Its time is over.</summary>
    Ended,

    /// <summary>It was ended before its time.</summary>
    Lifted,

    /// <summary>It would have been started, were it enforced.</summary>
    DryRun,

    /// <summary>It was not started, though a policy says so.</summary>
    Refused,
}

/// <summary>One step of one response.</summary>
public sealed class ActionEvent : Event
{
    public override EventKind Kind => EventKind.Action;

    /// <summary>Names this response to people: 8 lower-case letters and digits, the same in all its steps.</summary>
    public required string Id { get; init; }

    public required ResponseStep Step { get; init; }

    public required ResponseAction Action { get; init; }

    /// <summary>That is denied, in the form of <see cref="DnsEvent.Name"/>; null for a quarantine.</summary>
    public string? Name { get; init; }

    /// <summary>That may be asked in a quarantine; empty else.</summary>
    public IReadOnlyList<Endpoint> Resolvers { get; init; } = [];

    /// <summary>Whose queries it is about, as in alerts and mutes; else the path of its cgroup.</summary>
    public required string Workload { get; init; }

    /// <summary>Id of the workload's outermost cgroup.</summary>
    public ulong WorkloadCgroup { get; init; }

    /// <summary>As the alert has it. Of a response that was taken over from an earlier agent, the cgroup alone.</summary>
    public required Identity Identity { get; init; }

    /// <summary>That says so.</summary>
    public required string Policy { get; init; }

    /// <summary>Within the policy: <c>respond[0]</c>.</summary>
    public required string Rule { get; init; }

    public required string Detection { get; init; }

    /// <summary>Of the alert that it is the response to.</summary>
    public required string AlertId { get; init; }

    /// <summary>Nanoseconds since the Unix epoch, UTC.</summary>
    public required long StartedNs { get; init; }

    /// <summary>When it ends by itself, or would have: nanoseconds since the Unix epoch, UTC.</summary>
    public required long UntilNs { get; init; }

    /// <summary>Why it was refused or lifted; null else.</summary>
    public string? Why { get; init; }

    /// <summary>What filters look at: its name and who it is about.</summary>
    internal DnsEvent AsMessage => new()
    {
        TimeNs = TimeNs, EventKind = EventKind.Query, Role = Role.Client, Transport = Transport.Udp, Client = default, Server = default, Name = Name, Identity = Identity,
    };
}
