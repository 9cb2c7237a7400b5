// Bounds on what a file may make its reader keep.

namespace Eider.Core.Capture;

internal static class CaptureLimits
{
    /// <summary>Octets; libpcap's own limit on a snapshot. Of a longer frame, the start is kept.</summary>
    public const int LongestFrame = 262_144;

    /// <summary>Interfaces in one pcapng section.</summary>
    public const int MostInterfaces = 65_536;

    /// <summary>No time lies beyond: 2116, which leaves room to add any time limit, and is more than the 32-bit seconds of pcap can say.</summary>
    public const long LatestTimeNs = 1L << 62;
}
