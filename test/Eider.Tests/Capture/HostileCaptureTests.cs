// Captures made to break their reader: whatever the octets, it ends, without an exception, having counted every frame once.

using Eider.Core;
using Eider.Core.Capture;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using static Eider.Tests.Capture.PacketBytes;

namespace Eider.Tests.Capture;

public sealed class HostileCaptureTests
{
    private static readonly byte[][] Captures =
    [
        CaptureBytes.Pcap()
            .Record(Ethernet(Ipv4(Udp(Query))))
            .Record(Ethernet(Ipv4(Udp(Query)[..16], more: true)))
            .Record(Ethernet(Ipv4(Udp(Query)[16..], fragmentOffset: 16)))
            .Record(Ethernet(Ipv4(Tcp([0, 29, .. Query]), 6))).ToArray(),
        CaptureBytes.Pcapng(bigEndian: true)
            .Interface(LinkType.LinuxCooked2, resolution: 9, offsetSeconds: 1)
            .Interface(LinkType.Raw)
            .Enhanced([0x86, 0xdd, 0, 0, 0, 0, 0, 0, 0, 1, 4, 6, .. new byte[8], .. Ipv6(Extension(43, Extension(17, Udp(Query))), 0)], 1)
            .Obsolete(Ipv6(Ipv6Fragment(17, Udp(Query)[..24], 0, more: true), 44), 2, interfaceIndex: 1)
            .Enhanced(Ipv6(Ipv6Fragment(17, Udp(Query)[24..], 24, more: false), 44), 3, interfaceIndex: 1)
            .Simple(new byte[60]).ToArray(),
        CaptureBytes.Pcap(LinkType.Ethernet, nanoseconds: true)
            .Record(Ethernet([0, 5, 0x81, 0, 0, 6, 0x88, 0x64, 0x11, 0, 0, 1, 0, 60, 0, 0x21, .. Ipv4(Udp(Query))], 0x88a8)).ToArray(),
    ];

    [Fact]
    public void Capture_with_any_octet_replaced_is_read_without_an_exception()
    {
        byte[] values = [0x00, 0x01, 0x7f, 0x80, 0xff];
        foreach (var capture in Captures)
        {
            for (var at = 0; at < capture.Length; at++)
            {
                foreach (var value in values)
                {
                    var octets = (byte[])capture.Clone();
                    octets[at] = value;
                    AssertAccounted(Reading.Of(octets));
                }
            }
        }
    }

    [Fact]
    public void Capture_with_many_octets_replaced_is_read_without_an_exception()
    {
        var random = new Random(20_240_601);
        for (var i = 0; i < 20_000; i++)
        {
            var octets = (byte[])Captures[i % Captures.Length].Clone();
            for (var changes = random.Next(1, 12); changes > 0; changes--)
            {
                octets[random.Next(octets.Length)] = (byte)random.Next(256);
            }

            AssertAccounted(Reading.Of(octets));
        }
    }

    [Fact]
    public void Frames_of_random_octets_are_read_on_every_link_type()
    {
        int[] linkTypes = [0, 1, 9, 12, 50, 51, 101, 105, 108, 113, 228, 229, 276];
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), octets =>
        {
            foreach (var linkType in linkTypes)
            {
                AssertAccounted(Reading.OfFrame(octets, linkType));
                AssertAccounted(Reading.OfFrame(octets, linkType, length: 1500));
            }
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void Files_of_random_octets_behind_a_magic_are_read()
    {
        byte[][] starts = [CaptureBytes.Pcap().ToArray(), CaptureBytes.Pcap(bigEndian: true).ToArray(), CaptureBytes.Pcapng().Interface().ToArray(), [0x0a, 0x0d, 0x0d, 0x0a], [0x1f, 0x8b, 8], []];
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), octets =>
        {
            foreach (var start in starts)
            {
                AssertAccounted(Reading.Of([.. start, .. octets]));
            }
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void Random_fragments_stay_within_memory_and_give_no_more_than_was_sent()
    {
        var random = new Random(7);
        var statistics = new CaptureStatistics();
        const int Limit = 200_000;
        var reassembly = new FragmentReassembly(statistics, (in FragmentKey _, long _, byte _, WireSpan _) => { }, Limit);
        for (var i = 0; i < 200_000; i++)
        {
            var octets = new byte[8 * random.Next(0, 20) + (random.Next(10) == 0 ? random.Next(8) : 0)];
            var position = new FragmentPosition(8 * random.Next(0, 60), random.Next(4) != 0, 17);
            reassembly.TryAdd(new FragmentKey(0, default, default, (uint)random.Next(50), 17), i * 1_000_000L, position, new WireSpan(octets, octets.Length + random.Next(3)),
                out _, out var whole, out _);
            Assert.InRange(reassembly.Memory, 0, Limit);
            Assert.InRange(whole.Captured.Length, 0, FragmentReassembly.LongestPayload);
        }

        Assert.NotEqual(0, statistics.Reassembled);
        reassembly.GiveUp();
        Assert.Equal(0, reassembly.Memory);
    }

    [Fact]
    public void Real_captures_cut_anywhere_are_read_as_far_as_they_go()
    {
        Corpus.SkipWhenAbsent();
        foreach (var capture in Corpus.Captures)
        {
            var octets = File.ReadAllBytes(Corpus.PathOf(capture));
            var whole = Reading.Of(octets).Statistics.Frames;
            // Every length of the short ones, a few hundred of the long ones.
            for (var length = 0; length < octets.Length; length += 1 + octets.Length / 300)
            {
                var reading = Reading.Of(octets[..length]);
                AssertAccounted(reading);
                Assert.InRange(reading.Statistics.Frames, 0, whole);
            }
        }
    }

    private static void AssertAccounted(Reading reading)
    {
        var statistics = reading.Statistics;
        Assert.Equal(reading.Outcomes.Count, statistics.Frames);
        Assert.Equal(statistics.Frames, Enum.GetValues<FrameOutcome>().Sum(outcome => statistics[outcome]));
        Assert.Equal(reading.Packets.Count, statistics[FrameOutcome.DnsUdp] + statistics[FrameOutcome.DnsTcp] + statistics.DeliveredIncomplete);
        Assert.All(reading.Packets, packet => Assert.InRange(packet.Payload.Length, 0, packet.WireLength));
        Assert.All(reading.Packets, packet => Assert.InRange(packet.TimeNs, 0, 1L << 62));
    }
}
