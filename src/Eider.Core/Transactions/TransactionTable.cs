// Joins queries and responses into exchanges. Stands between Enrich and Publish; pure: time comes from the events.
//
// For each message the pipeline asks Judge, makes the event with the answer in it, publishes the event, and hands it to Commit; what the exchange
// then amounts to is published as an event of its own.

using System.Runtime.CompilerServices;
using Eider.Core.Decode;

namespace Eider.Core.Transactions;

/// <summary>The exchanges under way. Not thread-safe.</summary>
public sealed partial class TransactionTable
{
    private readonly Action<DnsEvent> publish;
    private readonly ExchangeFilter? isWanted;
    private readonly Action<DnsEvent>? release;
    private readonly TransactionOptions options;
    private readonly TimeSpan resendAfter;
    private readonly TransactionEntries entries = new();
    private readonly AnsweredExchanges answered;
    private readonly TransactionConnections connections;
    private readonly SearchListTracker searchLists = new();
    private readonly Func<Identity, ResolverConfig?>? resolverConfigOf;
    private readonly EventClock clock = new();
    private long octets;

    /// <summary>The last send of each question that has waited for <see cref="TransactionOptions.ResendAfter"/>, while its exchange is remembered.</summary>
    private readonly Dictionary<WaitingQuestion, int> waiting = [];

    /// <param name="publish">Takes each transaction; called from within <see cref="Judge"/>, <see cref="Commit"/>, <see cref="Advance"/> and
    /// <see cref="Flush"/>, and must not call back into the table.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="resolverConfigOf">Tells the resolver configuration of a process, where it is known; null to go without.</param>
    public TransactionTable(Action<DnsEvent> publish, TransactionOptions? options = null, Func<Identity, ResolverConfig?>? resolverConfigOf = null)
        : this(publish, options, resolverConfigOf, null, null)
    {
    }

    /// <param name="isWanted">Asked right before a transaction is made and published, with the same restriction; null where all are.</param>
    /// <param name="release">Takes the query of each answered exchange, which is not needed any more; null to let go of it.</param>
    internal TransactionTable(
        Action<DnsEvent> publish, TransactionOptions? options, Func<Identity, ResolverConfig?>? resolverConfigOf, ExchangeFilter? isWanted, Action<DnsEvent>? release)
    {
        (this.isWanted, this.release) = (isWanted, release);
        this.publish = publish;
        this.resolverConfigOf = resolverConfigOf;
        connections = new TransactionConnections(entries);
        this.options = options ?? new TransactionOptions();
        answered = new AnsweredExchanges(this.options.RememberedLimit, this.options.Remembered);
        resendAfter = this.options.ResendAfter < this.options.Timeout ? this.options.ResendAfter : this.options.Timeout;
    }

    public TransactionCounters Counters { get; } = new();

    /// <summary>Decides what a message is to the exchanges known. Follow with <see cref="Commit"/> before anything else is asked of the table.</summary>
    public Judgement Judge(in TransactionMessage message)
    {
        Advance(message.TimeNs);
        if (message.IsMulticast)
        {
            return new(StandaloneReason.Multicast);
        }

        if (!message.HasHeader)
        {
            return new(StandaloneReason.Malformed);
        }

        return message.Header.IsResponse ? JudgeResponse(message) : JudgeQuery(message);
    }

    /// <summary>Takes the event made from the message judged last, and publishes the transaction that it completes, if it does.</summary>
    /// <param name="judgement">As returned by <see cref="Judge"/>.</param>
    /// <param name="judged">Kept until its exchange ends, where it opens one.</param>
    /// <returns>Whether it is kept.</returns>
    public bool Commit(in Judgement judgement, DnsEvent judged)
    {
        if (judgement.Step == CommitStep.Answer)
        {
            Answer(judgement, judged);
        }

        return judgement.Step == CommitStep.Open && Open(judgement, judged);
    }

    /// <summary>Moves the clock on: publishes what has become unanswered and forgets what is over. Cheap when nothing is due.</summary>
    /// <param name="nowNs">On the clock of the events' timestamps.</param>
    public void Advance(long nowNs)
    {
        var now = clock.Observe(nowNs);
        while (IsDue(TransactionState.Fresh, now, resendAfter, out var index))
        {
            Await(index, TransactionState.Waiting);
        }

        while (IsDue(TransactionState.Waiting, now, options.Timeout, out var index))
        {
            Expire(index);
        }

        while (IsDue(TransactionState.Closing, now, options.CloseGrace, out var index))
        {
            Expire(index);
        }

        while (IsDue(TransactionState.Expired, now, options.Remembered, out var index))
        {
            Forget(index);
        }
    }

