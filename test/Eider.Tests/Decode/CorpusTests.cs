// Captured traffic: what is right reads right, what is wrong is named.

using Eider.Core.Decode;
using Xunit;

namespace Eider.Tests.Decode;

public sealed class CorpusTests
{
    private readonly NameCache _names = new(seed: 1);

    /// <summary>Files whose every message is right, and how many records their messages have.</summary>
    public static TheoryData<string, int> Right => new()
    {
        { "zeek/dns-caa.pcap", 1 },
        { "zeek/dns-https.pcap", 3 },
        { "zeek/dns-svcb.pcap", 2 },
        { "zeek/dns__naptr.pcap", 1 },
        { "zeek/dnssec__dnskey.pcap", 7 },
        { "zeek/dnssec__nsec.pcap", 10 },
        { "tcpdump/dns-uri.pcap", 6 },
        { "tcpdump/dns_tcp.pcap", 10 },
        { "pdns/root-ns-answer.raw", 41 },
    };

    public static TheoryData<string, string> Wrong => new()
    {
        { "tcpdump/dns-badlabel.pcap", "a name is longer than 255 octets" },
        { "zeek/dns-edns-ecs-weirds.pcap", "ECS source prefix /255 is longer than an address of 32 bits" },
        { "zeek/dns__dns-invalid-names.pcap", "compression pointer loop: it points to octet 12, into its own name" },
        { "zeek/dns__loc-invalid-length.pcap", "rdata of LOC is too short: 15 octets" },
        { "zeek/dns__svcb-alpn-malformed-len-too-long.pcap", "HTTPS parameter alpn has a protocol id of 8 octets, 2 are left" },
        { "zeek/dns__svcb-port-malformed.pcap", "HTTPS parameter port has a value of 3 octets, not 2" },
    };

    [Theory]
    [MemberData(nameof(Right))]
    public void Right_messages_are_read_whole(string file, int records)
    {
        var messages = MessagesOf(file);

        Assert.All(messages, message => Assert.Null(DnsSummary.Read(message.Octets, _names).Malformed));
        Assert.Equal(records, messages.Sum(message =>
            AnswerRecord.ReadAll(message.Octets).Count + AnswerRecord.ReadAll(message.Octets, Section.Authority).Count
            + AnswerRecord.ReadAll(message.Octets, Section.Additional).Count));
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Wrong_messages_are_named(string file, string what)
    {
        Assert.Contains(what, MessagesOf(file).Select(message => DnsSummary.Read(message.Octets, _names).Malformed?.What));
    }

    private static List<CorpusMessage> MessagesOf(string file)
    {
        Assert.SkipWhen(CorpusMessages.Folder is null, "no ../shared/corpus beside the repository");
        var messages = CorpusMessages.All.Where(message => message.File == file).ToList();
        Assert.NotEmpty(messages);
        return messages;
    }
}
