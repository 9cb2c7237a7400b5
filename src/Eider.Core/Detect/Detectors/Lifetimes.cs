// Lifetimes that make no sense: a forger wants his record to stay.

using System.Runtime.CompilerServices;
using Eider.Core.Decode;

namespace Eider.Core.Detect.Detectors;

internal sealed class Lifetimes(NameBaselines baselines, AlertDesk desk) : IDetector
{
    private const uint Day = 86_400;

    /// <summary>RFC 2181 8: with the top bit set a lifetime counts as zero, so nobody publishes one.</summary>
    public const uint LeastInvalid = 0x8000_0000;

    /// <summary>Longer than any zone plans for its addresses.</summary>
    public const uint Absurd = 366 * Day;

    /// <summary>The longest that resolvers keep a record whatever it says (RFC 8767 4 advises days to a week): a resolver that is known does not hand
    /// out more.</summary>
    public const uint ResolverCap = 7 * Day;

    /// <summary>Times the longest lifetime that a known name has had.</summary>
    public const uint Growth = 8;

    public IReadOnlyList<DetectionKind> Finds => [Detections.Ttl];

    public void Examine(Sighting sighting)
    {
        if (!sighting.IsBelievable)
        {
            return;
        }

        foreach (ref var record in sighting.View.Records)
        {
            if (record.Ttl > ResolverCap && record.IsAsked && record.Type is RecordType.A or RecordType.AAAA or RecordType.CNAME or RecordType.NS)
            {
                Judge(sighting, record);
                return;
            }
        }
    }

    private void Judge(Sighting sighting, in SeenRecord record)
    {
        ref var baseline = ref baselines.Find(new(sighting.Event.Server.Address, sighting.View.Name, sighting.Question.Type));
        var usual = !Unsafe.IsNullRef(ref baseline) && baseline.IsStable ? baseline.MaxTtl : 0;
        var hasGrown = usual > 0 && record.Ttl / Growth > usual;
        if (record.Ttl < Absurd && !hasGrown)
        {
            return;
        }

        desk.Draft(Detections.Ttl, sighting, hasGrown ? AlertSeverity.Medium : AlertSeverity.Low)
            ?.With("ttl", record.Ttl)
            .With("type", RecordType.Name(record.Type))
            .With("usual_at_most", usual == 0 ? "not known yet" : usual.ToString(System.Globalization.CultureInfo.InvariantCulture))
            .With("answered", sighting.View.AddressText())
            .Send(hasGrown ? 60 : 30, record.Ttl >= LeastInvalid
                ? "a record has a lifetime that is not valid"
                : $"a record is to be kept for {record.Ttl / Day} days");
    }
}
