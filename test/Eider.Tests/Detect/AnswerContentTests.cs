using Eider.Core;
using Eider.Core.Decode;
using Eider.Core.Detect;
using Eider.Core.Filters;
using Eider.Tests.Decode;
using Xunit;
using NamePattern = Eider.Core.Policy.NamePattern;

namespace Eider.Tests.Detect;

public sealed class AnswerContentTests
{
    private static readonly DetectOptions Protected = new()
    {
        ProtectedNames =
        [
            new(new NamePattern("login.example.com", false), [Prefix("192.0.2.0/24"), Prefix("2001:db8::/32")], [new NamePattern("edge.cdn.example", true)]),
            new(new NamePattern("pay.example.com", true), [Prefix("198.51.100.7")], []),
        ],
    };

    [Theory]
    [InlineData("login.example.com", "192.0.2.9", null)]
    [InlineData("LOGIN.example.com", "192.0.2.9", null)]
    [InlineData("login.example.com", "192.0.3.9", "192.0.3.9")]
    [InlineData("login.example.com", "192.0.2.9 203.0.113.66", "203.0.113.66")]
    [InlineData("login.example.com", "~192.0.2.9,203.0.113.66", "203.0.113.66")]
    [InlineData("login.example.com", "~192.0.2.9", null)]
    [InlineData("login.example.com", "@a.edge.cdn.example 192.0.2.9", null)]
    [InlineData("login.example.com", "@edge.cdn.example.evil.example 192.0.2.9", "an alias of edge.cdn.example.evil.example")]
    [InlineData("login.example.com", "2001:db8::7", null)]
    [InlineData("login.example.com", "2001:db9::7", "2001:db9::7")]
    [InlineData("login.example.com", "", null)] // no address of this type
    [InlineData("eu.pay.example.com", "198.51.100.7", null)]
    [InlineData("eu.pay.example.com", "198.51.100.8", "198.51.100.8")]
    [InlineData("eu.pay.example.com", "@x.example 198.51.100.7", "an alias of x.example")]
    [InlineData("pay.example.com", "203.0.113.66", null)] // the apex is another name
    [InlineData("www.example.com", "203.0.113.66", null)]
    public void Protected_name_with_another_answer_is_critical_at_once(string name, string answer, string? deviation)
    {
        using var traffic = new Traffic(Protected);
        traffic.Exchange(name, answer, type: answer.Contains(':') ? RecordType.AAAA : RecordType.A);

        Assert.Equal(deviation is null ? [] : ["dns.answer.protected"], traffic.Found);
        Assert.All(traffic.Alerts, alert => Assert.Equal((AlertSeverity.Critical, deviation), (alert.Severity, alert.Evidence[0].Value)));
    }

    [Fact]
    public void Protected_name_that_is_said_not_to_exist_is_critical()
    {
        using var traffic = new Traffic(Protected);
        traffic.Ask("login.example.com").Answer("login.example.com", "", flags: 0x8183);

        Assert.Equal(["dns.answer.protected"], traffic.Found);
    }

    [Theory]
    [InlineData("198.51.100.7", "198.51.100.7")]
    [InlineData("198.51.100.8", "198.51.100.0/24")]
    [InlineData("198.51.0.1", "198.51.0.0/16")]
    [InlineData("198.52.0.1", null)]
    [InlineData("0.0.0.1", null)]
    [InlineData("255.255.255.255", null)]
    [InlineData("2001:db8:1::1", "2001:db8:1::/48")]
    [InlineData("2001:db8:2::1", "2001:db8::/32")]
    public void Listed_address_is_told_with_its_narrowest_range(string address, string? range)
    {
        var list = AddressList.Parse("198.51.0.0/16 # wide\n\n198.51.100.0/24\n198.51.100.7\n2001:db8::/32\n2001:db8:1::/48\n; end", "bad.txt", out var errors);
        Assert.Empty(errors);
        Assert.Equal(range, list!.Find(IpAddress.TryParse(address, out var ip) ? ip : default));

        using var traffic = new Traffic(new DetectOptions { BadAddresses = [list!] });
        traffic.Exchange("www.example.com", address, type: address.Contains(':') ? RecordType.AAAA : RecordType.A);
        Assert.Equal(range is null ? [] : ["dns.answer.listed"], traffic.Found);
    }

