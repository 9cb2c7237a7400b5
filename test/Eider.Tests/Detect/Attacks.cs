// Forgeries as they are made, each with the detection that is to name it.

using Eider.Core;

namespace Eider.Tests.Detect;

/// <param name="Finds">Id of the detection.</param>
/// <param name="Make">Puts the attack into the traffic, at the time where that stands.</param>
internal sealed record Attack(string Name, string Finds, Action<Traffic, Random> Make)
{
    public override string ToString() => Name;
}

internal static class Attacks
{
    private const string Forged = "203.0.113.66";

    public static readonly IReadOnlyList<Attack> All =
    [
        new("first answer, another manner", "dns.answer.conflict", (traffic, random) => First(traffic, $"www.a{random.Next()}.com", flags: 0x8580)),
        new("first answer, same manner", "dns.answer.conflict", (traffic, random) => First(traffic, $"www.b{random.Next()}.com", flags: 0x8180)),
        new("guessing at 1/s", "dns.answer.guessing", (traffic, random) => Guess(traffic, random, 1, 24)),
        new("guessing at 100/s", "dns.answer.guessing", (traffic, random) => Guess(traffic, random, 100, 500)),
        new("guessing at 50000/s", "dns.answer.guessing", (traffic, random) => Guess(traffic, random, 50_000, 20_000)),
        new("random subdomains", "dns.answer.guessing", Kaminsky),
        new("answer from another address", "dns.answer.source", (traffic, _) =>
            traffic.Ask("c.example.com", 7, client: traffic.Victim).Wait(0.001).Answer("c.example.com", Forged, 7, client: traffic.Victim, server: Traffic.At(Forged, 53))),
        new("rebinding", "dns.answer.rebinding", (traffic, _) => traffic.Exchange("r.attacker.example", "192.0.2.1", 8, client: traffic.Victim, ttl: 1).Wait(2)
            .Exchange("r.attacker.example", "192.168.1.1", 9, client: traffic.Victim, ttl: 1)),
        new("hijacked resolver", "dns.hijack.names", Hijack),
        new("forged answer with a long life", "dns.hijack.answer", (traffic, _) =>
        {
            for (ushort round = 0; round < 20; round++)
            {
                traffic.Exchange("d.example.com", "198.51.100.7", round, client: traffic.Victim, ttl: 300).Wait(600);
            }

            traffic.Exchange("d.example.com", Forged, 77, client: traffic.Victim, ttl: 86_400).Wait(900).Exchange("d.example.com", "198.51.100.7", 78, client: traffic.Victim, ttl: 300);
        }),
    ];

    private static void First(Traffic traffic, string name, ushort flags) =>
        traffic.Ask(name, 5, client: traffic.Victim).Wait(0.0002).Answer(name, Forged, 5, client: traffic.Victim, flags: flags).Wait(0.01).Answer(name, "198.51.100.1", 5, client: traffic.Victim);

    private static void Guess(Traffic traffic, Random random, int perSecond, int packets)
    {
        var name = $"g{random.Next()}.guess{perSecond}.example";
        for (var packet = 0; packet < packets; packet++)
        {
            if (packet % Math.Max(1, perSecond * 4) == 0)
            {
                traffic.Ask(name, (ushort)random.Next(1000), client: traffic.Victim);
            }

            traffic.Wait(1.0 / perSecond).Answer(name, Forged, (ushort)random.Next(1000, 65536), client: traffic.Victim);
        }
    }

    private static void Kaminsky(Traffic traffic, Random random)
    {
        for (ushort round = 0; round < 30; round++)
        {
            var name = $"k{random.Next():x}.bank.example";
            traffic.Ask(name, round, client: traffic.Victim).Wait(0.001).Answer(name, Forged, (ushort)random.Next(1000, 65536), client: traffic.Victim).Wait(0.5);
        }
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
            traffic.Wait(5).Exchange(name, Forged, (ushort)random.Next(65536), client: traffic.Victim);
        }
    }
}
