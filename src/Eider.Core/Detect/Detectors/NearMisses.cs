// Answers that nearly fit an open question: somebody on the way, or somebody who guesses.

using System.Numerics;
using System.Runtime.CompilerServices;
using Eider.Core.Decode;

namespace Eider.Core.Detect.Detectors;

/// <summary>The misses of one client's questions about one domain.</summary>
internal struct MissTally
{
    public long SinceNs;
    public long Misses;

    // Distinct values as bits: of 64 counters, those that some value fell into.
    public ulong Guesses;
    public ulong Questions;
}

internal sealed class NearMisses(AskedQuestions asked, NameBaselines baselines, AlertDesk desk, SensorGaps gaps) : IDetector
{
    private const long Second = 1_000_000_000;

    /// <summary>Resolver libraries give up on a question after 5 s a try and a few tries; an answer after that is nobody's guess.</summary>
    public const long OpenNs = 15 * Second;

    /// <summary>Misses are counted over this time: a question stays open for seconds, but guessing by random subdomains goes on from question to question.</summary>
    public const long WindowNs = 60 * Second;

    /// <summary>Misses that are guessing. Earlier sends of a question are remembered and are no misses, so there is no benign source of more than one or two.</summary>
    public const int GuessingMisses = 8;

    /// <summary>Different ids or ports among them: one stray answer that arrives over and over is not guessing.</summary>
    public const int GuessingDistinct = 5;

    private readonly BoundedTable<QuestionKey, MissTally> tallies = new(DetectOptions.PartyLimit);

    public IReadOnlyList<DetectionKind> Finds => [Detections.Source, Detections.WrongId, Detections.Guessing, Detections.Question];

    public long Bytes => tallies.Bytes;

    public long Shed => tallies.Shed;

    public void Examine(Sighting sighting)
    {
        var response = sighting.Event;
        if (response.StandaloneReason != StandaloneReason.Unsolicited || response.Transport != Transport.Udp || response.Id is not { } id)
        {
            return;
        }

        ref var question = ref asked.Find(sighting.Question);
        if (Unsafe.IsNullRef(ref question))
        {
            ExamineOtherQuestion(sighting, id);
            return;
        }

        if (Fits(question.Last, response) || Fits(question.Before, response))
        {
            // Forgotten by the table of exchanges: only very late.
            return;
        }

        ref var ask = ref Nearest(ref question, response);
        if (ask.Sends == 0 || sighting.NowNs - ask.SinceNs > OpenNs)
        {
            return;
        }

        (sighting.Asked, sighting.Victim) = (ask.Server, question.Identity ?? sighting.Victim);
        sighting.IsSuspicious = true;
        if (!gaps.IsRecent(sighting.NowNs) || IsForged(sighting, question.First))
        {
            Judge(sighting, ask, id);
        }
    }

    /// <summary>Whether it is wrong by more than its lack of a question, which may be among what the sensor has lost: the kernel, which loses none, says so; or nobody
    /// waits for it or it contradicts what the server said, as a lie does and the answer to another asking of the same question does not.</summary>
    private bool IsForged(Sighting sighting, in AnswerDigest first)
    {
        var response = sighting.Event;
        if (response.Verdict is { Action: VerdictAction.Deny })
        {
            return true;
        }

        if (!first.IsSet)
        {
            return response.IsUndelivered;
        }

        var said = AnswerDigests.Of(sighting);
        ref var baseline = ref baselines.Find(new(response.Server.Address, sighting.View.Name, sighting.Question.Type));
        return AnswerDigests.Contradict(first, said) && (Unsafe.IsNullRef(ref baseline) || !(baseline.Varies || baseline.KnowsAny(said)));
    }

    private void Judge(Sighting sighting, in Ask ask, ushort id)
    {
        var response = sighting.Event;
        var (isServer, isPort, isId) = (ask.Server == response.Server, ask.ClientPort == response.Client.Port, ask.Id == id);
        if (isPort && isId)
        {
            // Another server may have been asked by the same socket, with the same id.
            if (!gaps.IsRecent(sighting.NowNs) || response.Verdict is { Action: VerdictAction.Deny })
            {
                TellSource(sighting, ask);
            }

            return;
        }

        if (Count(sighting, id))
        {
            TellGuessing(sighting, ask);
        }
        else if (isServer && isPort != isId && !gaps.IsRecent(sighting.NowNs))
        {
            TellMiss(sighting, ask, isPort);
        }
    }

    /// <summary>True once the misses are guessing.</summary>
    private bool Count(Sighting sighting, ushort id)
    {
        ref var tally = ref tallies.Touch(new(sighting.Event.Client.Address, sighting.Domain, 0), out var isNew);
        if (isNew || sighting.NowNs - tally.SinceNs > WindowNs)
        {
            tally = new MissTally { SinceNs = sighting.NowNs };
        }

        tally.Misses++;
        tally.Guesses |= 1UL << (int)((((uint)id << 16) | sighting.Event.Client.Port) * 0x9e37_79b9u >> 26);
        tally.Questions |= 1UL << (int)(sighting.View.Name >> 58);
        return tally.Misses >= GuessingMisses && BitOperations.PopCount(tally.Guesses) >= GuessingDistinct;
    }

