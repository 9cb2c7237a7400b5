// An ICMP error that has a server of this node cut its answers: a piece of one can be forged without knowing id or port (Herzberg and Shulman, 2013).

namespace Eider.Core.Detect.Detectors;

/// <summary>The source tells of no other: one is enough, since a host believes it for ten minutes.</summary>
internal sealed class ForcedFragments(Sighting sighting, AlertDesk desk) : IFinder
{
    public IReadOnlyList<DetectionKind> Finds => [Detections.ForcedFragments];

    public void Note(in IcmpErrors errors, long nowNs)
    {
        sighting.BeginWithoutMessage(errors.TimeNs, errors.Client, errors.Server, null, nowNs);
        desk.Draft(Detections.ForcedFragments, sighting, AlertSeverity.Medium)
            ?.With("from", errors.Sender.ToString())
            .With("server", errors.Server)
            .With("claimed_client", errors.Client)
            .With("packets", errors.Packets)
            .With("smallest_mtu", errors.SmallestMtu)
            .With("threshold", $"below {(errors.Server.Address.IsV4 ? IcmpErrors.LeastMtuV4 : IcmpErrors.LeastMtuV6)} octets")
            .Send(70, "an ICMP error asks a server here to cut its answers smaller than any path needs");
    }
}
