// Messages out of octets in order: the length prefix, the parts of a message, and the search for a boundary where it is not known.

using System.Buffers.Binary;

namespace Eider.Core.Decode;

public sealed partial class TcpMessages
{
    private const int HeaderLength = 12;

    /// <summary>A question has at least a root name, a type and a class; a record has a TTL and a length besides (RFC 1035 4.1.2, 4.1.3).</summary>
    private const int MinQuestionLength = 5;

    private const int MaxQuestionLength = 259;

    private const int MinRecordLength = 11;

    /// <summary>Set once a too short message was reported from the segment at hand: 32,000 empty messages fit in one, and one event tells.</summary>
    private bool shortReported;

    /// <summary>Set once something was handed on from the segment at hand.</summary>
    private bool handedOn;

    /// <summary>A segment that is denied because it brings other octets in the place of those that came before makes no message, and would go
    /// untold. It is told once a stream, which goes no further.</summary>
    private void TellDenial(TcpStream stream, bool cameBefore)
    {
        if ((VerdictAction)stream.Verdict.Action != VerdictAction.Deny || stream.DenialTold)
        {
            return;
        }

        stream.DenialTold = handedOn || cameBefore;
        if (!handedOn && cameBefore)
        {
            Report(stream, [], 0, "octets that came before came again, and were others", 0);
        }
    }

    /// <summary>Reads octets that follow those read before.</summary>
    private void Read(TcpStream stream, ReadOnlySpan<byte> octets)
    {
        stream.Next += (uint)octets.Length;
        var at = Math.Min(stream.Skip, octets.Length);
        stream.Skip -= at;

        // Where the message at hand begins in these octets; negative when it began earlier.
        var begin = stream.HasPart ? -1 : at;
        while (at < octets.Length)
        {
            begin = stream.HasPart ? begin : at;
            at += stream.HasPrefix ? 0 : stream.TakePrefix(octets[at..]);
            if (!stream.HasPrefix)
            {
                return;
            }

            var outcome = ReadBody(stream, octets[at..], out var taken);
            at += taken;
            if (outcome == Framing.Implausible)
            {
                LoseBoundary(stream, "no message boundary is known here");
                Counters.BufferedOctets -= stream.ClearMessage();
                Counters.SkippedOctets += begin < 0 ? 0 : octets.Length - begin;

                // What began earlier was none; these octets may still begin with one.
                at = begin < 0 ? 0 : octets.Length;
                begin = 0;
            }
        }
    }

    private Framing ReadBody(TcpStream stream, ReadOnlySpan<byte> octets, out int taken)
    {
        var had = stream.Have;
        taken = Math.Min(stream.Announced - had, octets.Length);
        var body = octets[..taken];
        var whole = had + taken == stream.Announced;
        if (!whole || had > 0)
        {
            Counters.BufferedOctets += stream.Append(body);
            body = stream.Message;
        }

        if (!stream.Certain && had < HeaderLength)
        {
            if (whole || body.Length >= HeaderLength)
            {
                if (!IsPlausible(body, stream.Announced))
                {
                    return Framing.Implausible;
                }

                stream.InStep = true;
                stream.BoundaryReported = false;
            }
        }

        if (whole)
        {
            HandOn(stream, body);
            Counters.BufferedOctets -= stream.ClearMessage();
        }

        return Framing.Plausible;
    }

    private void HandOn(TcpStream stream, ReadOnlySpan<byte> message)
    {
        handedOn = true;
        if (message.Length >= HeaderLength)
        {
            shortReported = false;
            Counters.Messages++;
            handler(Metadata(stream, message, message.Length), null);
            return;
        }

        Counters.TooShort++;
        if (!shortReported)
        {
            shortReported = true;
            Report(stream, message, message.Length, $"length prefix of {message.Length} octets, below the {HeaderLength} of a header", message.Length);
        }
    }

    /// <summary>Passes over octets that will not be seen. Within a message of known length the next boundary stays known.</summary>
    private void CrossHole(TcpStream stream, int length, string why)
    {
        stream.Next += (uint)length;
        var skipped = Math.Min(stream.Skip, length);
        stream.Skip -= skipped;
        length -= skipped;
        if (length == 0)
        {
            return;
        }

        var rest = stream.HasPrefix ? stream.Announced - stream.Have : 0;
        var reported = ReportPart(stream, why);
        Counters.BufferedOctets -= stream.ClearMessage();
        if (stream.InStep && length <= rest)
        {
            stream.Skip = rest - length;
        }
        else
        {
            stream.BoundaryReported |= reported;
            LoseBoundary(stream, why);
        }
    }

