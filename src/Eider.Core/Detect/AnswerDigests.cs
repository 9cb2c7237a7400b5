// A response in a few words of memory, to hold a second one against.

using Eider.Core.Decode;

namespace Eider.Core.Detect;

internal static class AnswerDigests
{
    public static AnswerDigest Of(Sighting sighting)
    {
        var digest = Of(sighting.View);
        (digest.TimeNs, digest.Port, digest.Id) = (sighting.Event.TimeNs, sighting.Event.Client.Port, sighting.Event.Id ?? 0);
        return digest;
    }

    /// <summary>What it says, without when and to whom.</summary>
    public static AnswerDigest Of(AnswerView view)
    {
        var digest = new AnswerDigest { Manner = view.Manner, Rcode = view.Header.Rcode, IsTruncated = view.Header.Truncated, IsSet = true };
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

    /// <summary>Whether two answers have nothing in common: no network, no alias of one domain, and neither is a failure or cut short.</summary>
    public static bool Contradict(in AnswerDigest first, in AnswerDigest second) =>
        !(IsFailure(first) || IsFailure(second) || first.IsTruncated || second.IsTruncated || SharePlace(first, second)
            || (first.Target != 0 && first.Target == second.Target) || (first.PlaceCount == 0 && second.PlaceCount == 0 && first.Rcode == second.Rcode));

    private static bool IsFailure(in AnswerDigest answer) => answer.Rcode != Rcode.NoError && answer.Rcode != Rcode.NxDomain;

    private static bool SharePlace(in AnswerDigest first, in AnswerDigest second)
    {
        for (var i = 0; i < first.PlaceCount; i++)
        {
            for (var j = 0; j < second.PlaceCount; j++)
            {
                if (Places.NetworkOf(first.Places.At(i)) == Places.NetworkOf(second.Places.At(j)))
                {
                    return true;
                }
            }
        }

        return false;
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
