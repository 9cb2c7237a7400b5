// Which UDP and TCP ports carry DNS.

using System.Collections;

namespace Eider.Core.Capture;

/// <summary>An immutable set of ports.</summary>
public sealed class DnsPorts
{
    /// <summary>53 (DNS) and 5353 (mDNS).</summary>
    public static readonly DnsPorts Default = new([53, 5353]);

    private readonly BitArray _ports = new(ushort.MaxValue + 1);

    public DnsPorts(IEnumerable<ushort> ports)
    {
        foreach (var port in ports)
        {
            _ports[port] = true;
        }
    }

    public bool Contains(ushort port) => _ports[port];
}
