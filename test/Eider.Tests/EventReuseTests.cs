// Events that nobody has kept are used for other messages; those that somebody has never change, however much comes after them.

using Eider.Core;
using Eider.Core.Detect;
using Eider.Tests.Decode;
using Eider.Tests.Detect;
using Xunit;

namespace Eider.Tests;

public sealed class EventReuseTests
{
    [Fact]
    public void What_a_sink_was_handed_stays_as_it_was()
    {
        var sink = new KeepingSink();
        using var pipeline = Road(sink);
        for (var number = 0; number < 500; number++)
        {
            // Each kind of interest in turn, so that kept and used events meet in one exchange.
            (sink.Interest.Messages, sink.Interest.Exchanges) = (number % 3 == 0, number % 2 == 0);
            Exchange(pipeline, number);
        }

        (sink.Interest.Messages, sink.Interest.Exchanges) = (false, false);
        for (var number = 500; number < 3000; number++)
        {
            Exchange(pipeline, number);
        }

        Assert.Equal(2 * 167, sink.Kept.Count(kept => kept.Event.Kind != EventKind.Transaction));
        Assert.Equal(250, sink.Kept.Count(kept => kept.Event.Kind == EventKind.Transaction));
        Assert.All(sink.Kept, kept => Assert.Equal(kept.Said, Say(kept.Event)));
    }

    [Fact]
    public void What_an_alert_is_about_stays_as_it_was()
    {
        using var traffic = new Traffic(new DetectOptions());
        traffic.Exchange("shop.example", "203.0.113.7").Wait(60);
        traffic.Ask("shop.example", 7).Wait(0.001).Answer("shop.example", "198.51.100.66", 7, isForged: true, server: Traffic.At("192.0.2.99", 53));
        var alert = Assert.Single(traffic.Alerts);
        var said = Say(alert.About);
        for (var number = 0; number < 3000; number++)
        {
            traffic.Exchange($"host{number}.example", "203.0.113.9", (ushort)number);
        }

        Assert.Equal(said, Say(alert.About));
    }

    [Fact]
    public void Exchanges_go_only_to_the_sinks_that_want_them()
    {
        var (all, some) = (new KeepingSink(), new KeepingSink { IsWanted = exchange => exchange.Query.Id % 4 == 0 });
        using var pipeline = Road(all, some);
        for (var number = 0; number < 100; number++)
        {
            (all.Interest.Exchanges, all.Interest.Messages, some.Interest.Messages) = (number < 50, false, false);
            Exchange(pipeline, number);
        }

        Assert.Equal(50, all.Kept.Count);
        Assert.Equal(Enumerable.Range(0, 25).Select(number => (ushort?)(4 * number)), some.Kept.Select(kept => kept.Event.Id));
    }

    private static Pipeline Road(params KeepingSink[] sinks) => new(sinks, null, new PipelineOptions { Seed = 3, Detect = new DetectOptions { Suffixes = PublicSuffix.Fallback } });

    private static void Exchange(Pipeline pipeline, int number)
    {
        var question = new MessageBuilder(0x0100, (ushort)number).Question($"name{number}.example", 1).ToArray();
        byte[] answer = [.. question];
        (answer[2], answer[3]) = (0x81, 0x83);
        Send(pipeline, question, number, Traffic.Client, Traffic.Server);
        Send(pipeline, answer, number, Traffic.Server, Traffic.Client);
    }

    private static void Send(Pipeline pipeline, byte[] message, int number, Endpoint from, Endpoint to) => pipeline.Process(new Packet
    {
        TimeNs = (1_700_000_000 * Traffic.Second) + (number * 1000L),
        Direction = Direction.Captured,
        Transport = Transport.Udp,
        Source = from,
        Destination = to,
        Payload = message,
        WireLength = message.Length,
    });

    private static string Say(DnsEvent dns) => $"{dns.Kind} {dns.TimeNs} {dns.Id} {dns.Name} {dns.Rcode} {dns.Client} {dns.Server} {Convert.ToHexString(dns.Message.Span)}";

    private sealed class KeepingSink : IEventSink
    {
        public List<(DnsEvent Event, string Said)> Kept { get; } = [];

        public Func<EndedExchange, bool> IsWanted { get; init; } = static _ => true;

        public EventInterest Interest { get; } = new(messages: true, exchanges: true);

        public bool Wants(in EndedExchange exchange) => IsWanted(exchange);

        public void Publish(Event published)
        {
            if (published is DnsEvent dns)
            {
                Kept.Add((dns, Say(dns)));
            }
        }
    }
}
