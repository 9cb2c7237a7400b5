// What can be wrong with the headers in front of a DNS message; each is a counter of CaptureStatistics.

namespace Eider.Core.Capture;

public enum HeaderFault : byte
{
    None,

    /// <summary>The capture's snapshot length cut a header off: no fault of the sender.</summary>
    Cut,

    LinkHeaderShort,
    IpVersion,
    Ipv4HeaderShort,
    Ipv4HeaderLength,

    /// <summary>Total length below the header's own length.</summary>
    Ipv4TotalLength,

    /// <summary>The datagram claims more octets than the frame carried. It is still read, as one that was cut.</summary>
    IpLengthBeyondFrame,

    Ipv6HeaderShort,

    /// <summary>An extension header reaches beyond its packet.</summary>
    Ipv6ExtensionShort,

    /// <summary>A fragment header in a packet that was put together from fragments, which no sender makes (and Linux drops).</summary>
    Ipv6FragmentNested,

    FragmentEmpty,

    /// <summary>Not the last fragment, yet not a multiple of 8 octets (RFC 791 3.2, RFC 8200 4.5).</summary>
    FragmentLength,

    /// <summary>Ends beyond 65,535 octets ("ping of death").</summary>
    FragmentBeyondLimit,

    UdpHeaderShort,

    /// <summary>UDP length below the 8 octets of its header (0 is allowed: RFC 2675 4).</summary>
    UdpLength,

    /// <summary>UDP length above what the IP datagram holds. It is still read, as one that was cut.</summary>
    UdpLengthBeyondPacket,

    TcpHeaderShort,

    /// <summary>Data offset below 5 words or beyond the segment.</summary>
    TcpDataOffset,
}
