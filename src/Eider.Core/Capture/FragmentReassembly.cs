// IP datagrams from their fragments, within bounds of memory and of packet time. The policy is that of the receivers this protects (Linux since 4.19, for IPv4
// and IPv6 alike; RFC 5722): a fragment that brings nothing new is passed over and the first one counts; one that overlaps in part condemns its datagram.
// A datagram of which only the start is there is handed on as one that was cut: a capture that was filtered by port holds nothing but first fragments.

namespace Eider.Core.Capture;

/// <summary>What makes fragments belong together (RFC 791 3.2, RFC 8200 4.5).</summary>
/// <param name="Protocol">IPv4 only; 0 for IPv6, where only the first fragment's next header counts.</param>
internal readonly record struct FragmentKey(ulong Scope, IpAddress Source, IpAddress Destination, uint Identification, byte Protocol);

/// <summary>One fragment.</summary>
/// <param name="Offset">Octets.</param>
/// <param name="NextHeader">Of the payload, when <paramref name="Offset"/> is 0.</param>
internal readonly record struct FragmentPosition(int Offset, bool More, byte NextHeader);

/// <summary>Takes what there is of a datagram that was given up, from its start; valid only during the call.</summary>
/// <param name="timeNs">When the first of its fragments was seen.</param>
internal delegate void GivenUpHandler(in FragmentKey key, long timeNs, byte nextHeader, WireSpan payload);

/// <summary>Not thread-safe.</summary>
/// <param name="statistics">Where what is lost is counted.</param>
/// <param name="memoryLimit">Octets that waiting fragments may take; above it, the oldest datagram is given up.</param>
internal sealed class FragmentReassembly(CaptureStatistics statistics, GivenUpHandler givenUp, int memoryLimit = FragmentReassembly.DefaultMemoryLimit)
{
    public const int DefaultMemoryLimit = 8 << 20;

    /// <summary>RFC 8200 4.5: 60 seconds from the first fragment to arrive.</summary>
    public const long TimeLimitNs = 60_000_000_000;

    public const int LongestPayload = 65_535;

    private readonly Dictionary<FragmentKey, LinkedListNode<FragmentedDatagram>> _waiting = [];
    private readonly LinkedList<FragmentedDatagram> _oldestFirst = [];
    private readonly byte[] _payload = new byte[LongestPayload];
    private int _memory;

    /// <summary>Octets that waiting fragments take, with an estimate of what it costs to keep track of them.</summary>
    public int Memory => _memory;

    /// <summary>Takes a fragment.</summary>
    /// <param name="payload">Behind the IPv4 header or the IPv6 fragment header. The part that a capture cut off is taken as seen but unknown.</param>
    /// <param name="isReady">True when it was the last one missing; or the first one, and cut, so that nothing behind it can be put to it.</param>
    /// <param name="whole">The datagram's payload then, up to the first octet that the capture cut off; valid until the next call.</param>
    /// <param name="nextHeader">Protocol of <paramref name="whole"/>.</param>
    public HeaderFault TryAdd(in FragmentKey key, long timeNs, FragmentPosition position, WireSpan payload, out bool isReady, out WireSpan whole, out byte nextHeader)
    {
        isReady = false;
        whole = default;
        nextHeader = 0;
        statistics.Fragments++;
        ExpireBefore(timeNs);
        var fault = Check(position, payload.Length);
        if (fault != HeaderFault.None)
        {
            return fault;
        }

        var datagram = FindOrAdd(key, timeNs);
        var before = datagram.Cost;
        var loss = datagram.Add(position, payload);
        _memory += datagram.Cost - before;
        if (datagram.IsWhole)
        {
            isReady = true;
            whole = datagram.CopyTo(_payload);
            nextHeader = datagram.NextHeader;
            statistics.Reassembled++;
            Remove(datagram);
            // It took more than its last piece brought, so nothing needs to be shed, which would overwrite what is handed on.
            return HeaderFault.None;
        }

        if (loss is { } reason)
        {
            statistics.Count(reason);
            isReady = reason == FragmentLoss.StartCut;
            whole = isReady ? new WireSpan(payload.Captured, LongestPayload) : default;
            nextHeader = position.NextHeader;
        }

        ShedOldest();
        return HeaderFault.None;
    }

    /// <summary>Gives up everything that still waits: the capture ends here.</summary>
    public void GiveUp()
    {
        while (_oldestFirst.First is { } oldest)
        {
            Drop(oldest.Value, FragmentLoss.CaptureEnded);
        }
    }

    private static HeaderFault Check(FragmentPosition position, int length)
    {
        if (length == 0)
        {
            return HeaderFault.FragmentEmpty;
        }

        if (position.More && length % 8 != 0)
        {
            return HeaderFault.FragmentLength;
        }

        return position.Offset + length > LongestPayload ? HeaderFault.FragmentBeyondLimit : HeaderFault.None;
    }

    private FragmentedDatagram FindOrAdd(in FragmentKey key, long timeNs)
    {
        if (_waiting.TryGetValue(key, out var node))
        {
            return node.Value;
        }

        var datagram = new FragmentedDatagram(key, timeNs);
        _waiting.Add(key, _oldestFirst.AddLast(datagram));
        _memory += datagram.Cost;
        return datagram;
    }

    private void ExpireBefore(long timeNs)
    {
        while (_oldestFirst.First is { } oldest && timeNs - oldest.Value.FirstTimeNs > TimeLimitNs)
        {
            Drop(oldest.Value, FragmentLoss.TimedOut);
        }
    }

    private void ShedOldest()
    {
        while (_memory > memoryLimit && _oldestFirst.First is { } oldest)
        {
            Drop(oldest.Value, FragmentLoss.Shed);
        }
    }

    private void Drop(FragmentedDatagram datagram, FragmentLoss reason)
    {
        // One that was condemned has been counted by then.
        if (!datagram.IsCondemned)
        {
            statistics.Count(reason);
            if (datagram.CopyTo(_payload) is var start && !start.Captured.IsEmpty)
            {
                givenUp(datagram.Key, datagram.FirstTimeNs, datagram.NextHeader, start);
            }
        }

        Remove(datagram);
    }

    private void Remove(FragmentedDatagram datagram)
    {
        if (_waiting.Remove(datagram.Key, out var node))
        {
            _oldestFirst.Remove(node);
            _memory -= datagram.Cost;
        }
    }
}
