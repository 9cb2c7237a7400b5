// What a capture file holds: frames as a network interface carried them, whole or cut by the capture's snapshot length.

namespace Eider.Core.Capture;

/// <summary>One frame of a capture file. Valid until the next one is read.</summary>
public readonly ref struct CapturedFrame
{
    /// <summary>Nanoseconds since the Unix epoch, UTC, between 0 and 2^62 (so that a time limit added to it cannot overflow). A frame without a time
    /// (pcapng simple packet) has that of the frame before it.</summary>
    public required long TimeNs { get; init; }

    /// <summary>As in <see cref="Capture.LinkType"/>.</summary>
    public required int LinkType { get; init; }

    /// <summary>Index of the interface in its pcapng section, in order of description; 0 for pcap.</summary>
    public required int Interface { get; init; }

    /// <summary>From the link-layer header on.</summary>
    public required WireSpan Octets { get; init; }
}

/// <summary>Octets of a packet of which the end may be missing from the capture.</summary>
/// <param name="captured">What is there.</param>
/// <param name="length">How many octets there were on the wire; taken as the captured length when it claims fewer.</param>
public readonly ref struct WireSpan(ReadOnlySpan<byte> captured, int length)
{
    public ReadOnlySpan<byte> Captured { get; } = captured;

    public int Length { get; } = Math.Max(captured.Length, length);

    public bool IsCut => Captured.Length < Length;

    public static implicit operator WireSpan(ReadOnlySpan<byte> whole) => new(whole, whole.Length);

    /// <summary>What follows the first <paramref name="count"/> octets; empty when there are no more.</summary>
    public WireSpan Skip(int count) => new(Captured[Math.Min(count, Captured.Length)..], Math.Max(0, Length - count));

    /// <summary>The same start with exactly <paramref name="length"/> octets on the wire, whether fewer or more than here.</summary>
    public WireSpan OfLength(int length) => new(Captured[..Math.Min(length, Captured.Length)], length);

    /// <summary><see cref="HeaderFault.None"/> when the first <paramref name="count"/> octets are there; <see cref="HeaderFault.Cut"/> when only the
    /// capture lacks them; else <paramref name="fault"/>.</summary>
    internal HeaderFault Demand(int count, HeaderFault fault) =>
        Captured.Length >= count ? HeaderFault.None : Length >= count ? HeaderFault.Cut : fault;
}
