// Messages as resolvers send them, made here: a mix for benchmarks, and one of every kind of record for tests and fuzzing.

using Eider.Core.Decode;
using static Eider.Tests.Decode.MessageBuilder;

namespace Eider.Tests.Decode;

public static class SampleMessages
{
    /// <summary>Responses a workload gets in a minute: addresses behind aliases, denials with SOA, services, EDNS in most.</summary>
    public static IReadOnlyList<byte[]> Responses { get; } =
    [
        Response("api.github.com", RecordType.A).Answer(QuestionName, RecordType.A, Address("192.0.2.6"), 60).Opt([]).ToArray(),
        Response("registry.npmjs.org", RecordType.A)
            .Answer(QuestionName, RecordType.A, Address("192.0.2.34")).Answer(QuestionName, RecordType.A, Address("192.0.2.35"))
            .Answer(QuestionName, RecordType.A, Address("192.0.2.36")).Answer(QuestionName, RecordType.A, Address("192.0.2.37")).Opt([]).ToArray(),
        Response("registry.npmjs.org", RecordType.AAAA)
            .Answer(QuestionName, RecordType.AAAA, Address("2001:db8::34")).Answer(QuestionName, RecordType.AAAA, Address("2001:db8::35")).Opt([]).ToArray(),
        Aliased(),
        Denied("redis.shop.svc.cluster.local.shop.svc.cluster.local", "cluster.local"),
        Denied("redis.shop.svc.cluster.local.eu-central-1.compute.internal", "compute.internal"),
        Response("redis.shop.svc.cluster.local", RecordType.A).Answer(QuestionName, RecordType.A, Address("10.96.14.7"), 5).ToArray(),
        NoData("redis.shop.svc.cluster.local", RecordType.AAAA),
        Response("cloudflare.example.com", RecordType.HTTPS)
            .Answer(QuestionName, RecordType.HTTPS,
                Octets("##1 00 ##1 ##6 \"h3\" \"h2\" ##4 ##8 192.0.2.229 192.0.2.230 ##6 ##32 2001:db8::229 2001:db8::230"))
            .Opt([]).ToArray(),
        Response("_sip._tcp.example.com", RecordType.SRV)
            .Answer(QuestionName, RecordType.SRV, Octets("##10 ##60 ##5060 @sip1.example.com")).Opt([]).ToArray(),
        Response("9.2.0.192.in-addr.arpa", RecordType.PTR).Answer(QuestionName, RecordType.PTR, Name("host9.example.com")).Opt([]).ToArray(),
        Response("example.com", RecordType.MX)
            .Answer(QuestionName, RecordType.MX, Octets("##10 \"mail1\" c00c")).Answer(QuestionName, RecordType.MX, Octets("##20 \"mail2\" c00c"))
            .Opt(Octets("##10 ##8 0011223344556677")).ToArray(),
    ];

    /// <summary>A response with one of every typed record and every known option, and queries of other kinds.</summary>
    public static IReadOnlyList<byte[]> OfEveryKind { get; } =
    [
        EveryRecord(),
        new MessageBuilder(0x0100).Question("www.example.com", RecordType.A).Opt(EveryOption(), flags: 0x8000).ToArray(),
        new MessageBuilder(0x2400).Question("example.com", RecordType.SOA).ToArray(),
        new MessageBuilder(0x2800).Question("example.com", RecordType.SOA)
            .Record(2, Name("a.example.com"), RecordType.A, [], 0, RecordClass.ANY).ToArray(),
        new MessageBuilder(0x8380).Question("www.example.com", RecordType.A).ToArray(),
        new MessageBuilder(0x8400).Answer(Name("_http._tcp.local"), RecordType.PTR, Octets("\"printer\" c00c"), 4500).ToArray(),
    ];

    private static MessageBuilder Response(string name, ushort type) => new MessageBuilder().Question(name, type);

    private static byte[] Aliased()
    {
        var builder = Response("images.shop.example.com", RecordType.A);
        var target = builder.Length + 12;
        builder.Answer(QuestionName, RecordType.CNAME, Name("d111111abcdef8.cdn.example.net"));
        return builder.Answer(Pointer(target), RecordType.A, Address("192.0.2.17"), 60).Answer(Pointer(target), RecordType.A, Address("192.0.2.89"), 60)
            .Opt([]).ToArray();
    }

    private static byte[] Denied(string name, string zone) => new MessageBuilder(0x8183).Question(name, RecordType.A)
        .Authority(Name(zone), RecordType.SOA, Octets($"@ns.dns.{zone} @hostmaster.{zone} ####1700000000 ####7200 ####1800 ####86400 ####5"))
        .Opt([]).ToArray();

    private static byte[] NoData(string name, ushort type) => Response(name, type)
        .Authority(Name("cluster.local"), RecordType.SOA, Octets("@ns.dns.cluster.local @hostmaster.cluster.local ####1 ####7200 ####1800 ####86400 ####5"))
        .ToArray();

    private static byte[] EveryRecord()
    {
        var builder = new MessageBuilder().Question("example.com", RecordType.ANY);
        foreach (var (type, words, _) in RecordCases.All)
        {
            if (RecordType.TryParse(type, out var number))
            {
                builder.Answer(QuestionName, number, Octets(words));
            }
        }

        return builder.Opt(EveryOption()).ToArray();
    }

    private static byte[] EveryOption() => Octets(string.Join(' ', RecordCases.Options.Select(option => option.Words)));
}
