// Small answers in fragments: nothing on the way needs to cut them, so somebody has told their server that something does.

namespace Eider.Core.Detect.Detectors;

internal sealed class Fragments(AlertDesk desk) : IDetector
{
    /// <summary>Octets. With the headers of UDP and IPv6 that is 1280, which every path of IPv6 carries whole (RFC 8200 5), and the size to which servers keep
    /// answers by default (RFC 9715). Longer ones come in fragments where a client has asked for them.</summary>
    public const int SmallAnswer = 1232;

    public IReadOnlyList<DetectionKind> Finds => [Detections.Fragments];

    public void Examine(Sighting sighting)
    {
        var response = sighting.Event;
        if (!response.IsFragmented || response.Transport != Transport.Udp || response.WireLength > SmallAnswer || !sighting.IsBelievable)
        {
            return;
        }

        desk.Draft(Detections.Fragments, sighting, AlertSeverity.Medium)
            ?.With("octets", response.WireLength)
            .With("threshold", $"at most {SmallAnswer}")
            .With("server", response.Server)
            .With("answered", sighting.View.AddressText())
            .Send(60, $"an answer of {response.WireLength} octets came in fragments, the last of which need no id and no port to be forged");
    }
}
