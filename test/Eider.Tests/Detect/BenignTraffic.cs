// Ordinary DNS, made from a seed: what real clients, resolvers, networks and content networks do that looks odd and is not.

using System.Globalization;
using Eider.Core;
using Eider.Core.Detect;
using Eider.Core.Filters;
using Eider.Tests.Decode;
using NamePattern = Eider.Core.Policy.NamePattern;

namespace Eider.Tests.Detect;

/// <summary>How a packet came, beside its octets.</summary>
public enum Passage
{
    Whole,

    /// <summary>In fragments, put together again.</summary>
    Fragmented,

    /// <summary>The kernel has held it back; it comes again.</summary>
    Held,

    /// <summary>Nothing listens on its port any more.</summary>
    Undelivered,
}

/// <summary>Makes packets in the order of their times. The same seed makes the same packets.</summary>
/// <param name="send">Takes each packet.</param>
/// <param name="clients">Few of them ask the same names again and again, as forwarders do.</param>
public sealed class BenignTraffic(int seed, BenignTraffic.Sender send, int clients = 120)
{
    private const long Ms = 1_000_000;
    private const int Names = 4000;

    private readonly Random random = new(seed);
    private readonly PriorityQueue<(byte[] Message, Endpoint From, Endpoint To, Passage Passage), (long TimeNs, long Order)> onTheWay = new();
    private readonly Endpoint[] servers = [At("10.96.0.10"), At("10.96.0.11"), At("9.9.9.9"), At("2001:db8:53::1")];
    private long order;
    private long nowNs = 1_700_000_000_000_000_000;

    public delegate void Sender(long timeNs, byte[] message, Endpoint from, Endpoint to, Passage passage);

    /// <summary>What its network has configured: internal zones, protected names and their right answers, and a list of bad addresses, many of them next door.</summary>
    public static DetectOptions Options { get; } = new()
    {
        InternalZones = ["corp.example"],
        ProtectedNames = [.. Enumerable.Range(0, 10).Select(ProtectedBy), new(new NamePattern("protected.example", Suffix: true), [Prefix("198.51.100.0/24")], [])],
        BadAddresses = [BadNeighbours()],
        CrossCheck = new CrossCheckOptions(At("203.0.113.53"), QueriesPerSecond: 100),
    };

    /// <summary>Exchanges made so far.</summary>
    public long Exchanges { get; private set; }

    /// <summary>Makes this many exchanges, over about 4 ms each: a million are an hour of a busy node.</summary>
    public void Make(long exchanges)
    {
        for (var end = Exchanges + exchanges; Exchanges < end; Exchanges++)
        {
            nowNs += random.NextInt64(8 * Ms);
            Deliver(nowNs);
            MakeOne();
        }
    }

    /// <summary>Lets time pass without questions.</summary>
    public void SkipTo(long timeNs)
    {
        nowNs = Math.Max(nowNs, timeNs);
        Deliver(nowNs);
    }

    /// <summary>What a second resolver says, for <see cref="Traffic.Elsewhere"/>: it is elsewhere and has a cache of its own, so that content networks answer it from other places, it learns later
    /// of a stand-by, and for one name in forty it is in another region. Now and then it fails.</summary>
    public (CrossOutcome Outcome, byte[] Message)? SaidElsewhere(DnsEvent about)
    {
        var digits = about.Name!.IndexOf(".site", StringComparison.Ordinal) is var at and >= 0 ? about.Name[(at + ".site".Length)..] : "";
        if (!int.TryParse(digits.AsSpan(0, Math.Max(0, digits.IndexOf('.'))), NumberStyles.None, CultureInfo.InvariantCulture, out var name))
        {
            return null;
        }

        var type = about.QueryType!.Value;
        switch (random.Next(100))
        {
            case 0:
                return (CrossOutcome.TimedOut, []);
            case 1:
                return (CrossOutcome.Answered, Answer(about.Name, [], 0, type, rcode: 2, ttl: 0));
        }

        var answers = name % 40 == 3 ? [Address(~(uint)(name * 2654435761), 0, type)] : Answers(name, type, nowNs - random.NextInt64(60_000 * Ms));
        return (CrossOutcome.Answered, Answer(about.Name, answers, 0, type, rcode: 0, ttl: (uint)random.Next(1, 60)));
    }

    /// <summary>Delivers what is still on its way.</summary>
    public void Finish() => Deliver(long.MaxValue);

