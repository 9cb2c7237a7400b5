// Limits of TcpMessages, and what it counts.

namespace Eider.Core.Decode;

/// <summary>Takes one DNS message out of a TCP stream.</summary>
/// <param name="message">The packet that completed it, with the DNS message, without length prefix, as its payload and the announced length as its
/// wire length. With a fault the payload is what is there of the message; it is empty where not even a length is known. Valid only during the call.</param>
/// <param name="fault">What is wrong with it, and after how many octets of the message; null for a whole message.</param>
public delegate void TcpMessageHandler(in Packet message, Malformed? fault);

public sealed record TcpMessagesOptions
{
    /// <summary>Octets buffered over all streams, with what it costs to keep them.</summary>
    public int MemoryLimit { get; init; } = 16 * 1024 * 1024;

    /// <summary>Octets of one stream that wait for earlier ones; the message under way comes on top of it (64 KiB at most).</summary>
    public int StreamMemoryLimit { get; init; } = 64 * 1024;

    /// <summary>Streams followed at the same time; a connection has two.</summary>
    public int StreamLimit { get; init; } = 16_384;

    /// <summary>A stream without a packet for this long is let go.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Missing octets are waited for for this long. The first retransmissions come within a second (RFC 6298).</summary>
    public TimeSpan GapTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A stream is kept for this long after FIN or RST, so that what was reordered or is sent again is known for what it is.</summary>
    public TimeSpan EndLinger { get; init; } = TimeSpan.FromSeconds(4);
}

/// <summary>Running totals since the start; read from any thread.</summary>
public sealed class TcpMessageCounters
{
    /// <summary>Streams followed now.</summary>
    public long Streams { get; internal set; }

    /// <summary>Octets buffered now.</summary>
    public long BufferedOctets { get; internal set; }

    /// <summary>Whole messages handed on.</summary>
    public long Messages { get; internal set; }

    /// <summary>Messages that the stream's end, a gap, a cut segment, shedding or idleness left incomplete.</summary>
    public long Incomplete { get; internal set; }

    /// <summary>Length prefixes below the length of a DNS header.</summary>
    public long TooShort { get; internal set; }

    /// <summary>Gaps given up: octets that were sent and not seen.</summary>
    public long Gaps { get; internal set; }

    /// <summary>Segments cut before they got here.</summary>
    public long CutSegments { get; internal set; }

    /// <summary>Stretches of a stream where no message boundary was known.</summary>
    public long LostBoundaries { get; internal set; }

    /// <summary>Octets passed over in such stretches.</summary>
    public long SkippedOctets { get; internal set; }

    /// <summary>Octets seen before.</summary>
    public long RetransmittedOctets { get; internal set; }

    /// <summary>Octets that came after their gap was given up.</summary>
    public long LateOctets { get; internal set; }

    /// <summary>Streams let go because too many octets were buffered.</summary>
    public long ShedForMemory { get; internal set; }

    /// <summary>Streams let go, before their end, because there were too many.</summary>
    public long ShedForStreams { get; internal set; }
}
