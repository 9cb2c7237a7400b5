// Forgeries as they are made, each with the detection that is to name it.

using Eider.Core;
using Eider.Core.Decode;
using Eider.Tests.Decode;

namespace Eider.Tests.Detect;

/// <param name="Finds">Id of the detection.</param>
/// <param name="Make">Puts the attack on <see cref="Traffic.Victim"/> into the traffic, at the time where that stands, and says where it begins (<see cref="Traffic.Strike"/>).</param>
internal sealed record Attack(string Name, string Finds, Action<Traffic, Random> Make)
{
    public override string ToString() => Name;
}

internal static class Attacks
{
    private const string Forged = "203.0.113.66";
    private const string True = "198.51.100.1";

    /// <summary>Of every detection at least one. <see cref="BenignTraffic.Options"/> has what some of them need.</summary>
    public static readonly IReadOnlyList<Attack> All =
    [
        new("first answer, another manner", "dns.answer.conflict", (traffic, random) => First(traffic, $"www.a{random.Next()}.com", flags: 0x8580)),
        new("first answer, same manner", "dns.answer.conflict", (traffic, random) => First(traffic, $"www.b{random.Next()}.com", flags: 0x8180)),
        new("guessing at 1/s", "dns.answer.guessing", (traffic, random) => Guess(traffic, random, 1, 24)),
        new("guessing at 100/s", "dns.answer.guessing", (traffic, random) => Guess(traffic, random, 100, 500)),
        new("guessing at 50000/s", "dns.answer.guessing", (traffic, random) => Guess(traffic, random, 50_000, 20_000)),
        new("guessing of ports", "dns.answer.guessing", GuessPorts),
        new("random subdomains", "dns.answer.guessing", Kaminsky),
        new("answer from another address", "dns.answer.source", (traffic, _) =>
            traffic.Ask("c.example.com", 7, client: traffic.Victim).Wait(0.001).Strike().Answer("c.example.com", Forged, 7, client: traffic.Victim, server: Traffic.At(Forged, 53))),
        new("answer from another port", "dns.answer.source", (traffic, _) => traffic.Ask("e.example.com", 7, client: traffic.Victim).Wait(0.001).Strike()
            .Answer("e.example.com", Forged, 7, client: traffic.Victim, server: Traffic.Server with { Port = 5300 })),
        new("one guess", "dns.answer.wrong_id", (traffic, random) => Missed(traffic, $"f{random.Next()}.example.com", traffic.Victim, id: 8)),
        new("one guess of the port", "dns.answer.wrong_id", (traffic, random) =>
            Missed(traffic, $"f{random.Next()}.example.com", traffic.Victim with { Port = (ushort)(traffic.Victim.Port ^ 1) }, id: 7)),
        new("answer to another name", "dns.answer.question", (traffic, _) =>
            traffic.Ask("g.example.com", 9, client: traffic.Victim).Wait(0.001).Strike().Answer("h.example.net", Forged, 9, client: traffic.Victim)),
        new("answer in lower case", "dns.answer.spelling", Misspelt),
        new("reflected answers", "dns.answer.unsolicited", Reflect),
        new("small answer in fragments", "dns.answer.fragments", (traffic, _) =>
            traffic.Ask("i.example.com", 3, client: traffic.Victim).Wait(0.01).Strike().Answer("i.example.com", Forged, 3, client: traffic.Victim, isFragmented: true)),
        new("ports probed, counted by the kernel", "dns.probe.ports", (traffic, _) => traffic.Exchange("j.example.com", True, client: traffic.Victim).Strike()
            .Wait(1).Probe(Traffic.Server, traffic.Victim, packets: 900, ports: 200)),
        new("ports probed, in a capture", "dns.probe.ports", Probe),
        new("ports probed with unreachables", "dns.probe.icmp", (traffic, random) => ProbeByErrors(traffic, random, IcmpKind.Unreachable)),
        new("ports probed with fragmentation needed", "dns.probe.icmp", (traffic, random) => ProbeByErrors(traffic, random, IcmpKind.TooBig)),
        new("ports probed with redirects", "dns.probe.icmp", (traffic, random) => ProbeByErrors(traffic, random, IcmpKind.Redirect)),
        new("answers made small", "dns.probe.mtu", (traffic, _) => traffic.Strike().Quote(IcmpKind.AnswerTooBig, traffic.Victim, Traffic.Server, mtu: 552)),
        new("early answer from another distance", "dns.answer.early", Early),
        new("rebinding", "dns.answer.rebinding", (traffic, _) => traffic.Exchange("r.attacker.example", "192.0.2.1", 8, client: traffic.Victim, ttl: 1).Wait(2)
            .Ask("r.attacker.example", 9, client: traffic.Victim).Wait(0.001).Strike().Answer("r.attacker.example", "192.168.1.1", 9, client: traffic.Victim, ttl: 1)),
        new("protected name, another address", "dns.answer.protected", (traffic, _) => traffic.Then("login.protected.example", Forged)),
        new("protected name, an alias", "dns.answer.protected", (traffic, _) => traffic.Then("shop.protected.example", $"@elsewhere.example {True}")),
        new("listed address", "dns.answer.listed", (traffic, _) => traffic.Then("k.example.com", "203.0.113.200")),
        new("listed address behind an alias", "dns.answer.listed", (traffic, _) => traffic.Then("l.example.com", "@edge.example.net 203.0.113.201")),
        new("record for ever", "dns.answer.ttl", (traffic, _) => traffic.Then("m.example.com", Forged, ttl: 0x7fff_ffff)),
        new("record for much longer than ever", "dns.answer.ttl", (traffic, _) => Known(traffic, "n.example.com", ttl: 300).Then("n.example.com", True, ttl: 30 * 86_400)),
        new("address of another domain beside the answer", "dns.answer.bailiwick", (traffic, _) => Smuggle(traffic, static message =>
            message.Additional(MessageBuilder.Name("www.bank.example"), RecordType.A, MessageBuilder.Address(Forged)))),
        new("name servers of another domain", "dns.answer.bailiwick", (traffic, _) => Smuggle(traffic, static message =>
            message.Authority(MessageBuilder.Name("bank.example"), RecordType.NS, MessageBuilder.Name("ns.attacker.example")))),
        new("poisoned resolver", "dns.answer.disagreement", (traffic, _) => Poison(Known(Secondly(traffic, "u.example.com", True), "u.example.com", ttl: 300), "u.example.com", 450)),
        new("name that is not answered any more", "dns.answer.disagreement", (traffic, _) => Poison(Known(Secondly(traffic, "v.example.com", True), "v.example.com", ttl: 300), "v.example.com", 450, "")),
        new("resolver that has always lied", "dns.answer.disagreement", (traffic, _) => Poison(Secondly(traffic, "w.example.com", True, ttl: 3600), "w.example.com", 600)),
        new("hijacked resolver", "dns.hijack.names", Hijack),
        new("forged answer with a long life", "dns.hijack.answer", (traffic, _) =>
            Known(traffic, "d.example.com", ttl: 300).Then("d.example.com", Forged, ttl: 86_400).Wait(900).Exchange("d.example.com", True, 78, client: traffic.Victim, ttl: 300)),
    ];

