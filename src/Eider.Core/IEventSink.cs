// Where the road ends: what receives events, and how it says which of them it wants.

namespace Eider.Core;

/// <summary>Receives published events.</summary>
public interface IEventSink
{
    /// <summary>What it takes; what it does not is not always made. Asked for once.</summary>
    EventInterest Interest => EventInterest.All;

    /// <summary>Whether it takes an exchange that has ended: asked before its event is made, on the pipeline's thread.</summary>
    bool Wants(in EndedExchange exchange) => true;

    /// <summary>Takes the event at once: a sink with slow work queues it, bounded, and counts what it must drop. It may keep it. Called from the pipeline's thread only.</summary>
    void Publish(Event published);
}

/// <summary>Which of the events that nearly all traffic consists of a sink takes. Its sink may change it at any time, from any thread. Everything else is handed to
/// every sink.</summary>
public sealed class EventInterest(bool messages, bool exchanges)
{
    private volatile bool messages = messages;
    private volatile bool exchanges = exchanges;

    public static readonly EventInterest All = new(messages: true, exchanges: true);

    /// <summary>Neither.</summary>
    public static readonly EventInterest Rest = new(messages: false, exchanges: false);

    /// <summary>Queries and responses that an exchange speaks for (<see cref="DnsEvent.Standalone"/> is false).</summary>
    public bool Messages { get => messages; set => messages = value; }

    /// <summary><see cref="EventKind.Transaction"/>.</summary>
    public bool Exchanges { get => exchanges; set => exchanges = value; }
}

/// <summary>An exchange that is over, of which there is no event yet.</summary>
/// <param name="Response">Null where none came, or nobody waited for it any longer.</param>
/// <param name="IsUnanswered">Its time is over.</param>
public readonly record struct EndedExchange(DnsEvent Query, DnsEvent? Response, bool IsUnanswered)
{
    public Identity Identity => Query.Identity.Process is null && Response is not null ? Response.Identity : Query.Identity;

    /// <summary>Of the answer is said what an audited policy would have done to it.</summary>
    public Verdict? Verdict => Query.Verdict is { Action: VerdictAction.Deny } ? Query.Verdict : Response?.Verdict ?? Query.Verdict;
}

/// <summary>Whether anybody wants the event of an exchange.</summary>
internal delegate bool ExchangeFilter(in EndedExchange exchange);
