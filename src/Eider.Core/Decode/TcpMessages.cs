// DNS messages out of TCP segments (RFC 7766 8): the two-octet length prefix, several messages in a segment, one message over several segments.
// Stands between the sources and the reader of messages. Pure: time comes from the packets.
//
// This file: which streams are followed and for how long. TcpMessages.Order.cs: octets in order. TcpMessages.Framing.cs: messages out of octets.

using System.Buffers;
using System.Runtime.InteropServices;

namespace Eider.Core.Decode;

/// <summary>Follows each direction of each connection by itself. A message within one segment is handed on where it lies, without a copy; only parts
/// are buffered, within the limits of the options. Whatever cannot be handed on whole is handed on with a fault. Not thread-safe.</summary>
public sealed partial class TcpMessages : IDisposable
{
    private const byte Fin = 0x01;
    private const byte Syn = 0x02;
    private const byte Rst = 0x04;

    private readonly TcpMessageHandler handler;
    private readonly TcpMessagesOptions options;
    private readonly EventClock clock = new();
    private readonly Dictionary<TcpStreamKey, TcpStream> streams = [];

    // Each in the order of the time that counts for it, so that only the first one is looked at.
    private readonly LinkedList<TcpStream> live = [];
    private readonly LinkedList<TcpStream> ended = [];
    private readonly LinkedList<TcpStream> holding = [];
    private readonly LinkedList<TcpStream> gapped = [];

    /// <param name="handler">Called from within <see cref="Push"/>, <see cref="Advance"/> and <see cref="Flush"/>; must not call back.</param>
    /// <param name="options">Null for the defaults.</param>
    public TcpMessages(TcpMessageHandler handler, TcpMessagesOptions? options = null)
    {
        this.handler = handler;
        this.options = options ?? new TcpMessagesOptions();
    }

    public TcpMessageCounters Counters { get; } = new();

    /// <summary>Takes a segment, or a chunk of one, and hands on every message that it completes.</summary>
    public void Push(in Packet segment)
    {
        Advance(segment.TimeNs);
        var key = new TcpStreamKey(segment.Scope, segment.Direction, segment.Source, segment.Destination);
        streams.TryGetValue(key, out var stream);
        if ((segment.TcpFlags & Syn) != 0)
        {
            stream = Start(stream, key, segment);
        }

        var length = Math.Max(segment.WireLength, segment.Payload.Length);
        if (stream is null)
        {
            if (length == 0)
            {
                return;
            }

            stream = Follow(key, segment.TcpSequence);
        }

        stream.TimeNs = segment.TimeNs;
        stream.Owner = segment.Owner;
        stream.Verdict = segment.Verdict.Action != 0 || IsLetIn(stream) ? segment.Verdict : stream.Verdict;
        shortReported = false;
        if (length > 0)
        {
            Counters.CutSegments += length > segment.Payload.Length ? 1 : 0;
            var (next, held) = (stream.Next, stream.Held.Count);
            handedOn = false;
            Order(stream, segment.TcpSequence, segment.Payload, length - segment.Payload.Length);
            TellDenial(stream, cameBefore: stream.Next == next && stream.Held.Count == held);
        }

        Touch(stream, segment.TcpFlags);
        Limit(stream);
    }

    /// <summary>Moves the clock on: gives up what has been waited for for too long. Cheap when nothing is due; <see cref="Push"/> does it too.</summary>
    /// <param name="nowNs">On the clock of the packets' timestamps.</param>
    public void Advance(long nowNs)
    {
        var now = clock.Observe(nowNs);
        while (gapped.First?.Value is { } waiting && now - waiting.GapSinceNs >= Nanoseconds(options.GapTimeout))
        {
            GiveUpGap(waiting);
            Limit(waiting);
        }

        while (ended.First?.Value is { } over && now - over.SinceNs >= Nanoseconds(options.EndLinger))
        {
            Finish(over, over.EndedBy!);
        }

        while (live.First?.Value is { } silent && now - silent.SinceNs >= Nanoseconds(options.IdleTimeout))
        {
            Finish(silent, "the stream went silent");
        }
    }

    /// <summary>Ends every stream, at the end of the input.</summary>
    public void Flush()
    {
        while ((ended.First ?? live.First)?.Value is { } stream)
        {
            Finish(stream, stream.EndedBy ?? "the input ended");
        }
    }