    private void TellGuessing(Sighting sighting, in Ask ask)
    {
        ref var tally = ref tallies.Find(new(sighting.Event.Client.Address, sighting.Domain, 0));
        var questions = BitOperations.PopCount(tally.Questions);
        var seconds = Math.Max(1, (sighting.NowNs - tally.SinceNs) / Second);
        desk.Draft(Detections.Guessing, sighting, AlertSeverity.High)
            ?.With("asked_server", ask.Server)
            .With("answered_from", sighting.Event.Server)
            .With("client_port", ask.ClientPort)
            .With("asked_id", ask.Id)
            .With("answered_id", sighting.Event.Id ?? 0)
            .With("answered", sighting.View.AddressText())
            .With("misses", tally.Misses)
            .With("questions_at_least", questions)
            .With("seconds", seconds)
            .With("threshold", $"{GuessingMisses} misses with {GuessingDistinct} different ids or ports within {WindowNs / Second} s")
            .Send(95, questions > 2
                ? $"somebody guesses ids or ports of many questions below {sighting.DomainText()} to poison it"
                : $"somebody guesses id or port of an open question for {sighting.Event.Name}");
    }

    private void TellSource(Sighting sighting, in Ask ask) =>
        desk.Draft(Detections.Source, sighting, AlertSeverity.Medium)
            ?.With("asked_server", ask.Server)
            .With("answered_from", sighting.Event.Server)
            .With("client_port", ask.ClientPort)
            .With("id", ask.Id)
            .With("question_open", ask.IsAnswered ? "no, answered before" : "yes")
            .With("answered", sighting.View.AddressText())
            .Send(60, ask.Server.Address == sighting.Event.Server.Address
                ? $"the answer came from port {sighting.Event.Server.Port} of {ask.Server.Address}, which was asked on port {ask.Server.Port}"
                : $"the answer came from {sighting.Event.Server.Address}, but {ask.Server.Address} was asked");

    private void TellMiss(Sighting sighting, in Ask ask, bool isPort) =>
        desk.Draft(Detections.WrongId, sighting, AlertSeverity.Low)
            ?.With("server", ask.Server)
            .With("asked_id", ask.Id)
            .With("answered_id", sighting.Event.Id ?? 0)
            .With("asked_port", ask.ClientPort)
            .With("answered_port", sighting.Event.Client.Port)
            .With("question_open", ask.IsAnswered ? "no, answered before" : "yes")
            .With("answered", sighting.View.AddressText())
            .Send(40, isPort ? "an answer to the question that is open, but with another id" : "an answer with the id that is open, but to another port");

    /// <summary>The right socket and id, but not what it asked.</summary>
    private void ExamineOtherQuestion(Sighting sighting, ushort id)
    {
        if (!asked.TryFindById(sighting.Event.Client, id, out var key) || gaps.IsRecent(sighting.NowNs))
        {
            return;
        }

        ref var question = ref asked.Find(key);
        if (Unsafe.IsNullRef(ref question) || question.Last.IsAnswered || question.Last.Id != id || question.Last.Server != sighting.Event.Server
            || sighting.NowNs - question.Last.SinceNs > OpenNs)
        {
            return;
        }

        sighting.Victim = question.Identity ?? sighting.Victim;
        desk.Draft(Detections.Question, sighting, AlertSeverity.Medium)
            ?.With("server", sighting.Event.Server)
            .With("id", id)
            .With("asked_name", question.Name)
            .With("asked_type", RecordType.Name(key.Type))
            .With("answered_name", sighting.Event.Name)
            .With("answered_type", RecordType.Name(sighting.Question.Type))
            .With("answered", sighting.View.AddressText())
            .Send(50, "an answer with the right id and port, but to another question");
    }

    private static bool Fits(in Ask ask, DnsEvent response) =>
        ask.Sends > 0 && ask.Server == response.Server && ask.ClientPort == response.Client.Port && ask.Id == response.Id;

    /// <summary>The send that shares most with the response.</summary>
    private static ref Ask Nearest(ref AskedQuestion question, DnsEvent response) =>
        ref Shared(question.Before, response) > Shared(question.Last, response) ? ref question.Before : ref question.Last;

    private static int Shared(in Ask ask, DnsEvent response) =>
        ask.Sends == 0 ? -1 : (ask.ClientPort == response.Client.Port ? 2 : 0) + (ask.Server == response.Server ? 1 : 0) + (ask.Id == response.Id ? 2 : 0);
}
