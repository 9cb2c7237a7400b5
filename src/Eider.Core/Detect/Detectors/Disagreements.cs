// One name, two resolvers: what a client was answered, held against what a second resolver says when it is asked. Most that differ do so rightly (content networks answer
// by region, names rotate and fail over), so that a difference alone tells nothing.

using System.Globalization;
using System.Runtime.CompilerServices;
using Eider.Core.Decode;

namespace Eider.Core.Detect.Detectors;

/// <summary>What came of comparing one name and type of one resolver.</summary>
internal struct Comparison
{
    /// <summary>What the second resolver said: when both agreed last, or since they differ.</summary>
    public AnswerDigest Second;

    /// <summary>Not compared again before, unless it changes.</summary>
    public long NextNs;

    /// <summary>Nor before that.</summary>
    public long NotBeforeNs;

    /// <summary>When they began to agree, or to differ.</summary>
    public long SinceNs;

    /// <summary>Agreements in a row, up to the quorum. Kept while they differ.</summary>
    public int Agreed;

    /// <summary>Differences in a row.</summary>
    public int Differed;

    /// <summary>Longest lifetime that the second resolver gave, seconds.</summary>
    public uint LongestTtl;
}

/// <summary>Tells of two things: a name that both answered alike for long, which the client's resolver answers otherwise now, while the second still says the same after its
/// cache had to ask again; and a name that differs from the start, though it is none that answers by region or load.</summary>
/// <param name="ask">False where it cannot take the question now. Answers come through <see cref="Note"/>, later. Null: there is nobody to ask.</param>
internal sealed class Disagreements(
    CrossCheckOptions? options, Func<CrossQuestion, bool>? ask, LocalNames local, ProtectedNames protectedNames, Sighting sighting, AlertDesk desk) : IDetector
{
    private const long Second = 1_000_000_000;

    /// <summary>Agreements in a row before a difference means something. Names that answer now this, now that, half of the time each, would come as far once in 65,536 times.</summary>
    public const int Quorum = 16;

    /// <summary>Differences in a row: the second after the second resolver's cache had to ask again, the third a whole lifetime later, for there may be a cache behind the cache. What is being moved is moved then, for both.</summary>
    public const int Differences = 3;

    /// <summary>Seconds. Names that answer by region or load have lifetimes of seconds to minutes, or they could not follow either.</summary>
    public const uint SteadyTtl = 3600;

    /// <summary>Between comparisons of one name, at least: a cache of a second answers anew then.</summary>
    public const long LeastIntervalNs = 10 * Second;

    /// <summary>And before the quorum, at most.</summary>
    public const long LearningIntervalNs = 300 * Second;

    /// <summary>After it, unless the answer changes: seldom enough for a thousand names at one question a second.</summary>
    public const long KnownIntervalNs = 900 * Second;

    /// <summary>No cache keeps an answer for longer (RFC 8767 5 has seven days at most; resolvers in use, one).</summary>
    public const long LongestIntervalNs = 86_400 * Second;

    /// <summary>After a question that nothing came of.</summary>
    public const long FailedIntervalNs = 60 * Second;

    private const int RecursionAvailable = 0x0080;

    /// <summary>Of the rate: what may be asked at once.</summary>
    private const double BurstSeconds = 10;

    private readonly BoundedTable<BaselineKey, Comparison> names = new(DetectOptions.PartyLimit);
    private double tokens;
    private long filledNs;

    public IReadOnlyList<DetectionKind> Finds => [Detections.Disagreement];

    public long Bytes => names.Bytes;

    public long Shed => names.Shed;

    /// <summary>Names that are compared.</summary>
    public int Names => names.Count;

    public CrossCheckCounters Counters { get; } = new();

    public void Examine(Sighting seen)
    {
        if (options is null || ask is null || seen.IsSuspicious || !IsComparable(seen, options.Resolver.Address))
        {
            return;
        }

        // 1. Is it due? That something has no address is compared only where it had one.
        var key = new BaselineKey(seen.Event.Server.Address, seen.View.Name, seen.Question.Type);
        var isKnown = !Unsafe.IsNullRef(ref names.Find(key));
        var (hasAddress, isPublic) = LookAt(seen.View);
        if (!isPublic || (isKnown ? !IsDue(names.Touch(key, out _), seen) : !hasAddress))
        {
            return;
        }

        // 2. May it be asked? A second resolver is somebody else, whom names of one's own are not for.
        var name = seen.Event.Name!;
        if (local.Contains(name) || QuestionLength(seen.Event.Message.Span) is not { } length || !desk.IsOn(Detections.Disagreement))
        {
            return;
        }

        if (!HasToken(isKnown || protectedNames.Covers(name), seen.NowNs) || !ask(new CrossQuestion(seen.Event, length, key, AnswerDigests.Of(seen))))
        {
            Counters.Skipped++;
            return;
        }

        tokens--;
        ref var asked = ref names.Touch(key, out _);
        asked.NextNs = asked.NotBeforeNs = seen.NowNs + LeastIntervalNs;
    }

    /// <summary>Takes what the second resolver said.</summary>
    public void Note(in CrossAnswer answer, long nowNs)
    {
        ref var known = ref names.Find(answer.Question.Key);
        if (Unsafe.IsNullRef(ref known))
        {
            return; // made room for others meanwhile
        }

        var outcome = answer.Outcome;
        var second = default(AnswerDigest);
        if (outcome == CrossOutcome.Answered)
        {
            sighting.View.Read(answer.Message.Span);
            second = AnswerDigests.Of(sighting.View);
            outcome = SaysSomething(second.Rcode) && !second.IsTruncated ? outcome : CrossOutcome.Refused;
        }

        if (outcome != CrossOutcome.Answered)
        {
            Counters.Fail(outcome);
            known.NextNs = nowNs + FailedIntervalNs;
            return;
        }

        Counters.Compared++;
        var ttl = LongestTtl(sighting.View);
        known.LongestTtl = Math.Max(known.LongestTtl, ttl);
        if (Agree(answer.Question.First, second))
        {
            NoteAgreement(ref known, second, ttl, nowNs);
        }
        else
        {
            Counters.Differed++;
            NoteDifference(ref known, answer.Question, second, ttl, nowNs);
        }
    }

    /// <summary>When its time has come, and where it is no more what both said for long.</summary>
    private static bool IsDue(in Comparison known, Sighting seen) =>
        seen.NowNs >= known.NextNs
        || (known.Agreed == Quorum && known.Differed == 0 && seen.NowNs >= known.NotBeforeNs && !Agree(AnswerDigests.Of(seen.View), known.Second));

    private static void NoteAgreement(ref Comparison known, in AnswerDigest second, uint ttl, long nowNs)
    {
        (known.SinceNs, known.Agreed) = known.Agreed == 0 || known.Differed > 0 ? (nowNs, 1) : (known.SinceNs, Math.Min(known.Agreed + 1, Quorum));
        (known.Second, known.Differed) = (second, 0);
        known.NextNs = nowNs + (known.Agreed == Quorum ? KnownIntervalNs : Math.Clamp(ttl * Second, LeastIntervalNs, LearningIntervalNs));
    }

    private void NoteDifference(ref Comparison known, CrossQuestion question, in AnswerDigest second, uint ttl, long nowNs)
    {
        var isMove = (known.Agreed > 0 || known.Differed > 0) && !Agree(known.Second, second);
        if (isMove || (known.Agreed < Quorum && known.Differed == 0))
        {
            // The second resolver says something new as well, or nothing was known yet: from here on.
            (known.Agreed, known.Second) = (0, second);
            (known.Differed, known.SinceNs) = (0, nowNs);
        }
        else if (known.Differed == 0)
        {
            known.SinceNs = nowNs;
        }

        known.Differed++;
        var isSteady = known.Agreed == Quorum;
        known.NextNs = nowNs + (!isSteady || known.Differed > Differences ? Math.Min(known.Differed * LearningIntervalNs, 4 * KnownIntervalNs)
            : Math.Clamp(((known.Differed == 1 ? ttl : known.LongestTtl) + 1) * Second, LeastIntervalNs, LongestIntervalNs));
        if (known.Differed >= Differences && (isSteady || IsPlain(known, question.First, second, nowNs)))
        {
            Tell(known, question, second, ttl, nowNs);
        }
    }

    /// <summary>Two plain addresses, of a name that lives long, for longer than it lives.</summary>
    private static bool IsPlain(in Comparison known, in AnswerDigest first, in AnswerDigest second, long nowNs) =>
        known.LongestTtl >= SteadyTtl && nowNs - known.SinceNs >= Math.Min(known.LongestTtl * Second, LongestIntervalNs)
        && first.Target == 0 && second.Target == 0 && HasAddress(first) && HasAddress(second);

    private void Tell(in Comparison known, CrossQuestion question, in AnswerDigest second, uint ttl, long nowNs)
    {
        var secondText = sighting.View.AddressText();
        var name = question.About.Name;
        var (resolver, isSteady, isDenial) = (options!.Resolver, known.Agreed == Quorum, !HasAddress(question.First));
        sighting.View.Read(question.About.Message.Span);
        sighting.Begin(question.About, nowNs);
        desk.Draft(Detections.Disagreement, sighting, isDenial ? AlertSeverity.Low : isSteady ? AlertSeverity.High : AlertSeverity.Medium)
            ?.With("server", question.About.Server)
            .With("answered", sighting.View.AddressText())
            .With("second_resolver", resolver)
            .With("second_answered", secondText)
            .With("second_ttl", ttl)
            .With("agreed_before", isSteady ? string.Create(CultureInfo.InvariantCulture, $"{Quorum} times in a row, at least") : "not often enough to count")
            .With("differed_in_a_row", known.Differed)
            .With("seconds", (nowNs - known.SinceNs) / Second)
            .With("threshold", isSteady
                ? $"{Quorum} agreements, then {Differences} differences, the last a whole lifetime after the second resolver's cache had to ask again"
                : $"{Differences} differences over the longest lifetime, which is {SteadyTtl} s or more, without aliases")
            .Send(isDenial ? 30 : isSteady ? 75 : 50, isDenial
                ? $"{name} is not answered any more, and {resolver} still says what both said"
                : isSteady ? $"{name} is answered otherwise than it was, and {resolver} still says what both said" : $"{name} is answered otherwise than {resolver} says, and is no name that varies");
    }

    /// <summary>RA: it comes from a resolver, and not from a server that a resolver on this node has asked.</summary>
    private static bool IsComparable(Sighting seen, IpAddress second) =>
        seen.Question.Type is RecordType.A or RecordType.AAAA && seen.Event.StandaloneReason == StandaloneReason.None && seen.Event.Name is not null
        && SaysSomething(seen.View.Header.Rcode) && !seen.View.Header.Truncated && (seen.View.Header.Flags & RecursionAvailable) != 0
        && seen.Event.Server.Address != second;

    private static bool SaysSomething(int rcode) => rcode is Rcode.NoError or Rcode.NxDomain;

    /// <summary>Whether there is an address, and none that is of local use: of those rebinding tells.</summary>
    private static (bool HasAddress, bool IsPublic) LookAt(AnswerView view)
    {
        var has = false;
        foreach (ref var record in view.Records)
        {
            if (record.IsAsked && record.Type is RecordType.A or RecordType.AAAA)
            {
                has = true;
                if (SpecialAddresses.KindOf(record.Address) is not null)
                {
                    return (true, false);
                }
            }
        }

        return (has, true);
    }

    /// <summary>An address that leads somewhere: resolvers that block a name answer with the unspecified one.</summary>
    private static bool HasAddress(in AnswerDigest answer) => answer.PlaceCount > 0 && !answer.Address.IsUnspecified;

    /// <summary>No address is no address, in whatever words.</summary>
    private static bool Agree(in AnswerDigest first, in AnswerDigest second) =>
        (!HasAddress(first) && !HasAddress(second)) || !AnswerDigests.Contradict(first, second);

    /// <summary>Until its cache has to ask again about any part of it.</summary>
    private static uint LongestTtl(AnswerView view)
    {
        var longest = 0u;
        foreach (ref var record in view.Records)
        {
            longest = record.IsAsked ? Math.Max(longest, record.Ttl) : longest;
        }

        return longest;
    }

    /// <summary>Of a question as every sender writes it: labels, no pointer; null for others.</summary>
    private static int? QuestionLength(ReadOnlySpan<byte> message)
    {
        const int TypeAndClass = 4;
        const int LongestLabel = 63;
        var at = DnsHeader.Length;
        while (at < message.Length && message[at] is > 0 and <= LongestLabel)
        {
            at += message[at] + 1;
        }

        var end = at + 1 + TypeAndClass;
        return end <= message.Length && message[at] == 0 && at + 1 - DnsHeader.Length <= DnsName.MaxWireLength ? end - DnsHeader.Length : null;
    }

    /// <summary>New names get what those under comparison leave: else who asks for ever new ones would have the others forgotten.</summary>
    private bool HasToken(bool isKnown, long nowNs)
    {
        var most = Math.Max(2, options!.QueriesPerSecond * BurstSeconds);
        tokens = filledNs == 0 ? most : Math.Min(most, tokens + ((nowNs - filledNs) * options.QueriesPerSecond / Second));
        filledNs = nowNs;
        return tokens >= (isKnown ? 1 : most / 2);
    }
}
