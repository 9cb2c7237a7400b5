// Two different answers to one question: one of them may be forged.

using System.Runtime.CompilerServices;
using Eider.Core.Decode;

namespace Eider.Core.Detect.Detectors;

/// <summary>A server that is asked once answers once. Harmless are: the same answer again, the same set in another order or with less time to live,
/// other servers of the same networks or behind the same alias, places where this resolver has sent this name before, and failures.</summary>
internal sealed class Conflicts(AskedQuestions asked, NameBaselines baselines, AlertDesk desk, SensorGaps gaps, DetectCounters counters) : IDetector
{
    public IReadOnlyList<DetectionKind> Finds => [Detections.Conflict];

    public void Examine(Sighting sighting)
    {
        if (sighting.Event.StandaloneReason != StandaloneReason.Conflicting || sighting.Event.Transport != Transport.Udp)
        {
            return;
        }

        ref var question = ref asked.Find(sighting.Question);
        if (Unsafe.IsNullRef(ref question) || !question.First.IsSet || question.First.Port != sighting.Event.Client.Port || question.First.Id != sighting.Event.Id)
        {
            counters.Unjudged++;
            return;
        }

        sighting.Victim = question.Identity ?? sighting.Victim;
        var second = AnswerDigests.Of(sighting);
        ref var first = ref question.First;
        if (!AnswerDigests.Contradict(first, second))
        {
            return;
        }

        var sends = question.Last.Id == sighting.Event.Id ? question.Last.Sends : question.Before.Sends;
        Judge(sighting, first, second, sends);
    }

    private void Judge(Sighting sighting, in AnswerDigest first, in AnswerDigest second, int sends)
    {
        ref var baseline = ref baselines.Find(new(sighting.Event.Server.Address, sighting.View.Name, sighting.Question.Type));
        var isName = !Unsafe.IsNullRef(ref baseline);
        var secondKnown = isName && baseline.KnowsAny(second);
        var differs = first.Manner != second.Manner;
        if ((first.WasKnown && secondKnown) || (isName && baseline.Varies && !differs))
        {
            return;
        }

        // Asked twice, and the second time may be among what was lost, a resolver may well answer differently; only what it never answers otherwise, or
        // in another manner, is left to wonder about.
        var isSure = isName && baseline.IsStable && first.WasKnown != secondKnown;
        if (!isSure && (sends > 1 || (gaps.IsRecent(sighting.NowNs) && !differs)))
        {
            return;
        }

        desk.Draft(Detections.Conflict, sighting, isSure || differs ? AlertSeverity.High : AlertSeverity.Medium)
            ?.With("first", Describe(first))
            .With("second", Describe(second))
            .With("second_addresses", sighting.View.AddressText())
            .With("microseconds_between", (sighting.Event.TimeNs - first.TimeNs) / 1000)
            .With("times_asked", sends)
            .With("manner", differs ? "header flags or EDNS differ" : "alike")
            .With("usual", !isSure ? "not known yet" : secondKnown ? "the second is where the name has been" : "the first is where the name has been")
            .Send(isSure ? 90 : differs ? 75 : 50, isSure && secondKnown
                ? "the question was answered twice, and the first answer is not what this name usually has"
                : "one question was answered twice, with contradicting answers");
    }

    private static string Describe(in AnswerDigest answer) =>
        answer.Addresses == 0 ? $"{Rcode.Name(answer.Rcode)} without an address" : $"{answer.Address}, {answer.Addresses} in all, TTL {answer.Ttl}";
}
