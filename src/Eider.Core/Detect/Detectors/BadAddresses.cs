// Answers that lead to addresses on a list of bad ones.

using Eider.Core.Decode;

namespace Eider.Core.Detect.Detectors;

internal sealed class BadAddresses(AddressList list, AlertDesk desk) : IDetector
{
    public void Examine(Sighting sighting)
    {
        if (list.Count == 0 || !sighting.IsBelievable)
        {
            return;
        }

        foreach (ref var record in sighting.View.Records)
        {
            if (record.Section == Section.Answer && record.Type is RecordType.A or RecordType.AAAA && list.Find(record.Address) is { } range)
            {
                desk.Draft(Detections.BadAddress, sighting, AlertSeverity.High)
                    ?.With("address", record.Address.ToString())
                    .With("range", range)
                    .With("list", list.Name)
                    .With("answered", sighting.View.AddressText())
                    .Send(80, $"{sighting.Event.Name} leads to {record.Address}, which is listed as bad");
                return;
            }
        }
    }
}
