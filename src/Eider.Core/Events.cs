// The vocabulary of the road: what stages hand to each other and what sinks receive.

namespace Eider.Core;

public enum EventKind : byte
{
    Query,
    Response,

    /// <summary>A query with its response, or with the fact that none came.</summary>
    Transaction,

    /// <summary>Something was missed: how much and why.</summary>
    Loss,

    /// <summary>Something looks like an attack.</summary>
    Alert,

    /// <summary>Something was done about an alert.</summary>
    Action,
}

/// <summary>Which end of the exchange this node's socket was.</summary>
public enum Role : byte
{
    Client,
    Server,
}

public enum Transport : byte
{
    Udp,
    Tcp,
}

/// <summary>Why no transaction speaks for a query or response.</summary>
public enum StandaloneReason : byte
{
    /// <summary>A transaction does.</summary>
    None,

    /// <summary>Too damaged to be joined: no header or no readable question.</summary>
    Malformed,

    /// <summary>Multicast DNS (RFC 6762): one question, any number of answers from anyone.</summary>
    Multicast,

    /// <summary>A response again, octet for octet.</summary>
    Duplicate,

    /// <summary>A second response to an answered query, with other content: a race, a resend answered twice, or a forgery.</summary>
    Conflicting,

    /// <summary>A response after the time limit; its transaction was published as unanswered.</summary>
    Late,

    /// <summary>A response to nothing that was asked, or with another question than the one asked.</summary>
    Unsolicited,

    /// <summary>A response that a policy denied for what it says; its client got another one, or none.</summary>
    Denied,

    /// <summary>A query over TCP on a port that is none of DNS; its response is not looked for.</summary>
    OtherPort,

    /// <summary>To the port of DNS over TLS and QUIC (853): who was asked is known, and nothing else.</summary>
    Encrypted,
}

public enum VerdictAction : byte
{
    Allow = 1,
    Deny = 2,
}

public enum VerdictMode : byte
{
    Enforce,

    /// <summary>What would have been done were the policy enforced.</summary>
    Audit,
}

/// <summary>What decided, in the order the kernel asks.</summary>
public enum VerdictReason : byte
{
    None,
    Name,
    Default,
    Resolver,
    Rate,
    Malformed,

    /// <summary>Of a response: another server answers than was asked.</summary>
    Source,

    /// <summary>Of a response: it answers another question.</summary>
    Question,

    /// <summary>Of a response: nothing was asked under its port and id.</summary>
    Unasked,

    /// <summary>Of a response: a private address for a public name.</summary>
    Private,

    /// <summary>Of a response: an alias of a denied name.</summary>
    Alias,

    /// <summary>Of a response: held back while a better one may come.</summary>
    Held,

    /// <summary>In an audit: another server would have been asked.</summary>
    Redirect,

    /// <summary>Of a response: it fits, but somebody guesses ids at its port, and this may be a guess.</summary>
    Guessed,

    /// <summary>The name is denied in response to an alert.</summary>
    Response,

    /// <summary>The workload may ask another server only, in response to an alert.</summary>
    Quarantine,
}

/// <summary>What the kernel decided on a query or a response, and by which rule.</summary>
/// <param name="Policy"><c>namespace/name</c>, or the name of a cluster policy; null where no policy's rule decided.</param>
/// <param name="Rule">The rule within it, e.g. <c>rules[2]</c> or <c>default</c>.</param>
/// <param name="List">The domain list that holds the name, where it was one.</param>
public sealed record Verdict(VerdictAction Action, VerdictMode Mode, VerdictReason Reason, string? Policy, string? Rule, string? List);

/// <summary>Anything that can be published. Immutable once published; safe to keep and to read from any thread.</summary>
public abstract class Event
{
    /// <summary>When it happened: nanoseconds since the Unix epoch, UTC.</summary>
    public required long TimeNs { get => atNs; init => atNs = value; }

    public abstract EventKind Kind { get; }

    private protected long atNs;
}

/// <summary>What is wrong with a message and where: octets from the start of the DNS message.</summary>
public sealed record Malformed(string What, int Offset);

/// <summary>Events or history that were missed since the last such event.</summary>
public sealed class LossEvent : Event
{
    public override EventKind Kind => EventKind.Loss;

    /// <summary>A reason as in <c>eider status</c>, e.g. <c>ring_full</c>.</summary>
    public required string Reason { get; init; }

    public required long Count { get; init; }
}