    /// <summary>Returns the buffers without a word; <see cref="Flush"/> first where faults matter.</summary>
    public void Dispose()
    {
        foreach (var stream in streams.Values)
        {
            Release(stream);
        }

        streams.Clear();
    }

    private static long Nanoseconds(TimeSpan time) => time.Ticks * 100;

    /// <summary>What audited policies say of answers is said of those that their segment ends, and of no later ones.</summary>
    private static bool IsLetIn(TcpStream stream) => stream.Key.Direction == Direction.Ingress && stream.Verdict.Action == (byte)VerdictAction.Allow;

    /// <summary>A SYN: of a new connection, or one more of a known one.</summary>
    private TcpStream Start(TcpStream? known, in TcpStreamKey key, in Packet segment)
    {
        var initial = segment.TcpSequence;
        if (known?.Initial == initial)
        {
            return known;
        }

        // The SYN was overtaken by the octets behind it: what was taken for the middle of a stream was its start.
        if (known is { Initial: null } && known.Next - initial <= (uint)options.StreamMemoryLimit)
        {
            known.Initial = initial;
            return known;
        }

        if (known is not null)
        {
            Finish(known, known.EndedBy ?? "a new connection took its place");
        }

        var stream = Follow(key, initial);
        stream.Initial = initial;
        stream.InStep = true;
        stream.Certain = true;
        return stream;
    }

    private TcpStream Follow(in TcpStreamKey key, uint next)
    {
        if (streams.Count >= options.StreamLimit)
        {
            Counters.ShedForStreams += ended.First is null ? 1 : 0;
            Drop((ended.First ?? live.First)!.Value, "too many streams");
        }

        var stream = new TcpStream(key) { Next = next };
        ref var slot = ref CollectionsMarshal.GetValueRefOrAddDefault(streams, key, out _);
        slot = stream;
        live.AddLast(stream.Lifetime);
        Counters.Streams = streams.Count;
        return stream;
    }

    /// <summary>FIN and RST end a stream only after a while: they may be forged or overtaken, and each chunk of a segment bears its flags.</summary>
    private void Touch(TcpStream stream, byte flags)
    {
        if ((flags & (Fin | Rst)) != 0)
        {
            stream.EndedBy = (flags & Rst) != 0 ? "RST" : "FIN";
        }

        stream.SinceNs = clock.NowNs;
        stream.Lifetime.List?.Remove(stream.Lifetime);
        (stream.EndedBy is null ? live : ended).AddLast(stream.Lifetime);
    }

    /// <summary>Keeps the lists and the memory in bounds after a stream took or let go of octets.</summary>
    private void Limit(TcpStream stream)
    {
        Enlist(holding, stream.Holding, stream.Buffer.Length > 0 || stream.Held.Count > 0);
        while (Counters.BufferedOctets > options.MemoryLimit && holding.First?.Value is { } oldest)
        {
            Counters.ShedForMemory++;
            Drop(oldest, "too many octets are buffered");
        }
    }

    private static void Enlist(LinkedList<TcpStream> list, LinkedListNode<TcpStream> node, bool belongs)
    {
        if (belongs && node.List is null)
        {
            list.AddLast(node);
        }
        else if (!belongs && node.List is not null)
        {
            list.Remove(node);
        }
    }

    /// <summary>The end of a stream: what is held is read as far as it goes, the rest is a fault.</summary>
    private void Finish(TcpStream stream, string why)
    {
        while (stream.Held.Count > 0)
        {
            GiveUpGap(stream);
        }

        Drop(stream, why);
    }

    private void Drop(TcpStream stream, string why)
    {
        ReportPart(stream, why);
        Release(stream);
        stream.Lifetime.List?.Remove(stream.Lifetime);
        Enlist(holding, stream.Holding, belongs: false);
        Enlist(gapped, stream.Gapped, belongs: false);
        streams.Remove(stream.Key);
        Counters.Streams = streams.Count;
    }

    private void Release(TcpStream stream)
    {
        Counters.BufferedOctets -= stream.ClearMessage();
        foreach (var segment in stream.Held)
        {
            Free(segment);
        }

        stream.Held.Clear();
        stream.HeldOctets = 0;
    }

    private void Free(in HeldSegment segment)
    {
        Counters.BufferedOctets -= segment.Cost;
        if (segment.Octets.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(segment.Octets);
        }
    }
}