    private static void First(Traffic traffic, string name, ushort flags) => traffic.Ask(name, 5, client: traffic.Victim).Wait(0.0002).Strike()
        .Answer(name, Forged, 5, client: traffic.Victim, flags: flags).Wait(0.01).Answer(name, True, 5, client: traffic.Victim);

    private static void Guess(Traffic traffic, Random random, int perSecond, int packets)
    {
        var name = $"g{random.Next()}.guess{perSecond}.example";
        for (var packet = 0; packet < packets; packet++)
        {
            if (packet % Math.Max(1, perSecond * 4) == 0)
            {
                traffic.Ask(name, (ushort)random.Next(1000), client: traffic.Victim);
            }

            traffic.Wait(1.0 / perSecond).StrikeOnce().Answer(name, Forged, (ushort)random.Next(1000, 65536), client: traffic.Victim);
        }
    }

    private static void GuessPorts(Traffic traffic, Random random)
    {
        var name = $"p{random.Next()}.guess.example";
        traffic.Ask(name, 5, client: traffic.Victim);
        for (ushort port = 1100; port < 1400; port++)
        {
            traffic.Wait(0.001).StrikeOnce().Answer(name, Forged, 5, client: traffic.Victim with { Port = port }, isUndelivered: true);
        }
    }

    private static void Kaminsky(Traffic traffic, Random random)
    {
        for (ushort round = 0; round < 30; round++)
        {
            var name = $"k{random.Next():x}.bank.example";
            traffic.Ask(name, round, client: traffic.Victim).Wait(0.001).StrikeOnce().Answer(name, Forged, (ushort)random.Next(1000, 65536), client: traffic.Victim).Wait(0.5);
        }
    }

    private static void Missed(Traffic traffic, string name, Endpoint to, ushort id) =>
        traffic.Ask(name, 7, client: traffic.Victim).Wait(0.001).Strike().Answer(name, Forged, id, client: to).Wait(0.01).Answer(name, True, 7, client: traffic.Victim);