    private void LoseBoundary(TcpStream stream, string why)
    {
        Counters.LostBoundaries += stream.InStep || !stream.BoundaryReported ? 1 : 0;
        if (!stream.BoundaryReported)
        {
            Report(stream, [], 0, why, 0);
        }

        stream.BoundaryReported = true;
        stream.InStep = false;
        stream.Certain = false;
    }

    /// <summary>Reports the part of a message that is here, if there is one, as all that there will be.</summary>
    /// <returns>True when something was reported.</returns>
    private bool ReportPart(TcpStream stream, string why)
    {
        if (!stream.HasPart)
        {
            return false;
        }

        if (!stream.InStep)
        {
            Counters.SkippedOctets += stream.PrefixOctets + stream.Have;
            LoseBoundary(stream, why);
            return true;
        }

        Counters.Incomplete++;
        if (stream.HasPrefix)
        {
            Report(stream, stream.Message, stream.Announced, $"message of {stream.Announced} octets ends after {stream.Have}: {why}", stream.Have);
        }
        else
        {
            Report(stream, [], 0, $"length prefix ends after 1 octet: {why}", 0);
        }

        return true;
    }

    private void Report(TcpStream stream, ReadOnlySpan<byte> payload, int wireLength, string what, int offset) =>
        handler(Metadata(stream, payload, wireLength), new Malformed(what, offset));

    private static Packet Metadata(TcpStream stream, ReadOnlySpan<byte> payload, int wireLength) => new()
    {
        TimeNs = stream.TimeNs,
        Direction = stream.Key.Direction,
        Transport = Transport.Tcp,
        Source = stream.Key.Source,
        Destination = stream.Key.Destination,
        Scope = stream.Key.Scope,
        Owner = stream.Owner,
        Verdict = stream.Verdict,
        Payload = payload,
        WireLength = wireLength,
    };

    /// <summary>Whether this looks like the start of a DNS message of this length: it must hold what its header counts, and something must be
    /// counted for what it holds.</summary>
    private static bool IsPlausible(ReadOnlySpan<byte> start, int length)
    {
        if (length < HeaderLength || start.Length < HeaderLength)
        {
            return false;
        }

        var isQuery = (start[2] & 0x80) == 0;
        var opcode = (start[2] >> 3) & 0x0f;
        var rcode = start[3] & 0x0f;
        if (opcode > 6 || (isQuery && rcode != 0))
        {
            return false;
        }

        var questions = BinaryPrimitives.ReadUInt16BigEndian(start[4..]);
        var records = BinaryPrimitives.ReadUInt16BigEndian(start[6..])
            + BinaryPrimitives.ReadUInt16BigEndian(start[8..])
            + BinaryPrimitives.ReadUInt16BigEndian(start[10..]);
        if (questions > 1 || (isQuery && questions + records == 0))
        {
            return false;
        }

        // The first name cannot be a pointer: there is nothing before it to point to.
        var beginsWithLabel = questions == 0 || start.Length == HeaderLength || start[HeaderLength] <= 63;
        return beginsWithLabel
            && length >= HeaderLength + (questions * MinQuestionLength) + (records * MinRecordLength)
            && (records > 0 || length <= HeaderLength + (questions * MaxQuestionLength));
    }

    private static bool AreWholeMessages(ReadOnlySpan<byte> octets)
    {
        while (octets.Length >= TcpStream.PrefixLength)
        {
            var announced = BinaryPrimitives.ReadUInt16BigEndian(octets);
            octets = octets[TcpStream.PrefixLength..];
            if (announced > octets.Length || !IsPlausible(octets[..announced], announced))
            {
                return false;
            }

            octets = octets[announced..];
        }

        return octets.IsEmpty;
    }

    private void ReadWholeMessages(TcpStream stream, ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            var end = TcpStream.PrefixLength + BinaryPrimitives.ReadUInt16BigEndian(octets);
            HandOn(stream, octets[TcpStream.PrefixLength..end]);
            octets = octets[end..];
        }
    }

    private enum Framing : byte
    {
        Plausible,
        Implausible,
    }
}
