// The life of one exchange: opened by a query, ended by a response, by time, by its connection, or for want of room.

using Eider.Core.Decode;

namespace Eider.Core.Transactions;

public sealed partial class TransactionTable
{
    /// <returns>False where it is a resend of one that is open.</returns>
    private bool Open(in Judgement judgement, DnsEvent query)
    {
        if (FindSame(judgement, query, out var earlierSends))
        {
            return false;
        }

        MakeRoom(query.Message.Length + (2 * (query.Name?.Length ?? 0)));

        earlierSends = earlierSends != 0 ? earlierSends : SendsFromElsewhere(judgement, query);
        var index = entries.Add(judgement.Key, judgement.KeyHash, TransactionState.Fresh);
        ref var entry = ref entries[index];
        entry.Name = query.Name;
        entry.QueryType = query.QueryType ?? 0;
        entry.QueryClass = judgement.QueryClass;
        entry.QuestionHash = judgement.QuestionHash;
        entry.Opcode = judgement.Opcode;
        entry.Query = query;
        entry.Retries = earlierSends;
        entry.SinceNs = clock.NowNs;
        octets += entry.Octets;
        if (entry.Key.Transport == Transport.Tcp)
        {
            connections.Add(index);
        }

        CountOpen();
        return true;
    }

    /// <summary>What is only remembered goes before what is open.</summary>
    private void MakeRoom(int needed)
    {
        if (Counters.Open >= options.OpenLimit)
        {
            Shed(OldestOpen());
        }

        while (octets + needed > options.MemoryLimit && entries.Oldest(TransactionState.Expired) is var expired and not TransactionEntries.None)
        {
            Forget(expired);
        }

        while (octets + needed > options.MemoryLimit && OldestOpen() is var open and not TransactionEntries.None)
        {
            Shed(open);
        }
    }

    /// <summary>True when the query is a resend of an open exchange. Makes room under the key otherwise, where it must.</summary>
    /// <param name="earlierSends">Of the same question from the same port with the same id, unanswered before the time limit.</param>
    private bool FindSame(in Judgement judgement, DnsEvent query, out int earlierSends)
    {
        earlierSends = 0;
        var open = 0;
        var oldest = TransactionEntries.None;
        var expired = TransactionEntries.None;
        for (var index = entries.First(judgement.KeyHash); index != TransactionEntries.None; index = entries.Next(index))
        {
            ref var entry = ref entries[index];
            if (entry.Hash != judgement.KeyHash || entry.Key != judgement.Key)
            {
                continue;
            }

            var same = entry.Asks(query.Name, query.QueryType ?? 0, judgement.QueryClass, judgement.Opcode);
            if (entry.IsOpen && same)
            {
                Resend(index);
                return true;
            }

            expired = same ? index : expired;
            open += entry.IsOpen ? 1 : 0;
            oldest = entry.IsOpen && (oldest == TransactionEntries.None || entry.SinceNs <= entries[oldest].SinceNs) ? index : oldest;
        }

        earlierSends = Renew(expired);
        Reuse(open, oldest);
        return false;
    }

    /// <summary>The same question again over an exchange that nobody answered in time replaces it.</summary>
    private int Renew(int expired)
    {
        if (expired == TransactionEntries.None)
        {
            return 0;
        }

        Counters.Retries++;
        var sends = entries[expired].Retries + 1;
        Forget(expired);
        return sends;
    }

    private void Reuse(int open, int oldest)
    {
        Counters.IdReuses += open > 0 ? 1 : 0;
        if (open >= options.QuestionsPerKeyLimit)
        {
            Shed(oldest);
        }
    }

    private void Resend(int index)
    {
        Counters.Retries++;
        StopWaiting(index);
        entries[index].Retries++;
        entries[index].SinceNs = clock.NowNs;
        entries.MoveTo(index, TransactionState.Fresh);
    }

    private void Answer(in Judgement judgement, DnsEvent response)
    {
        Counters.Answered++;
        var query = entries[judgement.Entry].Query!;
        Publish(judgement.Entry, response, unanswered: false);
        Remember(judgement.Entry, judgement.ContentHash);
        Forget(judgement.Entry);
        release?.Invoke(query);
    }

    private void Remember(int index, uint contentHash)
    {
        ref var entry = ref entries[index];
        answered.Add(new AnsweredExchange
        {
            KeyHash = entry.Hash,
            SinceNs = clock.NowNs,
            QuestionHash = entry.QuestionHash,
            ContentHash = contentHash,
            Opcode = entry.Opcode,
            IsTransfer = IsTransfer(entry),
        });
    }

    /// <summary>Keeps what tells a late response, without the event.</summary>
    private void Expire(int index)
    {
        Counters.Unanswered++;
        Publish(index, response: null, unanswered: true);
        Detach(index);
        ref var entry = ref entries[index];
        octets -= entry.Octets;
        entry.Query = null;
        octets += entry.Octets;
        entry.SinceNs = clock.NowNs;
        entries.MoveTo(index, TransactionState.Expired);
        if (entries.Count(TransactionState.Expired) > options.RememberedLimit)
        {
            Forget(entries.Oldest(TransactionState.Expired));
        }

        CountOpen();
    }