    private static IpPrefix Prefix(string text) => IpPrefix.TryParse(text, out var prefix) ? prefix : throw new ArgumentException(text);

    /// <summary>One of the names that are asked most, with every network it may answer with.</summary>
    private static ProtectedName ProtectedBy(int name)
    {
        IpPrefix[] places = [.. new ushort[] { 1, 28 }.SelectMany(type => Networks(name).Select(network => IpPrefix.Of(Address(network, 0, type), type == 1 ? 24 : 32)))];
        return new(new NamePattern(NameOf(name), Suffix: false), places, []);
    }

    private static IEnumerable<uint> Networks(int name)
    {
        var first = (uint)(name * 2654435761);
        return (name % 10) switch
        {
            < 7 => [first],
            < 9 => Enumerable.Range(0, 6).Select(place => first + (uint)(place * 0x0101_0000)),
            _ => [first, ~first],
        };
    }

    /// <summary>For each name an address beside its own, and networks that no name is in.</summary>
    private static AddressList BadNeighbours()
    {
        var neighbours = Enumerable.Range(0, Names).SelectMany(name => Networks(name)).Select(network => Address(network, 200, 1).ToString());
        return AddressList.Parse(string.Join('\n', [.. neighbours, "203.0.113.128/25", "150.0.0.0/8", "2001:db8:bad::/48"]), "bad", out _)!;
    }

    private static Endpoint At(string address) => new(IpAddress.TryParse(address, out var ip) ? ip : default, 53);

    private void MakeOne()
    {
        // Few names are asked often and many seldom, and each client has its habits.
        var name = (int)(Names * Math.Pow(random.NextDouble(), 3));
        var client = new Endpoint(IpAddress.FromOctets([10, 244, 0, (byte)(1 + random.Next(clients))]), (ushort)random.Next(1024, 65536));
        var server = servers[(client.Address.Value % 7) == 0 ? 2 : random.Next(20) == 0 ? 3 : 0];
        var id = (ushort)random.Next(65536);
        var type = random.Next(3) == 0 ? (ushort)28 : (ushort)1;
        var text = NameOf(name);
        switch (random.Next(1000))
        {
            case < 20:
                SearchList(text, client, server, id, type);
                break;
            case < 30:
                Resend(text, name, client, server, id, type);
                break;
            case < 40:
                FailOver(text, name, client, id, type);
                break;
            case < 45:
                AskedOfAll(text, name, client, id, type);
                break;
            case < 47:
                // The server asks for a long time, and answers after everybody has given up.
                Query(0, text, client, server, id, type);
                Response(random.NextInt64(6000, 40_000) * Ms, text, Answers(name, type), client, server, id, type, passage: Passage.Undelivered);
                break;
            case < 50:
                // Never answered.
                Query(0, text, client, server, id, type);
                break;
            case < 55:
                Special(client, server, id);
                break;
            case < 60:
                Translated(text, name, client, id, type);
                break;
            case < 62:
                HeldBack(text, name, client, server, id, type);
                break;
            case < 63:
                Large(client, server, id);
                break;
            case < 70:
                MixedCase(text, name, client, server, id, type);
                break;
            default:
                Usual(text, name, client, server, id, type);
                break;
        }
    }

    private void Usual(string text, int name, Endpoint client, Endpoint server, ushort id, ushort type)
    {
        var delay = Delay();
        var answers = Answers(name, type);
        Query(0, text, client, server, id, type);
        Response(delay, text, answers, client, server, id, type);
        switch (random.Next(10_000))
        {
            case < 10:
                // The network delivers the answer twice.
                Repeat(delay, 50_000 + random.NextInt64(Ms));
                break;
            case < 16:
                // It delivers the query twice, beyond our sight. Both carry the same addresses and ports, so that even a farm of resolvers takes them to
                // the same cache: the same set, in another order and a second older.
                Response(delay + random.NextInt64(2 * Ms), text, [.. answers.Reverse()], client, server, id, type, ttl: 59);
                break;
        }
    }