    [Fact]
    public void Listed_address_is_told_as_a_hint_too()
    {
        using var traffic = new Traffic(new DetectOptions { BadAddresses = [AddressList.Parse("198.51.100.7", "bad.txt", out _)!] });
        traffic.Exchange("www.example.com", "~192.0.2.1,198.51.100.7", type: RecordType.HTTPS);

        Assert.Equal(["dns.answer.listed"], traffic.Found);
        Assert.Equal("198.51.100.7", traffic.Alerts[0].Evidence[0].Value);
    }

    [Fact]
    public void Address_list_agrees_with_a_search_through_all_ranges()
    {
        var random = new Random(21);
        var texts = Enumerable.Range(0, 400).Select(_ => $"10.{random.Next(4)}.{random.Next(256)}.{random.Next(256)}/{random.Next(9, 33)}").ToArray();
        var list = AddressList.Parse(string.Join('\n', texts), "x", out _)!;
        var prefixes = texts.Select(Prefix).ToArray();
        for (var i = 0; i < 2000; i++)
        {
            var address = IpAddress.FromOctets([10, (byte)random.Next(5), (byte)random.Next(256), (byte)random.Next(256)]);
            var narrowest = prefixes.Where(prefix => prefix.Contains(address)).OrderByDescending(prefix => prefix.Length).Select(prefix => prefix.ToString()).FirstOrDefault();
            Assert.Equal(narrowest, list.Find(address));
        }
    }

    [Fact]
    public void Broken_lines_of_an_address_list_are_refused_with_their_places()
    {
        Assert.Null(AddressList.Parse("192.0.2.1\n  10.0.0/8\nexample.com\n", "bad.txt", out var errors));
        Assert.Equal(["bad.txt:2:3", "bad.txt:3:1"], errors.Select(error => $"{error.File}:{error.Line}:{error.Column}"));
    }

    [Theory]
    [InlineData(300u, false)]
    [InlineData(86_400u * 30, false)]
    [InlineData(86_400u * 400, true)]
    [InlineData(0x8000_0000u, true)]
    public void Lifetime_beyond_reason_is_told(uint ttl, bool isTold)
    {
        using var traffic = new Traffic();
        traffic.Exchange("www.example.com", "192.0.2.1", ttl: ttl);

        Assert.Equal(isTold ? ["dns.answer.ttl"] : [], traffic.Found);
    }

    [Fact]
    public void Lifetime_far_beyond_what_a_known_name_has_is_told()
    {
        using var traffic = new Traffic();
        for (ushort round = 0; round < 20; round++)
        {
            traffic.Exchange("www.example.com", "192.0.2.1", round, ttl: 3600).Wait(600);
        }

        traffic.Exchange("www.example.com", "192.0.2.1", 99, ttl: 86_400 * 14);
        Assert.Equal(["dns.answer.ttl"], traffic.Found);
    }

    public static TheoryData<string, bool> Sections => new()
    {
        { "an alias and its address", false },
        { "an address of a bank in the answer", true },
        { "name servers of the zone", false },
        { "name servers of the alias's zone", false },
        { "name servers of another zone", true },
        { "glue", false },
        { "an address of a bank in the additional section", true },
        { "an address of a neighbour in the additional section", false },
        { "a service and its host", false },
    };