    /// <summary>Tells that a TCP connection has ended: no response is waited for for longer than what was on its way needs.</summary>
    /// <param name="connection">Its id does not matter.</param>
    /// <param name="timeNs">When it ended.</param>
    public void EndConnection(in TransactionKey connection, long timeNs)
    {
        Advance(timeNs);
        for (var index = connections.Youngest(connection); index != TransactionEntries.None; index = entries[index].EarlierOnConnection)
        {
            if (entries[index].State != TransactionState.Closing)
            {
                Await(index, TransactionState.Closing);
                entries[index].SinceNs = clock.NowNs;
            }
        }
    }

    /// <summary>Ends every exchange that is still open, at the end of the input.</summary>
    public void Flush()
    {
        while (OldestOpen() is var index and not TransactionEntries.None)
        {
            Counters.Flushed++;
            Publish(index, response: null, unanswered: false);
            Forget(index);
        }
    }

    private static Judgement JudgeQuery(in TransactionMessage message)
    {
        if (message.Name is null || message.QueryType is null)
        {
            return new(StandaloneReason.Malformed);
        }

        var key = message.Key;
        return new(CommitStep.Open, key, key.Hash) { QueryClass = message.QueryClass, QuestionHash = message.QuestionHash, Opcode = message.Header.Opcode };
    }

    private Judgement JudgeResponse(in TransactionMessage message)
    {
        var header = message.Header;
        if (message.Name is null && header.QuestionCount != 0)
        {
            return new(StandaloneReason.Malformed);
        }

        var key = message.Key;
        var keyHash = key.Hash;
        answered.Prepare(keyHash);
        var contentHash = (uint)KeyedHash.Of(message.Message);
        var index = FindAsked(key, keyHash, message, header);
        if (index != TransactionEntries.None)
        {
            return entries[index].State == TransactionState.Expired
                ? JudgeLate(index, contentHash)
                : new(CommitStep.Answer, key, keyHash) { Entry = index, ContentHash = contentHash };
        }

        ref var before = ref answered.Find(keyHash, message, clock.NowNs);
        if (!Unsafe.IsNullRef(ref before))
        {
            return JudgeAgain(ref before, contentHash);
        }

        if (message.MayBeMulticast)
        {
            return new(StandaloneReason.Multicast);
        }

        Counters.Unsolicited++;
        return new(StandaloneReason.Unsolicited);
    }

    /// <summary>A response to what has been answered.</summary>
    private Judgement JudgeAgain(ref AnsweredExchange before, uint contentHash)
    {
        if (before.IsTransfer)
        {
            Counters.TransferMessages++;
            before.ContentHash = contentHash;
            before.SinceNs = clock.NowNs;
            return default;
        }

        if (before.ContentHash == contentHash)
        {
            Counters.Duplicates++;
            return new(StandaloneReason.Duplicate);
        }

        Counters.Conflicting++;
        return new(StandaloneReason.Conflicting);
    }

    private Judgement JudgeLate(int index, uint contentHash)
    {
        Counters.Late++;
        Remember(index, contentHash);
        Forget(index);
        return new(StandaloneReason.Late);
    }

    /// <summary>The exchange a response belongs to: an open one before one that nobody answered in time.</summary>
    private int FindAsked(in TransactionKey key, ulong keyHash, in TransactionMessage response, MessageHeader header)
    {
        var expired = TransactionEntries.None;
        for (var index = entries.First(keyHash); index != TransactionEntries.None; index = entries.Next(index))
        {
            ref var entry = ref entries[index];
            if (entry.Hash != keyHash || entry.Key != key || !Answers(response, header, entry))
            {
                continue;
            }

            if (entry.IsOpen)
            {
                return index;
            }

            expired = expired == TransactionEntries.None ? index : expired;
        }

        return expired;
    }

    /// <summary>The question must come back as it was asked (RFC 5452 9.1). Servers that could not read it leave it out of their error.</summary>
    private static bool Answers(in TransactionMessage response, MessageHeader header, in TransactionEntry entry) =>
        response.Name is null
            ? entry.Opcode == header.Opcode && header.Rcode != 0
            : entry.Asks(response.Name, response.QueryType ?? 0, response.QueryClass, header.Opcode);

    private static bool IsTransfer(in TransactionEntry entry) => entry.QueryType is RecordType.AXFR or RecordType.IXFR && entry.Key.Transport == Transport.Tcp;
}
