// Sensor: asks a second resolver what it says of a name, so that two answers can be compared. The only packets that Eider sends by itself.

using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading.Channels;
using Eider.Core.Decode;
using Eider.Core.Detect;

namespace Eider.Core.Sensors;

/// <summary>Each question goes out from a port, with an id and in a spelling of its own, which the answer must repeat. Thread-safe. Disposing gives up what is under way.</summary>
/// <param name="tls">The name in the resolver's certificate, for DNS over TLS (RFC 7858); null for UDP, and TCP where that is cut short.</param>
/// <param name="random">Unpredictable to others.</param>
public sealed class SecondResolver(Endpoint resolver, string? tls, Func<ulong> random, TimeProvider time) : IDisposable
{
    /// <summary>Under way or not yet taken; more are refused.</summary>
    public const int Limit = 64;

    /// <summary>For one try. A resolver that has to ask others takes a second at times.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>UDP loses packets.</summary>
    public const int Tries = 2;

    private const int HeaderLength = DnsHeader.Length;
    private const int LongestAnswer = 4096;

    /// <summary>OPT with room for answers of 1,232 octets, which hardly any path cuts; RFC 6891 6.1.2.</summary>
    private static readonly byte[] Opt = [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0];

    /// <summary>Of padded messages that nobody is to read (RFC 8467 4.1).</summary>
    private const int PaddedBlock = 128;

    private readonly Channel<CrossAnswer> answers = Channel.CreateUnbounded<CrossAnswer>(); // bounded by what is held
    private readonly CancellationTokenSource ending = new();
    private readonly IPEndPoint endpoint = new(resolver.Address.ToIPAddress(), resolver.Port);
    private volatile string? trouble;
    private int held;
    private long passedOver;

    /// <summary>Why the last question got no answer; null where it got one.</summary>
    public string? Trouble => trouble;

    /// <summary>Answers that came to its questions and answer something else.</summary>
    public long PassedOver => Volatile.Read(ref passedOver);

    /// <summary>False where too many are under way. What comes of it is there to be taken some time later.</summary>
    public bool TryAsk(CrossQuestion question)
    {
        if (Volatile.Read(ref held) >= Limit || ending.IsCancellationRequested)
        {
            return false;
        }

        Interlocked.Increment(ref held);
        _ = AskAsync(question);
        return true;
    }

    public bool TryTake(out CrossAnswer answer)
    {
        if (!answers.Reader.TryRead(out answer))
        {
            return false;
        }

        Interlocked.Decrement(ref held);
        return true;
    }

    /// <summary>Returns when there is one to be taken.</summary>
    internal async Task WaitAsync(CancellationToken cancellation) => await answers.Reader.WaitToReadAsync(cancellation);

    public void Dispose() => ending.Cancel();

    /// <summary>Never throws: whatever happens is an outcome.</summary>
    private async Task AskAsync(CrossQuestion question)
    {
        await Task.Yield();
        var (outcome, message) = (CrossOutcome.TimedOut, Array.Empty<byte>());
        for (var attempt = 0; attempt < Tries && outcome == CrossOutcome.TimedOut && !ending.IsCancellationRequested; attempt++)
        {
            using var patience = new CancellationTokenSource(Patience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, ending.Token);
            try
            {
                message = await TryAsync(question, either.Token);
                outcome = message.Length > 0 ? CrossOutcome.Answered : CrossOutcome.Broken;
                trouble = message.Length > 0 ? null : "it answers another question than it is asked";
            }
            catch (Exception error)
            {
                (outcome, trouble) = OutcomeOf(error);
            }
        }

        answers.Writer.TryWrite(new CrossAnswer(question, outcome, message));
    }

    private static (CrossOutcome Outcome, string Trouble) OutcomeOf(Exception error) => error switch
    {
        OperationCanceledException => (CrossOutcome.TimedOut, "no answer"),
        AuthenticationException => (CrossOutcome.Untrusted, error.InnerException?.Message ?? error.Message),
        EndOfStreamException => (CrossOutcome.Broken, "it ended the connection without an answer"),
        _ => (CrossOutcome.Unreachable, error.Message),
    };