    private void Shed(int index)
    {
        Counters.Shed++;
        Publish(index, response: null, unanswered: false);
        Forget(index);
    }

    /// <summary>From here on, the same question from elsewhere is a resend of this one.</summary>
    private void Await(int index, TransactionState state)
    {
        ref var entry = ref entries[index];
        entry.Waiting = WaitingQuestion.Of(entry.Query!, entry.Key.Scope, entry.QueryClass);
        waiting[entry.Waiting] = index;
        entries.MoveTo(index, state);
    }

    private void StopWaiting(int index)
    {
        ref var entry = ref entries[index];
        if (entry.Waiting is { } question && waiting.TryGetValue(question, out var last) && last == index)
        {
            waiting.Remove(question);
        }

        entry.Waiting = null;
    }

    /// <summary>Sends of the same question by the same process over other ports, none answered so far.</summary>
    private int SendsFromElsewhere(in Judgement judgement, DnsEvent query)
    {
        if (waiting.Count == 0 || !waiting.TryGetValue(WaitingQuestion.Of(query, judgement.Key.Scope, judgement.QueryClass), out var index))
        {
            return 0;
        }

        Counters.Retries++;
        return entries[index].Retries + 1;
    }

    private void Forget(int index)
    {
        StopWaiting(index);
        Detach(index);
        octets -= entries[index].Octets;
        entries.Remove(index);
        CountOpen();
    }

    private void Detach(int index)
    {
        if (entries[index].Key.Transport == Transport.Tcp && entries[index].IsOpen)
        {
            connections.Remove(index);
        }
    }

    private void CountOpen() =>
        Counters.Open = entries.Count(TransactionState.Fresh) + entries.Count(TransactionState.Waiting) + entries.Count(TransactionState.Closing);

    private int OldestOpen()
    {
        var closing = entries.Oldest(TransactionState.Closing);
        var asked = entries.Oldest(TransactionState.Waiting);
        return closing != TransactionEntries.None ? closing : asked != TransactionEntries.None ? asked : entries.Oldest(TransactionState.Fresh);
    }

    private bool IsDue(TransactionState state, long nowNs, TimeSpan after, out int index)
    {
        index = entries.Oldest(state);
        return index != TransactionEntries.None && nowNs - entries[index].SinceNs >= after.Ticks * 100;
    }

    private void Publish(int index, DnsEvent? response, bool unanswered)
    {
        ref var entry = ref entries[index];
        var query = entry.Query!;
        var exchange = new EndedExchange(query, response, unanswered);
        var wanted = isWanted?.Invoke(exchange) ?? true;
        var searchedName = SearchedName(entry, response, wanted);
        if (!wanted)
        {
            return;
        }

        var shown = response ?? query;
        shown.IsKept = true; // its message is this one's
        publish(new DnsEvent
        {
            EventKind = EventKind.Transaction,
            TimeNs = query.TimeNs,
            Role = query.Role,
            Transport = query.Transport,
            Client = query.Client,
            Server = query.Server,
            Identity = exchange.Identity,
            Id = query.Id,
            Name = query.Name,
            QueryType = query.QueryType,
            Rcode = response?.Rcode,
            Message = shown.Message,
            WireLength = shown.WireLength,
            Malformed = response?.Malformed ?? query.Malformed,
            Verdict = exchange.Verdict,
            IsFragmented = response?.IsFragmented ?? false,
            LatencyNs = response is not null && response.TimeNs >= query.TimeNs ? response.TimeNs - query.TimeNs : null,
            Retries = entry.Retries,
            Unanswered = unanswered,
            NotFollowed = response is null && !unanswered,
            SearchedName = searchedName,
            QueryLength = response is null ? 0 : query.WireLength,
        });
    }

    /// <param name="wanted">Else it is only followed.</param>
    private string? SearchedName(in TransactionEntry entry, DnsEvent? response, bool wanted)
    {
        var query = entry.Query!;
        if (query.Name is null)
        {
            return null;
        }

        var asker = Asker.Of(query, entry.Key.Scope);
        var isNegative = response is not null && IsNegative(response);
        if (!wanted && !isNegative && !searchLists.Follows(asker))
        {
            return null;
        }

        return searchLists.Observe(new SearchStep(
            asker,
            query.Name,
            entry.QueryType,
            query.TimeNs,
            response?.TimeNs ?? query.TimeNs,
            isNegative,
            query.Role == Role.Client ? resolverConfigOf?.Invoke(query.Identity) : null)); // a server's own says nothing of its clients
    }

    /// <summary>The name is not there, or nothing of this type is (RFC 2308).</summary>
    private static bool IsNegative(DnsEvent response)
    {
        var header = new MessageHeader(response.Message.Span);
        return response.Rcode == Rcode.NxDomain || (response.Rcode == Rcode.NoError && header.AnswerCount == 0 && !header.IsTruncated);
    }
}
