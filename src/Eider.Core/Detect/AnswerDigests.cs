// A response in a few words of memory, to hold a second one against.

using Eider.Core.Decode;

namespace Eider.Core.Detect;

internal static class AnswerDigests
{
    public static AnswerDigest Of(Sighting sighting)
    {
        var view = sighting.View;
        var digest = new AnswerDigest
        {
            Manner = view.Manner,
            TimeNs = sighting.Event.TimeNs,
            Port = sighting.Event.Client.Port,
            Id = sighting.Event.Id ?? 0,
            Rcode = view.Header.Rcode,
            IsTruncated = view.Header.Truncated,
            IsSet = true,
        };
        foreach (ref var record in view.Records)
        {
            if (!record.IsAsked)
            {
                continue;
            }

            if (record.Type == RecordType.CNAME)
            {
                digest.Target = record.TargetDomain;
            }
            else if (record.Type is RecordType.A or RecordType.AAAA)
            {
                Add(ref digest, record);
            }
        }

        return digest;
    }

    private static void Add(ref AnswerDigest digest, in SeenRecord record)
    {
        if (digest.Addresses++ == 0)
        {
            (digest.Address, digest.Ttl) = (record.Address, record.Ttl);
        }

        if (digest.PlaceCount < AnswerDigest.PlaceLimit)
        {
            digest.Places[digest.PlaceCount++] = Places.Of(record.Address);
        }
    }
}