    /// <summary>A translator on the way is seen on both of its sides: of a service's address, or of the client's own (masquerading), port included.</summary>
    private void Translated(string text, int name, Endpoint client, ushort id, ushort type)
    {
        var answers = Answers(name, type);
        var isService = random.Next(2) == 0;
        var behind = isService ? new Endpoint(IpAddress.FromOctets([10, 244, 1, (byte)(10 + random.Next(3))]), 53) : servers[2];
        var outside = isService ? client : new Endpoint(IpAddress.FromOctets([192, 0, 2, 1]), (ushort)random.Next(32768, 61000));
        var asked = isService ? servers[0] : servers[2];
        var delay = Delay();
        Query(0, text, client, asked, id, type);
        Query(20_000, text, outside, behind, id, type);
        Response(delay, text, answers, outside, behind, id, type);
        Response(delay + 20_000, text, answers, client, asked, id, type);
    }

    /// <summary>It came by another way than usual; nothing better does, and it is delivered.</summary>
    private void HeldBack(string text, int name, Endpoint client, Endpoint server, ushort id, ushort type)
    {
        var (delay, answers) = (Delay(), Answers(name, type));
        Query(0, text, client, server, id, type);
        Response(delay, text, answers, client, server, id, type, passage: Passage.Held);
        Response(delay + 100 * Ms, text, answers, client, server, id, type);
    }

    /// <summary>An answer that needs fragments, to a client that takes it.</summary>
    private void Large(Endpoint client, Endpoint server, ushort id)
    {
        const string name = "everything.large.example";
        Query(0, name, client, server, id, 1);
        Response(Delay(), name, [.. Enumerable.Range(1, 100).Select(host => IpAddress.FromOctets([81, 2, 69, (byte)host]))], client, server, id, 1, passage: Passage.Fragmented);
    }

    /// <summary>The 0x20 method; one of the servers answers in lower case, as it always does.</summary>
    private void MixedCase(string text, int name, Endpoint client, Endpoint server, ushort id, ushort type)
    {
        var mixed = string.Concat(text.Select(letter => random.Next(2) == 0 ? char.ToUpperInvariant(letter) : letter));
        Query(0, mixed, client, server, id, type);
        Response(Delay(), server == servers[3] ? text : mixed, Answers(name, type), client, server, id, type);
    }

    private void Repeat(long delay, long after)
    {
        var last = onTheWay.UnorderedItems.MaxBy(item => item.Priority.Order);
        onTheWay.Enqueue(last.Element, (nowNs + delay + after, order++));
    }

    private void Resend(string text, int name, Endpoint client, Endpoint server, ushort id, ushort type)
    {
        Query(0, text, client, server, id, type);
        Query(1000 * Ms, text, client, server, id, type);
        var late = random.NextInt64(990, 3000) * Ms;
        Response(late, text, Answers(name, type), client, server, id, type);
        if (random.Next(2) == 0)
        {
            Response(late + random.NextInt64(20 * Ms), text, Answers(name, type), client, server, id, type);
        }
    }

    /// <summary>The first server is silent, or says SERVFAIL; the next is asked from another port, with the same id or with a new one.</summary>
    private void FailOver(string text, int name, Endpoint client, ushort id, ushort type)
    {
        Query(0, text, client, servers[0], id, type);
        var after = 5000 * Ms;
        if (random.Next(2) == 0)
        {
            after = Delay();
            Response(after, text, [], client, servers[0], id, type, rcode: 2);
        }

        var other = client with { Port = (ushort)random.Next(1024, 65536) };
        var otherId = random.Next(2) == 0 ? id : (ushort)random.Next(65536);
        Query(after + Ms, text, other, servers[1], otherId, type);
        Response(after + Ms + Delay(), text, Answers(name, type), other, servers[1], otherId, type);
    }

    /// <summary>As musl does: all servers at once, from one socket, with one id.</summary>
    private void AskedOfAll(string text, int name, Endpoint client, ushort id, ushort type)
    {
        foreach (var server in servers.AsSpan(0, 3))
        {
            Query(0, text, client, server, id, type);
            Response(Delay(), text, Answers(name, type), client, server, id, type);
        }
    }

    private void SearchList(string text, Endpoint client, Endpoint server, ushort id, ushort type)
    {
        string[] suffixes = [".shop.svc.cluster.local", ".svc.cluster.local", ".cluster.local", ".corp.example"];
        var at = 0L;
        foreach (var suffix in suffixes)
        {
            Query(at, text + suffix, client, server, id, type);
            Response(at += Delay(), text + suffix, [], client, server, id++, type, rcode: 3);
        }
    }

