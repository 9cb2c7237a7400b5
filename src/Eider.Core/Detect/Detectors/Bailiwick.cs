// Records that nobody asked for: what cache poisoning smuggles in beside an answer.

using Eider.Core.Decode;

namespace Eider.Core.Detect.Detectors;

/// <summary>In the answer section: owners that neither the question nor its aliases lead to. In the authority section: name servers of zones that the names do
/// not lie in. In the additional section: addresses of names that no other record speaks of and that belong to somebody else.</summary>
internal sealed class Bailiwick(AlertDesk desk, PublicSuffix suffixes, ulong seed) : IDetector
{
    /// <summary>Suffixes of the question's name and of its aliases: enough for names of a dozen labels and a chain of ten.</summary>
    private const int MaxZones = 160;

    private readonly ulong[] zones = new ulong[MaxZones];

    public IReadOnlyList<DetectionKind> Finds => [Detections.Bailiwick];

    public void Examine(Sighting sighting)
    {
        var view = sighting.View;
        if (!sighting.IsBelievable || view.IsPartial || sighting.Event.Malformed is not null || view.Header.Rcode != Rcode.NoError
            || sighting.Question.Type is RecordType.ANY || !desk.IsOn(Detections.Bailiwick))
        {
            return;
        }

        var zoneCount = -1;
        foreach (ref var record in view.Records)
        {
            var isStray = record.Section switch
            {
                Section.Answer => record.Type is RecordType.A or RecordType.AAAA or RecordType.CNAME or RecordType.NS && !record.IsAsked,
                Section.Authority => record.Type == RecordType.NS && record.Owner != view.Name
                    && !zones.AsSpan(0, zoneCount < 0 ? zoneCount = FindZones(sighting) : zoneCount).Contains(record.Owner),
                _ => record.Type is RecordType.A or RecordType.AAAA && !IsSpokenOf(view, record.Owner) && IsForeign(sighting, record.Owner),
            };
            if (isStray)
            {
                Tell(sighting, record);
                return;
            }
        }
    }

    private void Tell(Sighting sighting, in SeenRecord record)
    {
        var text = TextOf(sighting, record);
        desk.Draft(Detections.Bailiwick, sighting, AlertSeverity.Medium)
            ?.With("section", record.Section.ToString().ToLowerInvariant())
            .With("record", text)
            .With("server", sighting.Event.Server)
            .With("answered", sighting.View.AddressText())
            .Send(60, $"the answer for {sighting.Event.Name} brings a record that was not asked for: {text}");
    }

    /// <summary>Hashes of every zone that the question's name or an alias lies in.</summary>
    private int FindZones(Sighting sighting)
    {
        var reader = new DnsReader(sighting.Event.Message.Span);
        Span<byte> scratch = stackalloc byte[DnsName.MaxWireLength];
        var count = 0;
        if (reader.TryReadQuestion(out var question))
        {
            count = AddSuffixes(question.Name.Wire(scratch), count);
        }

        while (reader.TryReadRecord(out var record) && record.Section == Section.Answer)
        {
            var rdata = new Decode.Records.RdataReader(record);
            if (record.Type == RecordType.CNAME && rdata.TryName(out var target))
            {
                count = AddSuffixes(target.Wire(scratch), count);
            }
        }

        return count;
    }

    private int AddSuffixes(ReadOnlySpan<byte> wire, int count)
    {
        for (var at = 0; count < MaxZones; at += wire[at] + 1)
        {
            zones[count++] = WireNames.FoldedHash(wire[at..], seed);
            if (wire[at] == 0)
            {
                break;
            }
        }

        return count;
    }

    private static bool IsSpokenOf(AnswerView view, ulong owner)
    {
        foreach (ref var record in view.Records)
        {
            if (record.Target == owner || (record.Section != Section.Additional && record.Owner == owner))
            {
                return true;
            }
        }

        return owner == view.Name || HasOtherTargets(view);
    }

    /// <summary>Types with names in their data that are not read here: what they speak of is not known.</summary>
    private static bool HasOtherTargets(AnswerView view)
    {
        foreach (ref var record in view.Records)
        {
            if (record.Type is RecordType.NAPTR or RecordType.KX or RecordType.AFSDB or RecordType.MD or RecordType.MF or RecordType.MB or RecordType.URI or > 60000)
            {
                return true;
            }
        }

        return false;
    }

    private bool IsForeign(Sighting sighting, ulong owner)
    {
        var reader = new DnsReader(sighting.Event.Message.Span);
        while (reader.TryReadRecord(out var record))
        {
            if (record.Section == Section.Additional && record.Type != RecordType.OPT && record.Name.FoldedHash(seed) == owner)
            {
                var domain = suffixes.RegistrableDomain(record.Name.ToString());
                return !domain.Equals(sighting.DomainText(), StringComparison.OrdinalIgnoreCase);
            }
        }

        return false;
    }

    private static string TextOf(Sighting sighting, in SeenRecord record)
    {
        foreach (var text in AnswerRecord.ReadAll(sighting.Event.Message.Span, record.Section))
        {
            if (text.Type == record.Type && text.Ttl == record.Ttl && !text.Name.Equals(sighting.Event.Name, StringComparison.OrdinalIgnoreCase))
            {
                return $"{text.Name} {RecordType.Name(text.Type)} {text.Data}";
            }
        }

        return RecordType.Name(record.Type);
    }
}
