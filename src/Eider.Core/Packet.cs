// What a source (the kernel's ring, a capture file) hands to Decode: one UDP payload, or one stretch of a TCP stream.

namespace Eider.Core;

/// <summary>Where a packet was seen relative to this node's socket.</summary>
public enum Direction : byte
{
    Ingress,
    Egress,

    /// <summary>From a capture file: seen on the way, so the role is taken as the client's.</summary>
    Captured,
}

/// <summary>What the kernel decided, in its own numbers: struct eider_verdict of bpf/abi.h. Action 0: nothing was judged.</summary>
/// <param name="Generation">Of the policies the rules belong to.</param>
/// <param name="Rule">That decided; 0: none.</param>
/// <param name="AuditRule">That would have decided were its policy enforced; 0: none.</param>
/// <param name="Action"><see cref="VerdictAction"/>, or 0.</param>
/// <param name="Reason"><see cref="VerdictReason"/>.</param>
/// <param name="AuditAction"><see cref="VerdictAction"/>, or 0 where no audited policy says anything.</param>
public readonly record struct KernelVerdict(uint Generation, ushort Rule, ushort AuditRule, byte Action, byte Reason, byte AuditAction);

/// <summary>Packets from one address to ports that nothing listens on, within ten seconds, which are no DNS responses.</summary>
/// <param name="Source">As the packets say; anybody may write it there.</param>
/// <param name="Destination">Of the last.</param>
/// <param name="Ports">Different ports, at least.</param>
public readonly record struct PortProbes(long TimeNs, Endpoint Source, Endpoint Destination, long Packets, int Ports);

/// <summary>What ICMP errors say of the packets that they quote: enum eider_icmp_kind of bpf/abi.h.</summary>
public enum IcmpKind : byte
{
    /// <summary>Of a question: its server or the port is not reached.</summary>
    Unreachable = 1,

    /// <summary>Of a question: it is too long for some path, which is told.</summary>
    TooBig = 2,

    /// <summary>Of a question: another router is to be used.</summary>
    Redirect = 3,

    /// <summary>Of an answer: it is to be cut smaller than any path needs.</summary>
    AnswerTooBig = 4,

    /// <summary>Of what was no response: it reached a closed port. Seen in captures; elsewhere those packets are seen themselves.</summary>
    ClosedPort = 5,
}

/// <summary>ICMP errors of one kind that quote packets between a client and a server, from one to all of a second. Anybody may have sent them, and have invented
/// what they quote. Valid only during the call it is passed to.</summary>
public readonly ref struct IcmpErrors
{
    /// <summary>Octets that <see cref="SmallestMtu"/> cannot tell from none.</summary>
    public const ushort NoMtu = ushort.MaxValue;

    /// <summary>What every host of IPv4 takes whole (RFC 791 3.1); links of today carry more. As bpf/lib/quoted.h has it.</summary>
    public const int LeastMtuV4 = 576;

    /// <summary>What every path of IPv6 carries whole (RFC 8200 5).</summary>
    public const int LeastMtuV6 = 1280;

    /// <summary>Nanoseconds since the Unix epoch, UTC.</summary>
    public required long TimeNs { get; init; }

    public required IcmpKind Kind { get; init; }

    /// <summary>Of the last.</summary>
    public required IpAddress Sender { get; init; }

    /// <summary>Different ones, at least.</summary>
    public int Senders { get; init; }

    /// <summary>With the port that was quoted last.</summary>
    public required Endpoint Client { get; init; }

    public required Endpoint Server { get; init; }

    public required long Packets { get; init; }

    /// <summary>A bit for each of the client's ports, by its hash; four words.</summary>
    public required ReadOnlySpan<ulong> Ports { get; init; }

    /// <summary>The client's, of the last packets.</summary>
    public required ReadOnlySpan<ushort> LastPorts { get; init; }

    /// <summary>Octets; <see cref="NoMtu"/> where none is told.</summary>
    public ushort SmallestMtu { get; init; }
}

/// <summary>One UDP datagram or TCP segment (or chunk of one) on a DNS port. Valid only during the call it is passed to.</summary>
public readonly ref struct Packet
{
    /// <summary>Nanoseconds since the Unix epoch, UTC.</summary>
    public required long TimeNs { get; init; }

    public required Direction Direction { get; init; }

    public required Transport Transport { get; init; }

    public required Endpoint Source { get; init; }

    public required Endpoint Destination { get; init; }

    /// <summary>Network namespace (or capture interface), so that equal addresses of two namespaces are two flows; 0 where it is not known.</summary>
    public ulong Scope { get; init; }

    public Owner Owner { get; init; }

    /// <summary>Of a query that was judged, or of a response that was kept from its socket, or would have been.</summary>
    public KernelVerdict Verdict { get; init; }

    /// <summary>No socket received it: nothing listens on its port.</summary>
    public bool IsUndelivered { get; init; }

    /// <summary>It came in fragments.</summary>
    public bool IsFragmented { get; init; }

    /// <summary>Why no transaction can speak for it, where its source knows: <see cref="StandaloneReason.OtherPort"/>, with one message as payload over TCP as
    /// well, or <see cref="StandaloneReason.Encrypted"/>, without payload.</summary>
    public StandaloneReason Standalone { get; init; }

    /// <summary>UDP: the DNS message. TCP: the octets at <see cref="TcpSequence"/>, with the two-octet length prefixes.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Octets that were sent; more than <see cref="Payload"/> when it was cut.</summary>
    public int WireLength { get; init; }

    /// <summary>Sequence number of the first octet of the payload, modulo 2^32. A SYN takes a number itself (RFC 9293 3.4), so with SYN
    /// this is one more than the header's, payload or not.</summary>
    public uint TcpSequence { get; init; }

    /// <summary>FIN 0x01, SYN 0x02, RST 0x04.</summary>
    public byte TcpFlags { get; init; }
}
