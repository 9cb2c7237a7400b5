// Answers that lead to addresses on lists of bad ones.

using Eider.Core.Decode;

namespace Eider.Core.Detect.Detectors;

internal sealed class BadAddresses(IReadOnlyList<AddressList> lists, AlertDesk desk) : IDetector
{
    private volatile IReadOnlyList<AddressList> lists = lists;

    /// <summary>The first that has an address names it. Any thread may set it.</summary>
    public IReadOnlyList<AddressList> Lists
    {
        get => lists;
        set => lists = value;
    }

    public IReadOnlyList<DetectionKind> Finds => [Detections.BadAddress];

    public void Examine(Sighting sighting)
    {
        var inForce = lists;
        if (inForce.Count == 0 || !sighting.IsBelievable)
        {
            return;
        }

        foreach (var seen in sighting.View.Addresses)
        {
            if (sighting.View.Records[seen.Record].Section == Section.Answer && Find(inForce, seen.Address) is { } found)
            {
                desk.Draft(Detections.BadAddress, sighting, AlertSeverity.High)
                    ?.With("address", seen.Address.ToString())
                    .With("range", found.Range)
                    .With("list", found.List)
                    .With("answered", sighting.View.AddressText())
                    .Send(80, $"{sighting.Event.Name} leads to {seen.Address}, which is listed as bad");
                return;
            }
        }
    }

    private static (string List, string Range)? Find(IReadOnlyList<AddressList> lists, IpAddress address)
    {
        foreach (var list in lists)
        {
            if (list.Find(address) is { } range)
            {
                return (list.Name, range);
            }
        }

        return null;
    }
}