    private void Special(Endpoint client, Endpoint server, ushort id)
    {
        var (name, answer) = random.Next(5) switch
        {
            0 => ("db.shop.svc.cluster.local", new IpAddress[] { IpAddress.FromOctets([10, 96, 3, 3]) }),
            1 => ($"host{random.Next(40)}.corp.example", [IpAddress.FromOctets([10, 1, 1, (byte)random.Next(40)])]), // configured as internal
            2 => ($"{random.Next(256)}.2.0.192.zen.dnsbl.example", [IpAddress.FromOctets([127, 0, 0, (byte)random.Next(2, 12)])]),
            3 => ("ads.blocked.example", [IpAddress.FromOctets([0, 0, 0, 0])]),
            _ => ("localhost", [IpAddress.FromOctets([127, 0, 0, 1])]),
        };
        Query(0, name, client, server, id, 1);
        Response(Delay(), name, answer, client, server, id, 1);
    }

    private static string NameOf(int name) => string.Create(CultureInfo.InvariantCulture, $"{(name % 3 == 0 ? "www" : name % 3 == 1 ? "api" : "cdn")}.site{name}.{(name % 5 == 0 ? "co.uk" : "com")}");

    /// <summary>What a name answers now: one address, a rotating set, a large content network over several networks, or a primary with a stand-by.</summary>
    private IpAddress[] Answers(int name, ushort type) => Answers(name, type, nowNs);

    private IpAddress[] Answers(int name, ushort type, long timeNs)
    {
        var kind = name % 10;
        var fixedPart = (uint)(name * 2654435761);
        switch (kind)
        {
            case < 5:
                return [Address(fixedPart, 0, type)];
            case < 7:
                var first = random.Next(4);
                return [Address(fixedPart, first, type), Address(fixedPart, (first + 1) % 4, type)];
            case < 9:
                // A content network sends each question to whichever of its places is near and free.
                var place = random.Next(6);
                return [Address(fixedPart + (uint)(place * 0x0101_0000), random.Next(32), type)];
            default:
                // Stand-by for ten minutes of each hour.
                return [Address(timeNs / 600_000_000_000 % 6 == 5 ? ~fixedPart : fixedPart, 0, type)];
        }
    }

    private static IpAddress Address(uint network, int host, ushort type)
    {
        // 23.0.0.0 to 150.255.255.255 without what is special there.
        Span<byte> v4 = [(byte)(23 + (network >> 24) % 77), (byte)(network >> 16), (byte)(network >> 8), (byte)(1 + host)];
        if (type == 1)
        {
            return IpAddress.FromOctets(v4);
        }

        Span<byte> v6 = stackalloc byte[16];
        v6[0] = 0x26;
        v4.CopyTo(v6[1..]);
        v6[15] = (byte)(1 + host);
        return IpAddress.FromOctets(v6);
    }

    private long Delay() => random.Next(10) == 0 ? random.NextInt64(5 * Ms, 300 * Ms) : random.NextInt64(100_000, 2 * Ms);

    private void Query(long after, string name, Endpoint client, Endpoint server, ushort id, ushort type) =>
        onTheWay.Enqueue((new MessageBuilder(0x0100, id).Question(name, type).ToArray(), client, server, Passage.Whole), (nowNs + after, order++));

    private void Response(long after, string name, IpAddress[] answers, Endpoint client, Endpoint server, ushort id, ushort type, ushort rcode = 0, uint ttl = 60, Passage passage = Passage.Whole) =>
        onTheWay.Enqueue((Answer(name, answers, id, type, rcode, ttl), server, client, passage), (nowNs + after, order++));

    private static byte[] Answer(string name, IpAddress[] answers, ushort id, ushort type, ushort rcode, uint ttl)
    {
        var message = new MessageBuilder((ushort)(0x8180 | rcode), id).Question(name, type);
        foreach (var answer in answers)
        {
            var octets = answer.ToIPAddress().GetAddressBytes();
            if ((type == 28) == (octets.Length == 16))
            {
                message.Answer(MessageBuilder.QuestionName, type, octets, ttl);
            }
        }

        return message.ToArray();
    }

    private void Deliver(long untilNs)
    {
        while (onTheWay.TryPeek(out _, out var due) && due.TimeNs <= untilNs)
        {
            var (message, from, to, passage) = onTheWay.Dequeue();
            send(due.TimeNs, message, from, to, passage);
        }
    }
}