    [Theory]
    [MemberData(nameof(Sections))]
    public void Records_that_were_not_asked_for_are_told(string what, bool isTold)
    {
        var message = new MessageBuilder(0x8180, 1).Question("www.example.com", RecordType.A);
        byte[] asked = MessageBuilder.QuestionName, bank = Name("www.bank.test1"), address = MessageBuilder.Address("192.0.2.1");
        _ = what switch
        {
            "an alias and its address" => message.Answer(Name("a.cdn.net"), RecordType.A, address).Answer(asked, RecordType.CNAME, Name("a.cdn.net")),
            "an address of a bank in the answer" => message.Answer(asked, RecordType.A, address).Answer(bank, RecordType.A, address),
            "name servers of the zone" => message.Answer(asked, RecordType.A, address).Authority(Name("EXAMPLE.com"), RecordType.NS, Name("ns.hoster.net")),
            "name servers of the alias's zone" => message.Answer(asked, RecordType.CNAME, Name("a.cdn.net")).Authority(Name("cdn.net"), RecordType.NS, Name("ns.hoster.net")),
            "name servers of another zone" => message.Answer(asked, RecordType.A, address).Authority(Name("bank.test1"), RecordType.NS, Name("ns.hoster.net")),
            "glue" => message.Authority(Name("com"), RecordType.NS, Name("a.gtld-servers.net")).Additional(Name("a.gtld-servers.net"), RecordType.A, address),
            "an address of a bank in the additional section" => message.Answer(asked, RecordType.A, address).Additional(bank, RecordType.A, address),
            "an address of a neighbour in the additional section" => message.Answer(asked, RecordType.A, address).Additional(Name("ns.example.com"), RecordType.A, address),
            _ => message.Answer(asked, RecordType.SRV, [.. MessageBuilder.Octets("##1 ##1 ##443"), .. Name("host.hoster.net")]).Additional(Name("host.hoster.net"), RecordType.A, address),
        };
        using var traffic = new Traffic();
        traffic.Ask("www.example.com").Send(message.ToArray(), Traffic.Server, Traffic.Client);

        Assert.Equal(isTold ? ["dns.answer.bailiwick"] : [], traffic.Found);
    }

    [Fact]
    public void Spelling_that_changes_is_told_for_a_server_that_repeats_it()
    {
        using var traffic = new Traffic();
        for (ushort i = 0; i < 100; i++)
        {
            traffic.Exchange($"Www.ExAmple{i}.com", "192.0.2.1", i);
        }

        traffic.Ask("wWw.ExaMple.com", 200).Answer("www.example.com", "203.0.113.66", 200);
        Assert.Equal(["dns.answer.spelling"], traffic.Found);
    }

    [Fact]
    public void Spelling_that_a_server_always_folds_is_not_told()
    {
        using var traffic = new Traffic();
        for (ushort i = 0; i < 300; i++)
        {
            traffic.Ask($"Www.ExAmple{i}.com", i).Answer($"www.example{i}.com", "192.0.2.1", i);
        }

        Assert.Empty(traffic.Alerts);
    }

    [Theory]
    [InlineData(true, 60, true)]
    [InlineData(true, 40, false)]
    [InlineData(false, 500, false)] // only one direction is seen
    public void Burst_of_answers_to_nothing_is_told_for_a_client_whose_questions_are_seen(bool asks, int answers, bool isTold)
    {
        using var traffic = new Traffic();
        for (ushort i = 0; i < 40; i++)
        {
            if (asks)
            {
                traffic.Exchange($"www{i}.example.com", "192.0.2.1", i);
            }

            traffic.Wait(1);
        }

        for (var i = 0; i < answers; i++)
        {
            traffic.Wait(0.01).Answer($"r{i}.reflected.example", "192.0.2.1", (ushort)i, server: Traffic.At($"203.0.113.{i % 200}", 53));
        }

        Assert.Equal(isTold, traffic.Found.Contains("dns.answer.unsolicited"));
    }

    [Theory]
    [InlineData(AnswerView.Limit, 0, 0, 0)]
    [InlineData(AnswerView.Limit + 1, 0, 0, 1)]
    [InlineData(3, 5, 0, 0)] // broken by its sender: told as malformed, and no loss of ours
    [InlineData(3, 5, 5, 1)] // cut by the sensor
    public void Records_that_were_not_looked_at_are_counted(int records, int missingOctets, int cutOctets, long counted)
    {
        using var traffic = new Traffic();
        var message = Traffic.Message("www.example.com", string.Join(' ', Enumerable.Range(1, records).Select(i => $"192.0.2.{i}")));
        traffic.Ask("www.example.com").Send(message[..^missingOctets], Traffic.Server, Traffic.Client, message.Length - missingOctets + cutOctets);

        Assert.Equal((1, counted), (traffic.Counters.Examined, traffic.Counters.Partial));
    }

    private static byte[] Name(string text) => MessageBuilder.Name(text);

    private static IpPrefix Prefix(string text) => IpPrefix.TryParse(text, out var prefix) ? prefix : throw new ArgumentException(text);
}