    /// <returns>Empty where there was an answer, to something else.</returns>
    private async Task<byte[]> TryAsync(CrossQuestion question, CancellationToken cancellation)
    {
        var query = Query(question);
        if (tls is not null)
        {
            return await OverStreamAsync(query, question.Question.Length, cancellation);
        }

        var answer = await OverUdpAsync(query, question.Question.Length, cancellation);
        return answer.Length > 0 && new DnsHeader(answer).Truncated ? await OverStreamAsync(query, question.Question.Length, cancellation) : answer;
    }

    /// <summary>What answers something else is passed over, as a forged answer would be; there may be a right one behind it.</summary>
    private async Task<byte[]> OverUdpAsync(byte[] query, int asked, CancellationToken cancellation)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(endpoint, cancellation);
        await socket.SendAsync(query, cancellation);
        var buffer = new byte[LongestAnswer];
        var other = false;
        try
        {
            while (true)
            {
                var length = await socket.ReceiveAsync(buffer, cancellation);
                if (IsAnswer(query, asked, buffer.AsSpan(0, length)))
                {
                    return buffer[..length];
                }

                other = true;
                Interlocked.Increment(ref passedOver);
            }
        }
        catch (OperationCanceledException) when (other)
        {
            return [];
        }
    }

    /// <summary>A connection for each question: they are few, and one that is kept would tell the resolver which of them belong together.</summary>
    private async Task<byte[]> OverStreamAsync(byte[] query, int asked, CancellationToken cancellation)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint, cancellation);
        await using var plain = new NetworkStream(socket);
        if (tls is null)
        {
            return await ExchangeAsync(plain, query, asked, cancellation);
        }

        await using var secure = new SslStream(plain);
        await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = tls }, cancellation);
        return await ExchangeAsync(secure, query, asked, cancellation);
    }

    private static async Task<byte[]> ExchangeAsync(Stream stream, byte[] query, int asked, CancellationToken cancellation)
    {
        var framed = new byte[2 + query.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)query.Length);
        query.CopyTo(framed, 2);
        await stream.WriteAsync(framed, cancellation);
        var prefix = new byte[2];
        await stream.ReadExactlyAsync(prefix, cancellation);
        var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
        await stream.ReadExactlyAsync(answer, cancellation);
        return IsAnswer(query, asked, answer) ? answer : [];
    }

    private byte[] Query(CrossQuestion question)
    {
        var name = question.Question;
        var query = new byte[Length(name.Length)];
        BinaryPrimitives.WriteUInt16BigEndian(query, (ushort)random());
        query[2] = 0x01; // RD
        query[5] = 1; // one question
        query[11] = 1; // one additional record
        name.CopyTo(query.AsSpan(HeaderLength));
        Spell(query.AsSpan(HeaderLength, name.Length - 4));
        var opt = query.AsSpan(HeaderLength + name.Length);
        Opt.CopyTo(opt);
        if (opt.Length > Opt.Length)
        {
            // RFC 7830: option 12, zeros.
            BinaryPrimitives.WriteUInt16BigEndian(opt[9..], (ushort)(opt.Length - Opt.Length));
            opt[12] = 12;
            BinaryPrimitives.WriteUInt16BigEndian(opt[13..], (ushort)(opt.Length - Opt.Length - 4));
        }

        return query;
    }

    private int Length(int question)
    {
        const int OptionHeader = 4;
        var plain = HeaderLength + question + Opt.Length;
        return tls is null ? plain : (plain + OptionHeader + PaddedBlock - 1) / PaddedBlock * PaddedBlock;
    }

    /// <summary>Letters in either case, by chance, which a forger must guess too (draft-vixie-dnsext-dns0x20).</summary>
    private void Spell(Span<byte> name)
    {
        ulong bits = 0;
        for (var i = 0; i < name.Length; i++, bits >>= 1)
        {
            bits = i % 64 == 0 ? random() : bits;
            if ((name[i] | 0x20) is >= (byte)'a' and <= (byte)'z')
            {
                name[i] = (byte)((name[i] & ~0x20) | (int)((bits & 1) << 5));
            }
        }
    }

    /// <summary>A response to this very question, letter by letter.</summary>
    private static bool IsAnswer(ReadOnlySpan<byte> query, int asked, ReadOnlySpan<byte> answer) =>
        answer.Length >= HeaderLength + asked && answer[..2].SequenceEqual(query[..2]) && (answer[2] & 0x80) != 0
        && answer.Slice(HeaderLength, asked).SequenceEqual(query.Slice(HeaderLength, asked));
}
