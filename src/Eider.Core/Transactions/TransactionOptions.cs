// Limits of the table of transactions, and what it counts.

namespace Eider.Core.Transactions;

public sealed record TransactionOptions
{
    /// <summary>A query without a response for this long is unanswered.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What is open over a TCP connection that ends is unanswered this much later.</summary>
    public TimeSpan CloseGrace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an exchange that has ended is remembered, so that late and duplicate responses are known for what they are.</summary>
    public TimeSpan Remembered { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The same question by the same process from another port or to another server is a resend when the first has waited this long. Stub
    /// resolvers wait a second or more; what comes sooner is asked in parallel.</summary>
    public TimeSpan ResendAfter { get; init; } = TimeSpan.FromMilliseconds(900);

    /// <summary>Exchanges that wait for a response at the same time.</summary>
    public int OpenLimit { get; init; } = 65_536;

    /// <summary>Ended exchanges that are remembered: so many that were answered, and so many that were not.</summary>
    public int RememberedLimit { get; init; } = 65_536;

    /// <summary>Octets of messages and names that are kept, so that long ones cannot fill the memory where short ones would not.</summary>
    public int MemoryLimit { get; init; } = 32 * 1024 * 1024;

    /// <summary>Questions in flight with one port and one id; more than one is an id used again.</summary>
    public int QuestionsPerKeyLimit { get; init; } = 8;
}

/// <summary>Running totals since the start; read from any thread.</summary>
public sealed class TransactionCounters
{
    /// <summary>Exchanges that wait for a response now.</summary>
    public long Open { get; internal set; }

    public long Answered { get; internal set; }

    public long Unanswered { get; internal set; }

    /// <summary>Queries sent again, also from another port.</summary>
    public long Retries { get; internal set; }

    public long Duplicates { get; internal set; }

    public long Conflicting { get; internal set; }

    public long Late { get; internal set; }

    public long Unsolicited { get; internal set; }

    /// <summary>Further messages of a zone transfer.</summary>
    public long TransferMessages { get; internal set; }

    /// <summary>Queries that took the id and port of another question still open.</summary>
    public long IdReuses { get; internal set; }

    /// <summary>Exchanges let go because the table was full.</summary>
    public long Shed { get; internal set; }

    /// <summary>Exchanges let go because the input ended.</summary>
    public long Flushed { get; internal set; }
}
