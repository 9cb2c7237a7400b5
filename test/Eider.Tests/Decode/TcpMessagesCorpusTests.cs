// Real connections, whole from SYN to FIN: every message comes out, and no fault.

using Eider.Core;
using Eider.Core.Capture;
using Eider.Core.Decode;
using Eider.Tests.Capture;
using Xunit;

namespace Eider.Tests.Decode;

public sealed class TcpMessagesCorpusTests
{
    [Theory]
    [InlineData("tcpdump/dns_tcp.pcap", 2)]
    [InlineData("suricata/dns-tcp-multirequest-buffer__dns-tcp-multirequest-buffer.pcap", 40)]
    [InlineData("suricata/dns-incomplete.pcap", 4)]
    [InlineData("suricata/dns-answer-emptydata.pcap", 2)]
    [InlineData("suricata/dns-frames.pcap", 2)]
    [InlineData("ndpi/dns_fragmented.pcap", 4)]
    [InlineData("zeek/dns-edns-ecs.pcap", 9)]
    public void Captured_connection_yields_all_its_messages_and_no_fault(string capture, int expected)
    {
        Corpus.SkipWhenAbsent();
        var messages = 0;
        var faults = new List<string>();
        using var tcp = new TcpMessages((in Packet _, Malformed? fault) =>
        {
            messages++;
            if (fault is not null)
            {
                faults.Add(fault.What);
            }
        });
        var dissector = new PacketDissector(DnsPorts.Default, (in Packet packet) =>
        {
            if (packet.Transport == Transport.Tcp)
            {
                tcp.Push(packet);
            }
        });
        Assert.True(CaptureFile.TryOpen(Corpus.PathOf(capture), out var file, out _));
        using (file)
        {
            while (file.TryReadFrame(out var frame))
            {
                dissector.Dissect(frame);
            }
        }

        tcp.Flush();
        Assert.Empty(faults);
        Assert.Equal((expected, 0), (messages, tcp.Counters.Gaps));
    }
}
