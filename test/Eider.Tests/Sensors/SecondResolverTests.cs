// Asking a second resolver: what goes out, what is taken for its answer, and what becomes of everything else. The resolver is a socket of this test on loopback.

using System.Net;
using System.Net.Sockets;
using Eider.Core;
using Eider.Core.Decode;
using Eider.Core.Detect;
using Eider.Core.Sensors;
using Eider.Tests.Detect;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Eider.Tests.Sensors;

public sealed class SecondResolverTests : IDisposable
{
    private const string Name = "www.example-with-many-letters.com";
    private const string Said = "198.51.100.1";

    private readonly Socket datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket connections = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly FakeTimeProvider time = new();
    private readonly Random random = new(7);
    private readonly Endpoint at;

    /// <summary>So that what never comes fails, and does not hang.</summary>
    private readonly CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public SecondResolverTests()
    {
        // The same port for both, which somebody else may have for one of them.
        for (var isBound = false; !isBound;)
        {
            connections.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            isBound = TryBind(datagrams, connections.LocalEndPoint!);
        }

        connections.Listen();
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        at = Traffic.At("127.0.0.1", (ushort)((IPEndPoint)connections.LocalEndPoint!).Port);
    }

    private CancellationToken Cancellation => patience.Token;

    public void Dispose()
    {
        datagrams.Dispose();
        connections.Dispose();
        patience.Dispose();
    }

    [Fact]
    public async Task Question_goes_out_with_an_id_and_a_spelling_of_its_own_and_its_answer_is_taken()
    {
        using var resolver = Resolver();
        var seen = new List<byte[]>();
        for (var round = 0; round < 8; round++)
        {
            Assert.True(resolver.TryAsk(Question()));
            var (query, from) = await Receive();
            seen.Add(query);
            await datagrams.SendToAsync(Answer(query), from, Cancellation);
            var answer = await Take(resolver);
            Assert.Equal(CrossOutcome.Answered, answer.Outcome);
            Assert.Null(resolver.Trouble);
        }

        Assert.Equal(8, seen.Select(query => (query[0] << 8) | query[1]).Distinct().Count());
        Assert.Equal(8, seen.Select(query => DnsSummary.Read(query, new NameCache(1)).Name).Distinct(StringComparer.Ordinal).Count());
        Assert.All(seen, static query =>
        {
            var read = DnsSummary.Read(query, new NameCache(1));
            Assert.Equal((Name, (ushort?)RecordType.A, null), (read.Name!.ToLowerInvariant(), read.QueryType, read.Malformed));
        });
    }

    [Theory]
    [InlineData("another id")]
    [InlineData("another name")]
    [InlineData("lower case")]
    [InlineData("no response")]
    [InlineData("cut short")]
    [InlineData("empty")]
    public async Task Answer_to_something_else_is_passed_over_and_the_right_one_behind_it_is_taken(string wrong)
    {
        using var resolver = Resolver();
        resolver.TryAsk(Question());
        var (query, from) = await Receive();
        await datagrams.SendToAsync(Spoil(Answer(query), wrong), from, Cancellation);
        await datagrams.SendToAsync(Answer(query), from, Cancellation);

        var answer = await Take(resolver);

        Assert.Equal(CrossOutcome.Answered, answer.Outcome);
        Assert.Equal(Answer(query), answer.Message.ToArray());
        Assert.Equal(1, resolver.PassedOver);
    }

