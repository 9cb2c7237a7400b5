// The message read last, so that it is not read again where both its ends are on this node: it comes twice in a row then.

namespace Eider.Core.Decode;

/// <summary>Reads messages into summaries. Not thread-safe.</summary>
internal sealed class LastMessage(NameCache names)
{
    /// <summary>Octets. Longer messages are rare, and comparing them costs more.</summary>
    private const int Longest = 512;

    private readonly byte[] octets = new byte[Longest];
    private int length;
    private bool wasCut;
    private bool wasMulticast;
    private DnsSummary summary;

    /// <summary>As <see cref="DnsSummary.Read"/>. Valid until the next call.</summary>
    public ref readonly DnsSummary Read(ReadOnlySpan<byte> message, bool cut, bool multicast)
    {
        if (message.Length == length && cut == wasCut && multicast == wasMulticast && length > 0 && message.SequenceEqual(octets.AsSpan(0, length)))
        {
            return ref summary;
        }

        summary = DnsSummary.Read(message, names, cut, multicast);
        (length, wasCut, wasMulticast) = (0, cut, multicast);
        if (message.Length <= Longest)
        {
            message.CopyTo(octets);
            length = message.Length;
        }

        return ref summary;
    }
}
