// Every detection once: its id and what it finds. Options, mutes and docs/detections.md go by this list.

namespace Eider.Core.Detect;

/// <param name="Id">As alerts and mutes name it.</param>
/// <param name="Finds">A phrase for lists.</param>
public sealed record DetectionKind(string Id, string Finds)
{
    /// <summary>Place in <see cref="Detections.All"/>.</summary>
    internal int Index { get; init; }

    /// <summary>It is told of an answer that fits its question, and wrong is what that says of its name: who only sends packets to the client cannot bring it about.
    /// The name may be denied for it.</summary>
    public bool TellsOfContent { get; init; }
}

public static class Detections
{
    private static readonly List<DetectionKind> Listed = [];

    public static readonly DetectionKind Source = Add("dns.answer.source", "the right answer from another address or port than was asked");
    public static readonly DetectionKind WrongId = Add("dns.answer.wrong_id", "an answer to an open question with another id or to another port");
    public static readonly DetectionKind Guessing = Add("dns.answer.guessing", "many such answers: somebody guesses ids or ports");
    public static readonly DetectionKind Question = Add("dns.answer.question", "an answer with the right id to another question than was asked");
    public static readonly DetectionKind Spelling = Add("dns.answer.spelling", "an answer that does not repeat the case of the question, from a server that always does");
    public static readonly DetectionKind Unsolicited = Add("dns.answer.unsolicited", "a burst of answers to nothing that was asked");
    public static readonly DetectionKind Fragments = Add("dns.answer.fragments", "a small answer that came in fragments, one of which anybody could have sent");
    public static readonly DetectionKind PortProbing = Add("dns.probe.ports", "packets from a server's port to one closed port after the other: somebody looks for that of an open question");
    public static readonly DetectionKind IcmpProbing = Add("dns.probe.icmp", "ICMP errors about questions that were never asked, with one port after the other: somebody looks for that of an open question");
    public static readonly DetectionKind ForcedFragments = Add("dns.probe.mtu", "an ICMP error that asks a server here to cut its answers smaller than any path needs");
    public static readonly DetectionKind Conflict = Add("dns.answer.conflict", "a second answer that contradicts the first");
    public static readonly DetectionKind Early = Add("dns.answer.early", "an answer that was held back for its time or distance, and a different one that came after it");
    public static readonly DetectionKind Rebinding = AddContent("dns.answer.rebinding", "a private address for a public name");
    public static readonly DetectionKind Protected = AddContent("dns.answer.protected", "a protected name with another answer than expected");
    public static readonly DetectionKind BadAddress = AddContent("dns.answer.listed", "an address that a list names as bad");
    public static readonly DetectionKind Ttl = Add("dns.answer.ttl", "a lifetime that no zone would have");
    public static readonly DetectionKind Bailiwick = Add("dns.answer.bailiwick", "records for names that were not asked about");
    public static readonly DetectionKind Disagreement = AddContent("dns.answer.disagreement", "an answer that a second resolver contradicts");
    public static readonly DetectionKind HijackedNames = AddContent("dns.hijack.names", "unrelated names that all move to one network at once");
    public static readonly DetectionKind HijackedAnswer = Add("dns.hijack.answer", "a change of address that its own server contradicts");

    public static IReadOnlyList<DetectionKind> All => Listed;

    private static DetectionKind AddContent(string id, string finds) => Add(id, finds, tellsOfContent: true);

    private static DetectionKind Add(string id, string finds, bool tellsOfContent = false)
    {
        var kind = new DetectionKind(id, finds) { Index = Listed.Count, TellsOfContent = tellsOfContent };
        Listed.Add(kind);
        return kind;
    }
}
