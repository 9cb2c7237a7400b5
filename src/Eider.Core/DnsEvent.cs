// The event of one message, or of one exchange.

namespace Eider.Core;

/// <summary>One DNS message (<see cref="EventKind.Query"/>, <see cref="EventKind.Response"/>) or one exchange (<see cref="EventKind.Transaction"/>).</summary>
public sealed partial class DnsEvent : Event
{
    public override EventKind Kind => EventKind;

    public required EventKind EventKind { get => eventKind; init => eventKind = value; }

    public required Role Role { get => role; init => role = value; }

    public required Transport Transport { get => transport; init => transport = value; }

    public required Endpoint Client { get => client; init => client = value; }

    public required Endpoint Server { get => server; init => server = value; }

    public Identity Identity { get => identity; init => identity = value; }

    /// <summary>Transaction id, RFC 1035 4.1.1; null when the message ends before it.</summary>
    public ushort? Id { get => id; init => id = value; }

    /// <summary>Question name in presentation form, case as asked, no trailing dot ("." for the root), octets outside a-z A-Z 0-9 - _ and other
    /// printable ASCII as \DDD (RFC 4343 2.1); null when there is no readable question.</summary>
    public string? Name { get => name; init => name = value; }

    /// <summary>Question type (<see cref="Decode.RecordType"/> has the names); null when there is no readable question.</summary>
    public ushort? QueryType { get => queryType; init => queryType = value; }

    /// <summary>Response code with the EDNS extension (RFC 6891 6.1.3); null for a query and for an unanswered exchange.</summary>
    public ushort? Rcode { get => rcode; init => rcode = value; }

    /// <summary>The DNS message, without TCP length prefix: of the response where there is one, else of the query. Decoded again where its records are needed.</summary>
    public ReadOnlyMemory<byte> Message { get => message; init => message = value; }

    /// <summary>Octets of the message that were sent; more than <see cref="Message"/> holds when it was cut.</summary>
    public int WireLength { get => wireLength; init => wireLength = value; }

    public Malformed? Malformed { get => malformed; init => malformed = value; }

    /// <summary>Of a query, or of the query of a transaction, null where no policy selects its workload; of a response, or of the response of a transaction, only
    /// where it was kept from its socket, or would have been by an audited policy.</summary>
    public Verdict? Verdict { get => verdict; init => verdict = value; }

    /// <summary>Of a response that no socket received: nothing listens on its port.</summary>
    public bool IsUndelivered { get => isUndelivered; init => isUndelivered = value; }

    /// <summary>Its datagram came in fragments; of a transaction, that of the response.</summary>
    public bool IsFragmented { get => isFragmented; init => isFragmented = value; }

    /// <summary>True for a query or response that no transaction will speak for: mDNS, malformed beyond joining, unsolicited or duplicate responses.
    /// Views that show transactions show these beside them.</summary>
    public bool Standalone { get => standalone; init => standalone = value; }

    /// <summary>Why <see cref="Standalone"/> is true; <see cref="StandaloneReason.None"/> where it is not.</summary>
    public StandaloneReason StandaloneReason { get => standaloneReason; init => standaloneReason = value; }

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
