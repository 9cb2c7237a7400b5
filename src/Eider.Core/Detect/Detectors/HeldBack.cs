// Answers that the kernel held back and that a better one came after: somebody on the way answers first.

using System.Runtime.CompilerServices;

namespace Eider.Core.Detect.Detectors;

internal struct HeldAnswer
{
    public long AtNs;
    public ushort Id;
    public string Answered;
}

internal sealed class HeldBack(AskedQuestions asked, AlertDesk desk) : IDetector
{
    /// <summary>Longer than anything is held back.</summary>
    private const long RememberedNs = 5_000_000_000;

    private readonly BoundedTable<QuestionKey, HeldAnswer> held = new(DetectOptions.PartyLimit);

    public IReadOnlyList<DetectionKind> Finds => [Detections.Early];

    public long Bytes => held.Bytes;

    public long Shed => held.Shed;

    public void Examine(Sighting sighting)
    {
        var response = sighting.Event;
        if (response.Verdict is { Action: VerdictAction.Deny, Mode: VerdictMode.Enforce, Reason: VerdictReason.Held })
        {
            ref var answer = ref held.Touch(sighting.Question, out var isNew);
            if (isNew || sighting.NowNs - answer.AtNs > RememberedNs)
            {
                answer = new HeldAnswer { AtNs = sighting.NowNs, Id = response.Id ?? 0, Answered = sighting.View.AddressText() };
            }

            return;
        }

        if (held.Count == 0 || response.StandaloneReason != StandaloneReason.None)
        {
            return;
        }

        ref var early = ref held.Find(sighting.Question);
        if (Unsafe.IsNullRef(ref early) || early.Id != response.Id || sighting.NowNs - early.AtNs > RememberedNs)
        {
            return;
        }

        var (at, answered) = (early.AtNs, early.Answered);
        early.AtNs = 0;
        if (answered != sighting.View.AddressText())
        {
            Tell(sighting, at, answered);
        }
    }

    private void Tell(Sighting sighting, long heldAtNs, string answered)
    {
        ref var question = ref asked.Find(sighting.Question);
        var askedAtNs = Unsafe.IsNullRef(ref question) ? heldAtNs : question.Last.SinceNs;
        sighting.HeldOther = true;
        desk.Draft(Detections.Early, sighting, AlertSeverity.High)
            ?.With("held_back", answered)
            .With("held_back_after_us", (heldAtNs - askedAtNs) / 1000)
            .With("answered", sighting.View.AddressText())
            .With("answered_after_us", (sighting.NowNs - askedAtNs) / 1000)
            .Send(90, $"an answer for {sighting.Event.Name} came too soon, from another distance or written in another manner than its server's, and a different one came after it");
        // The better answer is believed: nothing is wrong with it.
        sighting.IsSuspicious = false;
    }
}
