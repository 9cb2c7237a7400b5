// Real captures: none crashes the reader, every frame is accounted for, and the counts are those of tshark.

using System.Collections.Concurrent;
using Eider.Core;
using Eider.Core.Capture;
using Eider.Core.Decode;
using Xunit;

namespace Eider.Tests.Capture;

public sealed class CorpusTests
{
    [Fact]
    public void Every_capture_is_read_to_its_end_and_every_frame_has_one_outcome()
    {
        Corpus.SkipWhenAbsent();
        foreach (var capture in Corpus.Captures)
        {
            var reading = Reading.OfFile(Corpus.PathOf(capture));

            Assert.Null(reading.Error);
            Assert.True(reading.Outcomes.Count > 0, capture);
            Assert.Equal(reading.Outcomes.Count, reading.Statistics.Frames);
            Assert.Equal(reading.Statistics.Frames, Enum.GetValues<FrameOutcome>().Sum(outcome => reading.Statistics[outcome]));
            Assert.Equal(reading.Packets.Count, reading.Statistics[FrameOutcome.DnsUdp] + reading.Statistics[FrameOutcome.DnsTcp] + reading.Statistics.DeliveredIncomplete);
        }
    }

    [Fact]
    public void Counts_of_packets_and_messages_are_those_of_tshark()
    {
        Corpus.SkipWhenAbsent();
        Assert.SkipUnless(TsharkCounts.IsInstalled, "tshark is not installed");
        var differences = new ConcurrentBag<string>();
        var captures = Corpus.Captures.ToList();
        var all = new ConcurrentBag<DnsCounts>();

        Parallel.ForEach(captures, capture =>
        {
            var path = Corpus.PathOf(capture);
            var (expected, found) = (TsharkCounts.Read(path), Count(path));
            all.Add(expected);
            if (found != expected)
            {
                differences.Add($"{capture}: tshark has {expected}, found {found}");
            }
        });

        Assert.True(differences.IsEmpty, string.Join('\n', differences.Order()));
        // tshark did read them: there is DNS of each kind.
        Assert.True(all.Sum(counts => counts.Queries) > 100 && all.Sum(counts => counts.Responses) > 100 && all.Sum(counts => counts.TcpSegments) > 10);
    }

    private static DnsCounts Count(string path)
    {
        var (udp, tcp, queries, responses) = (0, 0, 0, 0);
        using var messages = new TcpMessages((in Packet message, Malformed? _) => CountMessage(message.Payload));
        Assert.True(CaptureFile.TryOpen(path, out var file, out _));
        using (file)
        {
            var dissector = new PacketDissector(DnsPorts.Default, (in Packet packet) =>
            {
                if (!DnsPorts.Default.Contains(packet.Source.Port) && !DnsPorts.Default.Contains(packet.Destination.Port))
                {
                    return; // an answer from another port, which is none to tshark
                }

                if (packet.Transport == Transport.Udp)
                {
                    udp++;
                    CountMessage(packet.Payload);
                    return;
                }

                tcp += packet.WireLength > 0 ? 1 : 0;
                messages.Push(packet);
            });
            while (file.TryReadFrame(out var frame))
            {
                dissector.Dissect(frame);
            }

            dissector.Finish();
        }

        messages.Flush();
        return new DnsCounts(udp, tcp, queries, responses);

        void CountMessage(ReadOnlySpan<byte> message)
        {
            // tshark reads the flags as soon as they are there, even where the header is cut behind them.
            if (message.Length >= 4)
            {
                queries += message[2] < 0x80 ? 1 : 0;
                responses += message[2] >= 0x80 ? 1 : 0;
            }
        }
    }
}
