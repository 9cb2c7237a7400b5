// Which ports have asked, so that an answer from a port that is none of DNS is known for one: the rules of bpf/lib/asking.h, for captures.

namespace Eider.Core.Capture;

/// <summary>Of bounded size. Not thread-safe.</summary>
internal sealed class AskingPorts
{
    private const int HeaderLength = 12;
    private const ushort MulticastPort = 5353;
    private const int OtherServersLimit = 4096;

    /// <summary>A question is open for 15 s at most.</summary>
    private const long LatelyNs = 16_000_000_000;

    private readonly Dictionary<ushort, long> asked = [];
    private readonly Dictionary<OtherServer, long> otherServers = [];

    /// <summary>A datagram to a DNS port.</summary>
    /// <param name="timeNs">As in <see cref="CapturedFrame.TimeNs"/>; captures need not be in order.</param>
    public void NoteQuery(ushort clientPort, ushort serverPort, long timeNs)
    {
        if (serverPort != MulticastPort)
        {
            asked[clientPort] = timeNs;
        }
    }

    /// <summary>A datagram between ports that are none of DNS. Remembers the server where it is a query: its answers are no forgeries.</summary>
    /// <returns>True where a client may take it for the answer to what it asked on a DNS port.</returns>
    public bool MayAnswer(Endpoint source, Endpoint destination, ReadOnlySpan<byte> message, long timeNs)
    {
        if (message.Length < HeaderLength)
        {
            return false;
        }

        if (HeadsQuery(message))
        {
            NoteOtherServer(new(destination, source.Port), timeNs);
            return false;
        }

        return asked.TryGetValue(destination.Port, out var askedNs) && IsLately(askedNs, timeNs) && HeadsResponse(message)
            && !(otherServers.TryGetValue(new(source, destination.Port), out var otherNs) && IsLately(otherNs, timeNs));
    }

    private void NoteOtherServer(OtherServer server, long timeNs)
    {
        if (otherServers.Count >= OtherServersLimit)
        {
            otherServers.Clear();
        }

        otherServers[server] = timeNs;
    }

    private static bool IsLately(long beforeNs, long timeNs) => timeNs - beforeNs is >= -LatelyNs and <= LatelyNs;

    private static bool HeadsResponse(ReadOnlySpan<byte> header) =>
        (header[2] & 0xf8) == 0x80 && header[4] == 0 && (header[5] == 1 || (header[5] == 0 && (header[3] & 0x0f) != 0))
        && (header[6] & 0xf0) == 0 && (header[8] & 0xf0) == 0 && (header[10] & 0xf0) == 0;

    private static bool HeadsQuery(ReadOnlySpan<byte> header) =>
        (header[2] & 0xf8) == 0 && (header[3] & 0x0f) == 0 && header[4] == 0 && header[5] == 1 && header[6] == 0 && header[7] == 0
        && header[8] == 0 && header[9] <= 1 && header[10] == 0 && header[11] <= 2;

    private readonly record struct OtherServer(Endpoint Server, ushort ClientPort);
}
