// The events of messages that are over and that nobody has kept.

namespace Eider.Core;

/// <summary>Last in, first out: what is used again is still in the processor's caches. Not thread-safe.</summary>
internal sealed class EventPool
{
    /// <summary>More than are open on a busy machine. Beyond it the collector sees to them.</summary>
    private const int Limit = 1024;

    /// <summary>Octets; the memory of longer messages is not held on to.</summary>
    private const int LongestMessage = 512;

    private readonly DnsEvent[] spare = new DnsEvent[Limit];
    private int count;

    public DnsEvent Take() => count > 0 ? spare[--count] : DnsEvent.Blank();

    /// <summary>Takes one back, if nobody has kept it.</summary>
    public void Return(DnsEvent over)
    {
        if (!over.IsKept && count < Limit && over.BufferLength <= LongestMessage)
        {
            spare[count++] = over;
        }
    }
}
