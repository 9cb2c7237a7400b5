// One direction of one TCP connection: where its framing stands, and what is held of it.

using System.Buffers;
using System.Buffers.Binary;

namespace Eider.Core.Decode;

/// <summary>The direction is part of the key: on loopback the hook sees one segment twice, leaving the client and reaching the server.</summary>
internal readonly record struct TcpStreamKey(ulong Scope, Direction Direction, Endpoint Source, Endpoint Destination)
{
    /// <summary>Seeded per process, so that ports chosen by an attacker do not fall into one bucket.</summary>
    public override int GetHashCode() => HashCode.Combine(Scope, Direction, Source, Destination);
}

/// <summary>Octets that came before earlier ones. <paramref name="Lost"/> octets follow that were cut off and will never be seen.</summary>
internal readonly record struct HeldSegment(uint Sequence, byte[] Octets, int Length, int Lost, long TimeNs)
{
    /// <summary>What a segment costs besides its octets, roughly.</summary>
    private const int Overhead = 64;

    public int Cost => Octets.Length + Overhead;
}

internal sealed class TcpStream
{
    public const int PrefixLength = 2;

    public TcpStream(in TcpStreamKey key)
    {
        Key = key;
        Lifetime = new(this);
        Holding = new(this);
        Gapped = new(this);
    }

    public TcpStreamKey Key { get; }

    /// <summary>In the list of live or of ended streams.</summary>
    public LinkedListNode<TcpStream> Lifetime { get; }

    /// <summary>In the list of streams that hold octets.</summary>
    public LinkedListNode<TcpStream> Holding { get; }

    /// <summary>In the list of streams that wait for missing octets.</summary>
    public LinkedListNode<TcpStream> Gapped { get; }

    /// <summary>Sequence number of the octet expected next.</summary>
    public uint Next { get; set; }

    /// <summary>Sequence number of the first octet after SYN; null when the start was missed.</summary>
    public uint? Initial { get; set; }

    /// <summary>False from a lost boundary until a plausible header is found.</summary>
    public bool InStep { get; set; }

    /// <summary>The start of the stream was seen and no boundary was lost since, so prefixes are believed whatever follows them.</summary>
    public bool Certain { get; set; }

    /// <summary>The present lack of a boundary was reported.</summary>
    public bool BoundaryReported { get; set; }

    /// <summary>"FIN" or "RST"; null while the stream goes on.</summary>
    public string? EndedBy { get; set; }

    /// <summary>Event clock at the last packet, or when the stream ended.</summary>
    public long SinceNs { get; set; }

    public long GapSinceNs { get; set; }

    /// <summary>The range of sequence numbers last given up.</summary>
    public (uint From, uint Length) GivenUp { get; set; }

    /// <summary>Metadata of the last packet, for faults that no packet reports.</summary>
    public long TimeNs { get; set; }

    public Owner Owner { get; set; }

    /// <summary>The last one given: it stands on the segment in which a question became whole, which need not be the one that ends the message.</summary>
    public KernelVerdict Verdict { get; set; }

    /// <summary>That it was denied has been told.</summary>
    public bool DenialTold { get; set; }

    /// <summary>Octets of the current message still to be passed over, after part of it was lost.</summary>
    public int Skip { get; set; }

    /// <summary>Octets of the length prefix that are here.</summary>
    public int PrefixOctets { get; private set; }

    /// <summary>What the prefix says; valid when both octets are here.</summary>
    public int Announced { get; private set; }

    /// <summary>Octets of the current message in <see cref="Message"/>.</summary>
    public int Have { get; private set; }

    public byte[] Buffer { get; private set; } = [];

    public ReadOnlySpan<byte> Message => Buffer.AsSpan(0, Have);

    public bool HasPrefix => PrefixOctets == PrefixLength;

    public bool HasPart => PrefixOctets > 0;

    /// <summary>Segments ahead of <see cref="Next"/>, nearest first.</summary>
    public List<HeldSegment> Held { get; } = [];

    public int HeldOctets { get; set; }

    /// <summary>Takes octets of the prefix.</summary>
    /// <returns>Octets taken.</returns>
    public int TakePrefix(ReadOnlySpan<byte> octets)
    {
        if (PrefixOctets == 0 && octets.Length >= PrefixLength)
        {
            Announced = BinaryPrimitives.ReadUInt16BigEndian(octets);
            PrefixOctets = PrefixLength;
            return PrefixLength;
        }

        Announced = (Announced << 8) | octets[0];
        PrefixOctets++;
        return 1;
    }

    /// <summary>Appends to the current message.</summary>
    /// <returns>Change in the octets buffered.</returns>
    public int Append(ReadOnlySpan<byte> octets)
    {
        var before = Buffer.Length;
        if (Have + octets.Length > before)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Min(Announced, Math.Max(Have + octets.Length, 2 * before)));
            Message.CopyTo(larger);
            ReturnBuffer();
            Buffer = larger;
        }

        octets.CopyTo(Buffer.AsSpan(Have));
        Have += octets.Length;
        return Buffer.Length - before;
    }

    /// <summary>Ready for the next prefix.</summary>
    /// <returns>Octets no longer buffered.</returns>
    public int ClearMessage()
    {
        var freed = Buffer.Length;
        ReturnBuffer();
        Buffer = [];
        (PrefixOctets, Announced, Have) = (0, 0, 0);
        return freed;
    }

    private void ReturnBuffer()
    {
        if (Buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(Buffer);
        }
    }
}
