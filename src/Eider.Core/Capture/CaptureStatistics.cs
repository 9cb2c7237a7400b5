// What became of every frame of a capture. Each frame is counted under exactly one FrameOutcome, so nothing is passed over in silence.

using System.Runtime.InteropServices;

namespace Eider.Core.Capture;

public enum FrameOutcome : byte
{
    /// <summary>Delivered: a UDP datagram on a DNS port, or one that may be taken for an answer from another.</summary>
    DnsUdp,

    /// <summary>Delivered: a TCP segment on a DNS port that carries octets, or opens or ends a connection.</summary>
    DnsTcp,

    /// <summary>A TCP segment on a DNS port with nothing in it (an acknowledgement); not delivered.</summary>
    DnsTcpEmpty,

    /// <summary>UDP or TCP on other ports.</summary>
    OtherPort,

    /// <summary>IP with neither UDP nor TCP: ICMP (also where it quotes a DNS message), tunnels, encryption.</summary>
    OtherProtocol,

    /// <summary>ARP, LLDP, LLC and the like.</summary>
    NotIp,

    /// <summary>A link type that is not read.</summary>
    UnreadLinkType,

    /// <summary>A fragment that did not make its datagram whole.</summary>
    Fragment,

    /// <summary>The capture's snapshot length cut the headers off.</summary>
    HeadersCut,

    /// <summary>Headers that cannot be read; <see cref="HeaderFault"/> says why.</summary>
    Malformed,
}

/// <summary>Why a fragmented datagram never became whole.</summary>
public enum FragmentLoss : byte
{
    TimedOut,

    /// <summary>Given up to stay within the memory limit.</summary>
    Shed,

    /// <summary>Two fragments overlap in part or disagree on where the datagram ends.</summary>
    Overlapping,
    TooManyPieces,

    /// <summary>The capture cut the first fragment, so that the others cannot be put to it. What there is of it is delivered.</summary>
    StartCut,
    CaptureEnded,
}

/// <summary>Counts of one reading of a capture. Not thread-safe.</summary>
public sealed class CaptureStatistics
{
    private readonly long[] _outcomes = new long[Enum.GetValues<FrameOutcome>().Length];
    private readonly long[] _faults = new long[Enum.GetValues<HeaderFault>().Length];
    private readonly long[] _losses = new long[Enum.GetValues<FragmentLoss>().Length];
    private readonly Dictionary<int, long> _framesByLinkType = [];

    public long Frames { get; private set; }

    /// <summary>Octets of frames that the capture holds, link-layer headers included.</summary>
    public long CapturedOctets { get; private set; }

    /// <summary>Octets that those frames had on the wire.</summary>
    public long WireOctets { get; private set; }

    public IReadOnlyDictionary<int, long> FramesByLinkType => _framesByLinkType;

    /// <summary>IP fragments of UDP and TCP seen.</summary>
    public long Fragments { get; internal set; }

    /// <summary>Datagrams made whole from fragments.</summary>
    public long Reassembled { get; internal set; }

    /// <summary>UDP datagrams on a DNS port that never became whole and were delivered as far as they were seen from their start. They are not among
    /// <see cref="FrameOutcome.DnsUdp"/>, since no frame brought them.</summary>
    public long DeliveredIncomplete { get; internal set; }

    /// <summary>Delivered packets of which the capture lacks the end.</summary>
    public long Cut { get; internal set; }

    public long this[FrameOutcome outcome] => _outcomes[(int)outcome];

    /// <summary>A fault may be counted for a packet that was delivered nevertheless; the docstrings of <see cref="HeaderFault"/> say which.</summary>
    public long this[HeaderFault fault] => _faults[(int)fault];

    public long this[FragmentLoss loss] => _losses[(int)loss];

    internal void Count(in CapturedFrame frame, FrameOutcome outcome)
    {
        Frames++;
        CapturedOctets += frame.Octets.Captured.Length;
        WireOctets += frame.Octets.Length;
        CollectionsMarshal.GetValueRefOrAddDefault(_framesByLinkType, frame.LinkType, out _)++;
        _outcomes[(int)outcome]++;
    }

    internal void Count(HeaderFault fault) => _faults[(int)fault]++;

    internal void Count(FragmentLoss loss) => _losses[(int)loss]++;
}