    private static void Misspelt(Traffic traffic, Random random)
    {
        var server = Traffic.At($"192.0.2.{random.Next(1, 250)}", 53);
        for (ushort round = 0; round < 80; round++)
        {
            traffic.Exchange($"wWw.s{random.Next()}.CoM", True, round, client: traffic.Victim, server: server);
        }

        traffic.Ask("WwW.bank.ExamplE", 90, client: traffic.Victim, server: server).Wait(0.001).Strike().Answer("www.bank.example", Forged, 90, client: traffic.Victim, server: server);
    }

    private static void Reflect(Traffic traffic, Random random)
    {
        traffic.Exchange("q.example.com", True, client: traffic.Victim);
        for (ushort packet = 0; packet < 100; packet++)
        {
            var to = traffic.Victim with { Port = (ushort)random.Next(1024, 65536) };
            traffic.Wait(0.01).StrikeOnce().Answer($"n{random.Next()}.reflected.example", Forged, packet, client: to, server: Traffic.At($"203.0.113.{random.Next(1, 100)}", 53));
        }
    }

    private static void Probe(Traffic traffic, Random random)
    {
        traffic.Exchange("o.example.com", True, client: traffic.Victim);
        for (var packet = 0; packet < 200; packet++)
        {
            traffic.Wait(0.001).StrikeOnce().Send([0, 0], Traffic.Server, traffic.Victim with { Port = (ushort)random.Next(32768, 61000) });
        }
    }

    private static void ProbeByErrors(Traffic traffic, Random random, IcmpKind kind)
    {
        traffic.Exchange("t.example.com", True, client: traffic.Victim).Wait(30);
        for (var packet = 0; packet < 300; packet++)
        {
            traffic.Wait(0.001).StrikeOnce().Quote(kind, traffic.Victim with { Port = (ushort)random.Next(32768, 61000) }, Traffic.Server, mtu: 600);
        }
    }

    private static void Early(Traffic traffic, Random random)
    {
        var name = $"e{random.Next()}.example.com";
        traffic.Ask(name, 6, client: traffic.Victim).Wait(0.001).Strike().Send(Traffic.Message(name, Forged, 6), Traffic.Server, traffic.Victim, isHeld: true);
        traffic.Wait(0.02).Answer(name, True, 6, client: traffic.Victim);
    }

    private static void Smuggle(Traffic traffic, Func<MessageBuilder, MessageBuilder> add)
    {
        const string name = "t.example.com";
        var message = new MessageBuilder(0x8180, 4).Question(name, RecordType.A).Answer(MessageBuilder.QuestionName, RecordType.A, MessageBuilder.Address(True));
        traffic.Ask(name, 4, client: traffic.Victim).Wait(0.001).Strike().Send(add(message).ToArray(), Traffic.Server, traffic.Victim);
    }

    private static Traffic Secondly(Traffic traffic, string name, string says, uint ttl = 300)
    {
        (traffic.SecondSays[name], traffic.SecondTtl) = (says, ttl);
        return traffic;
    }

    /// <summary>From one moment on the victim's resolver says something else.</summary>
    private static void Poison(Traffic traffic, string name, double pause, string says = Forged)
    {
        traffic.Strike();
        for (ushort round = 0; round < 10; round++)
        {
            traffic.Ask(name, round, client: traffic.Victim).Wait(0.001).Answer(name, says, round, client: traffic.Victim, flags: (ushort)(says.Length == 0 ? 0x8183 : 0x8180)).Wait(pause);
        }
    }

    /// <summary>A name that is answered alike for three hours.</summary>
    private static Traffic Known(Traffic traffic, string name, uint ttl)
    {
        for (ushort round = 0; round < 20; round++)
        {
            traffic.Exchange(name, True, round, client: traffic.Victim, ttl: ttl).Wait(600);
        }

        return traffic;
    }

    private static void Hijack(Traffic traffic, Random random)
    {
        string[] names = ["www.bank.example", "mail.shop.test1.example", "login.news.org"];
        for (ushort round = 0; round < 20; round++)
        {
            for (var i = 0; i < names.Length; i++)
            {
                traffic.Exchange(names[i], $"{60 + i}.{i}.1.1", (ushort)(round + i), client: traffic.Victim);
            }

            traffic.Wait(600);
        }

        foreach (var name in names)
        {
            traffic.Wait(5).StrikeOnce().Exchange(name, Forged, (ushort)random.Next(65536), client: traffic.Victim);
        }
    }

    private static Traffic StrikeOnce(this Traffic traffic) => traffic.StruckNs is null ? traffic.Strike() : traffic;

    /// <summary>A question of the victim's and the attack as its answer.</summary>
    private static Traffic Then(this Traffic traffic, string name, string answers, uint ttl = 300) =>
        traffic.Ask(name, 77, client: traffic.Victim).Wait(0.001).Strike().Answer(name, answers, 77, client: traffic.Victim, ttl: ttl);
}
