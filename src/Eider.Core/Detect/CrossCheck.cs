// Comparing what resolvers answer: what is asked of a second one, and what it said.

using Eider.Core.Decode;

namespace Eider.Core.Detect;

/// <param name="Resolver">Asked about what others have answered; its own answers are compared with nothing.</param>
/// <param name="QueriesPerSecond">At most, on the mean.</param>
public sealed record CrossCheckOptions(Endpoint Resolver, double QueriesPerSecond);

/// <summary>A name that a second resolver is to be asked for. Immutable.</summary>
public sealed class CrossQuestion
{
    /// <summary>Octets of the name, type and class in the message of <see cref="About"/>: uncompressed, as they came, in whatever case.</summary>
    private readonly int length;

    internal CrossQuestion(DnsEvent about, int length, in BaselineKey key, in AnswerDigest first)
    {
        (About, this.length, Key, First) = (about, length, key, first);
        about.IsKept = true;
    }

    /// <summary>The question section of a query: one question, RFC 1035 4.1.2.</summary>
    public ReadOnlySpan<byte> Question => About.Message.Span.Slice(DnsHeader.Length, length);

    /// <summary>The answer that a client got, and that is to be compared.</summary>
    public DnsEvent About { get; }

    internal BaselineKey Key { get; }

    internal AnswerDigest First { get; }
}

public enum CrossOutcome : byte
{
    Answered,

    /// <summary>No answer in time.</summary>
    TimedOut,

    /// <summary>Nothing listens there, or no way leads there.</summary>
    Unreachable,

    /// <summary>It cannot show that it is the one it is taken for.</summary>
    Untrusted,

    /// <summary>Something else than an answer to the question.</summary>
    Broken,

    /// <summary>It answered with a failure such as SERVFAIL or REFUSED.</summary>
    Refused,
}

/// <summary>What came of it.</summary>
/// <param name="Message">The answer, which repeats the question; empty without one.</param>
public readonly record struct CrossAnswer(CrossQuestion Question, CrossOutcome Outcome, ReadOnlyMemory<byte> Message);

/// <summary>Running totals since the start; read from any thread.</summary>
public sealed class CrossCheckCounters
{
    private readonly long[] failed = new long[Enum.GetValues<CrossOutcome>().Length];

    /// <summary>Answers that were compared.</summary>
    public long Compared { get; internal set; }

    /// <summary>Of these, those with nothing in common.</summary>
    public long Differed { get; internal set; }

    /// <summary>Answers that were not compared because the rate did not allow it, or too many questions were under way.</summary>
    public long Skipped { get; internal set; }

    /// <summary>Questions that nothing came of.</summary>
    public long Failed(CrossOutcome outcome) => Volatile.Read(ref failed[(int)outcome]);

    internal void Fail(CrossOutcome outcome) => failed[(int)outcome]++;
}
