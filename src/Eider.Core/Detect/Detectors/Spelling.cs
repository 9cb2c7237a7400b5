// The 0x20 method: a resolver spells questions in mixed case, and a forger who has not seen the question cannot repeat it.

using System.Runtime.CompilerServices;

namespace Eider.Core.Detect.Detectors;

/// <summary>How a server has repeated questions that had letters of both cases.</summary>
internal struct SpellingTally
{
    public int Repeated;
    public int Changed;
}

internal sealed class Spelling(AskedQuestions asked, AlertDesk desk) : IDetector
{
    /// <summary>Mixed questions that a server has repeated letter by letter before a change says anything: some servers fold every question, and some
    /// sets of servers fold some.</summary>
    public const int Quorum = 64;

    private readonly BoundedTable<IpAddress, SpellingTally> servers = new(DetectOptions.PartyLimit);

    public IReadOnlyList<DetectionKind> Finds => [Detections.Spelling];

    public long Bytes => servers.Bytes;

    public long Shed => servers.Shed;

    public void Examine(Sighting sighting)
    {
        var response = sighting.Event;
        ref var question = ref asked.Find(sighting.Question);
        if (response.StandaloneReason != StandaloneReason.None || Unsafe.IsNullRef(ref question))
        {
            return;
        }

        ref var ask = ref question.Last;
        if (!ask.IsMixedCase || ask.Id != response.Id || ask.ClientPort != response.Client.Port)
        {
            return;
        }

        ref var server = ref servers.Touch(response.Server.Address, out _);
        if (ask.Spelling == sighting.View.Spelling)
        {
            server.Repeated++;
            return;
        }

        server.Changed++;
        if (server.Repeated >= Quorum && server.Changed <= server.Repeated / Quorum)
        {
            desk.Draft(Detections.Spelling, sighting, AlertSeverity.Medium)
                ?.With("server", response.Server)
                .With("asked_name", question.Name)
                .With("answered_name", response.Name)
                .With("answered", sighting.View.AddressText())
                .With("repeated_before", server.Repeated)
                .With("changed_before", server.Changed - 1)
                .Send(70, "the answer does not spell the question as it was asked, from a server that does");
        }
    }
}
