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
    public required long TimeNs { get; init; }

    public abstract EventKind Kind { get; }
}

/// <summary>What is wrong with a message and where: octets from the start of the DNS message.</summary>
public sealed record Malformed(string What, int Offset);

/// <summary>One DNS message (<see cref="EventKind.Query"/>, <see cref="EventKind.Response"/>) or one exchange (<see cref="EventKind.Transaction"/>).</summary>
public sealed class DnsEvent : Event
{
    private Identity identity = Identity.Unknown;

    public override EventKind Kind => EventKind;

    public required EventKind EventKind { get; init; }

    public required Role Role { get; init; }

    public required Transport Transport { get; init; }

    public required Endpoint Client { get; init; }

    public required Endpoint Server { get; init; }

    public Identity Identity { get => identity; init => identity = value; }

    /// <summary>The same message where its receiver was found out by other means than its socket.</summary>
    internal DnsEvent Of(Identity identity)
    {
        var copy = (DnsEvent)MemberwiseClone();
        copy.identity = identity;
        return copy;
    }

    /// <summary>Transaction id, RFC 1035 4.1.1; null when the message ends before it.</summary>
    public ushort? Id { get; init; }

    /// <summary>Question name in presentation form, case as asked, no trailing dot ("." for the root), octets outside a-z A-Z 0-9 - _ and other
    /// printable ASCII as \DDD (RFC 4343 2.1); null when there is no readable question.</summary>
    public string? Name { get; init; }

    /// <summary>Question type (<see cref="Decode.RecordType"/> has the names); null when there is no readable question.</summary>
    public ushort? QueryType { get; init; }

    /// <summary>Response code with the EDNS extension (RFC 6891 6.1.3); null for a query and for an unanswered exchange.</summary>
    public ushort? Rcode { get; init; }

    /// <summary>The DNS message, without TCP length prefix: of the response where there is one, else of the query. Decoded again where its records are needed.</summary>
    public ReadOnlyMemory<byte> Message { get; init; }

    /// <summary>Octets of the message that were sent; more than <see cref="Message"/> holds when it was cut.</summary>
    public int WireLength { get; init; }

    public Malformed? Malformed { get; init; }

    /// <summary>Of a query, or of the query of a transaction, null where no policy selects its workload; of a response, or of the response of a transaction, only
    /// where it was kept from its socket, or would have been by an audited policy.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>Of a response that no socket received: nothing listens on its port.</summary>
    public bool IsUndelivered { get; init; }

    /// <summary>Its datagram came in fragments; of a transaction, that of the response.</summary>
    public bool IsFragmented { get; init; }

    /// <summary>True for a query or response that no transaction will speak for: mDNS, malformed beyond joining, unsolicited or duplicate responses.
    /// Views that show transactions show these beside them.</summary>
    public bool Standalone { get; init; }

    /// <summary>Why <see cref="Standalone"/> is true; <see cref="StandaloneReason.None"/> where it is not.</summary>
    public StandaloneReason StandaloneReason { get; init; }

    // The rest is for transactions.

    /// <summary>From the first query to the first response; null when unanswered, not a transaction, or when the clock went back between them.</summary>
    public long? LatencyNs { get; init; }

    /// <summary>Times the client sent the same query again; where a resend came from another port, to another server or after the time limit, and so is
    /// an exchange of its own, this counts the earlier sends too.</summary>
    public int Retries { get; init; }

    /// <summary>True when no response came within the time limit.</summary>
    public bool Unanswered { get; init; }

    /// <summary>True when the exchange was let go before its time limit: the table was full, or the input ended. Whether a response came is not known.</summary>
    public bool NotFollowed { get; init; }

    /// <summary>The name the application asked for before the resolver library appended a search suffix; null where that cannot be told.</summary>
    public string? SearchedName { get; init; }

    /// <summary>Length of the query's message, where this is a transaction whose <see cref="Message"/> is the response.</summary>
    public int QueryLength { get; init; }
}

/// <summary>Events or history that were missed since the last such event.</summary>
public sealed class LossEvent : Event
{
    public override EventKind Kind => EventKind.Loss;

    /// <summary>A reason as in <c>eider status</c>, e.g. <c>ring_full</c>.</summary>
    public required string Reason { get; init; }

    public required long Count { get; init; }
}

/// <summary>Receives published events.</summary>
public interface IEventSink
{
    /// <summary>Takes the event at once: a sink with slow work queues it, bounded, and counts what it must drop. Called from the pipeline's thread only.</summary>
    void Publish(Event published);
}
