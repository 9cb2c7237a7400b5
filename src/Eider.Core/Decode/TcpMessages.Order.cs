// Octets in order: overlaps are trimmed, what comes early is held, what never comes is given up.

using System.Buffers;

namespace Eider.Core.Decode;

public sealed partial class TcpMessages
{
    /// <summary>No DNS connection has more octets on their way; what is further off belongs to something else, or is forged.</summary>
    private const int Window = 1 << 20;

    /// <summary>Held segments of one stream: bounds the walk, and the waste of segments of one octet.</summary>
    private const int HeldLimit = 256;

    /// <param name="stream">Whose octets they are.</param>
    /// <param name="sequence">Of the first octet.</param>
    /// <param name="octets">What is here of the segment.</param>
    /// <param name="lost">Octets cut off behind them.</param>
    private void Order(TcpStream stream, uint sequence, ReadOnlySpan<byte> octets, int lost)
    {
        var ahead = (int)(sequence - stream.Next);
        if (ahead is > Window or < -Window)
        {
            Restart(stream, sequence);
            ahead = 0;
        }

        if (ahead > 0)
        {
            Hold(stream, sequence, octets, lost);
            return;
        }

        if (ahead < 0 && stream.GivenUp.Length > 0)
        {
            TakeLate(stream, sequence, octets);
        }

        if (Take(stream, -ahead, octets, lost))
        {
            stream.EndedBy = null;
            Drain(stream, forgetTime: false);
        }
    }

    /// <summary>Reads on at the octet expected next, past those seen before.</summary>
    /// <returns>False when nothing in it is new.</returns>
    private bool Take(TcpStream stream, int seen, ReadOnlySpan<byte> octets, int lost)
    {
        Counters.RetransmittedOctets += Math.Min(seen, octets.Length);
        if (seen >= octets.Length + lost)
        {
            return false;
        }

        if (seen < octets.Length)
        {
            Read(stream, octets[seen..]);
        }

        CrossHole(stream, Math.Min(lost, octets.Length + lost - seen), "the segment was cut");
        return true;
    }

    private void Hold(TcpStream stream, uint sequence, ReadOnlySpan<byte> octets, int lost)
    {
        var at = stream.Held.Count;
        while (at > 0 && (int)(stream.Held[at - 1].Sequence - sequence) > 0)
        {
            at--;
        }

        if (at > 0 && stream.Held[at - 1] is var same && same.Sequence == sequence && same.Length >= octets.Length)
        {
            Counters.RetransmittedOctets += octets.Length;
            return;
        }

        var copy = octets.IsEmpty ? [] : ArrayPool<byte>.Shared.Rent(octets.Length);
        octets.CopyTo(copy);
        var held = new HeldSegment(sequence, copy, octets.Length, lost, stream.TimeNs);
        Counters.BufferedOctets += held.Cost;
        stream.Held.Insert(at, held);
        stream.HeldOctets += octets.Length;
        if (stream.Held.Count == 1)
        {
            stream.GapSinceNs = clock.NowNs;
            Enlist(gapped, stream.Gapped, belongs: true);
        }

        while (stream.HeldOctets > options.StreamMemoryLimit || stream.Held.Count > HeldLimit)
        {
            GiveUpGap(stream);
        }
    }

    /// <summary>Reads the held segments that have become next.</summary>
    /// <param name="stream">Whose.</param>
    /// <param name="forgetTime">True when no packet made them readable, so that their messages bear the time they came.</param>
    private void Drain(TcpStream stream, bool forgetTime)
    {
        var drained = 0;
        while (drained < stream.Held.Count && (int)(stream.Next - stream.Held[drained].Sequence) is var seen and >= 0)
        {
            var segment = stream.Held[drained++];
            stream.TimeNs = forgetTime ? segment.TimeNs : stream.TimeNs;
            Take(stream, seen, segment.Octets.AsSpan(0, segment.Length), segment.Lost);
            stream.HeldOctets -= segment.Length;
            Free(segment);
        }

        if (drained == 0)
        {
            return;
        }

        stream.Held.RemoveRange(0, drained);
        Enlist(gapped, stream.Gapped, belongs: false);
        if (stream.Held.Count > 0)
        {
            stream.GapSinceNs = clock.NowNs;
            Enlist(gapped, stream.Gapped, belongs: true);
        }
        else
        {
            stream.Held.Capacity = 0;
        }
    }

    /// <summary>Goes on behind the first gap. Call only when something is held.</summary>
    private void GiveUpGap(TcpStream stream)
    {
        var length = stream.Held[0].Sequence - stream.Next;
        Counters.Gaps++;
        stream.GivenUp = (stream.Next, length);
        CrossHole(stream, (int)length, "octets of the stream were not seen");
        Drain(stream, forgetTime: true);
    }

    /// <summary>Goes on at octets that have nothing to do with those expected.</summary>
    private void Restart(TcpStream stream, uint sequence)
    {
        while (stream.Held.Count > 0)
        {
            GiveUpGap(stream);
        }

        CrossHole(stream, int.MaxValue, "the stream goes on elsewhere");
        stream.Next = sequence;
        stream.GivenUp = default;
    }

    /// <summary>Octets of a gap that was given up. Their place in the framing is gone, so they are read only where they are whole messages by
    /// themselves: a query cannot hide behind a forged segment ahead of it.</summary>
    private void TakeLate(TcpStream stream, uint sequence, ReadOnlySpan<byte> octets)
    {
        var (from, length) = stream.GivenUp;
        var before = Math.Max(0, (int)(from - sequence));
        var into = sequence + (uint)before - from;
        if (before >= octets.Length || into >= length)
        {
            return;
        }

        var late = octets.Slice(before, (int)Math.Min((uint)(octets.Length - before), length - into));
        Counters.LateOctets += late.Length;
        Counters.RetransmittedOctets -= late.Length;
        stream.GivenUp = into == 0 ? (from + (uint)late.Length, length - (uint)late.Length) : (from, into);
        if (AreWholeMessages(late))
        {
            ReadWholeMessages(stream, late);
        }
        else
        {
            Report(stream, [], 0, "octets came after their gap was given up", 0);
        }
    }
}