    [Fact]
    public async Task Resolver_that_only_answers_something_else_is_broken_and_said_to_be()
    {
        using var resolver = Resolver();
        resolver.TryAsk(Question());
        var (query, from) = await Receive();
        await datagrams.SendToAsync(Spoil(Answer(query), "lower case"), from, Cancellation);
        while (resolver.PassedOver == 0)
        {
            Cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        time.Advance(SecondResolver.Patience);
        var answer = await Take(resolver);

        Assert.Equal(CrossOutcome.Broken, answer.Outcome);
        Assert.Equal("it answers another question than it is asked", resolver.Trouble);
    }

    [Fact]
    public async Task Silence_is_met_with_one_more_try_and_then_given_up()
    {
        using var resolver = Resolver();
        resolver.TryAsk(Question());
        await Receive();
        time.Advance(SecondResolver.Patience);
        await Receive();
        time.Advance(SecondResolver.Patience);

        var answer = await Take(resolver);

        Assert.Equal(CrossOutcome.TimedOut, answer.Outcome);
        Assert.Equal("no answer", resolver.Trouble);
        Assert.Equal(0, datagrams.Available);
    }

    [Fact]
    public async Task Port_without_a_listener_is_unreachable()
    {
        datagrams.Dispose();
        using var resolver = Resolver();
        resolver.TryAsk(Question());

        Assert.Equal(CrossOutcome.Unreachable, (await Take(resolver)).Outcome);
        Assert.Contains("refused", resolver.Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_that_is_cut_short_is_asked_for_again_over_tcp()
    {
        using var resolver = Resolver();
        resolver.TryAsk(Question());
        await AnswerCutShort();
        using var connection = await connections.AcceptAsync(Cancellation);
        var whole = Answer(await ReadFramed(connection));
        await connection.SendAsync((byte[])[(byte)(whole.Length >> 8), (byte)whole.Length, .. whole], Cancellation);

        var answer = await Take(resolver);

        Assert.Equal(CrossOutcome.Answered, answer.Outcome);
        Assert.Equal(whole, answer.Message.ToArray());
    }

    [Fact]
    public async Task Connection_that_ends_without_an_answer_is_broken()
    {
        using var resolver = Resolver();
        resolver.TryAsk(Question());
        await AnswerCutShort();
        using (var connection = await connections.AcceptAsync(Cancellation))
        {
            await ReadFramed(connection);
        }

        Assert.Equal(CrossOutcome.Broken, (await Take(resolver)).Outcome);
    }

    [Fact]
    public async Task Peer_that_speaks_no_tls_is_not_trusted()
    {
        using var resolver = new SecondResolver(at, "dns.example", Random, time);
        resolver.TryAsk(Question());
        using var connection = await connections.AcceptAsync(Cancellation);
        await connection.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), Cancellation);

        Assert.Equal(CrossOutcome.Untrusted, (await Take(resolver)).Outcome);
        Assert.NotNull(resolver.Trouble);
    }

    [Fact]
    public async Task More_than_the_limit_at_once_are_refused_until_some_are_taken()
    {
        using var resolver = Resolver();
        for (var number = 0; number < SecondResolver.Limit; number++)
        {
            Assert.True(resolver.TryAsk(Question()));
        }

        Assert.False(resolver.TryAsk(Question()));
        var (query, from) = await Receive();
        await datagrams.SendToAsync(Answer(query), from, Cancellation);
        await Take(resolver);
        Assert.True(resolver.TryAsk(Question()));
    }

    private static bool TryBind(Socket socket, EndPoint to)
    {
        try
        {
            socket.Bind(to);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private SecondResolver Resolver() => new(at, null, Random, time);

    private ulong Random()
    {
        lock (random)
        {
            return (ulong)random.NextInt64();
        }
    }

    /// <summary>As detection asks it.</summary>
    private static CrossQuestion Question()
    {
        CrossQuestion? asked = null;
        using var pipeline = new Pipeline([], null, new PipelineOptions
        {
            Seed = 1,
            Detect = new DetectOptions { Suffixes = PublicSuffix.Fallback, CrossCheck = new CrossCheckOptions(Traffic.At("192.0.2.53", 53), 1) },
            Ask = question => (asked = question) is not null,
        });
        Process(pipeline, new Decode.MessageBuilder(0x0100, 1).Question(Name, RecordType.A).ToArray(), Traffic.Client, Traffic.Server);
        Process(pipeline, Traffic.Message(Name, Said), Traffic.Server, Traffic.Client);
        return asked!;
    }

    private static void Process(Pipeline pipeline, byte[] message, Endpoint from, Endpoint to) => pipeline.Process(new Packet
    {
        TimeNs = Traffic.Second, Direction = Direction.Captured, Transport = Transport.Udp, Source = from, Destination = to, Payload = message, WireLength = message.Length,
    });

    private async Task<(byte[] Query, EndPoint From)> Receive()
    {
        var buffer = new byte[4096];
        var received = await datagrams.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), Cancellation);
        return (buffer[..received.ReceivedBytes], received.RemoteEndPoint);
    }

    private async Task AnswerCutShort()
    {
        var (query, from) = await Receive();
        var cut = Answer(query);
        cut[2] |= 0x02;
        await datagrams.SendToAsync(cut, from, Cancellation);
    }

    private async Task<byte[]> ReadFramed(Socket connection)
    {
        await using var stream = new NetworkStream(connection);
        var prefix = new byte[2];
        await stream.ReadExactlyAsync(prefix, Cancellation);
        var message = new byte[(prefix[0] << 8) | prefix[1]];
        await stream.ReadExactlyAsync(message, Cancellation);
        return message;
    }

    /// <summary>The query's own id and question, and an address.</summary>
    private static byte[] Answer(byte[] query)
    {
        var question = query.AsSpan(12, Name.Length + 2 + 4);
        return [query[0], query[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, .. question, 0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 0, 0, 4, 198, 51, 100, 1];
    }

    private static byte[] Spoil(byte[] answer, string how)
    {
        switch (how)
        {
            case "another id":
                answer[0] ^= 1;
                break;
            case "another name":
                answer[15] = (byte)'-';
                break;
            case "lower case":
                foreach (ref var octet in answer.AsSpan(12, Name.Length))
                {
                    octet |= (byte)(octet is >= (byte)'A' and <= (byte)'Z' ? 0x20 : 0);
                }

                break;
            case "no response":
                answer[2] &= 0x7f;
                break;
            case "cut short":
                return answer[..20];
            default:
                return [];
        }

        return answer;
    }

    private async Task<CrossAnswer> Take(SecondResolver resolver)
    {
        await resolver.WaitAsync(Cancellation);
        Assert.True(resolver.TryTake(out var answer));
        return answer;
    }
}
