// The DNS messages in the capture corpus beside the repository, for tests, fuzzing and nothing else.

using System.Buffers.Binary;
using Eider.Core;
using Eider.Core.Capture;
using Eider.Core.Decode;

namespace Eider.Tests.Decode;

/// <param name="File">Below the corpus folder.</param>
/// <param name="IsCut">The capture has less than was sent.</param>
/// <param name="IsMulticast">mDNS.</param>
public sealed record CorpusMessage(string File, byte[] Octets, bool IsCut, bool IsMulticast);

public static class CorpusMessages
{
    private const ushort MulticastPort = 5353;

    private static readonly DnsPorts Ports = new([53, MulticastPort, 5355]);

    /// <summary>The corpus folder; null where the repository stands alone.</summary>
    public static string? Folder { get; } = FindFolder();

    /// <summary>Every message of every file; none without a corpus.</summary>
    public static IReadOnlyList<CorpusMessage> All { get; } = Folder is null ? [] : [.. ReadRaw(), .. ReadDnstap(), .. ReadCaptures()];

    private static string? FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Eider.slnx")))
            {
                var corpus = Path.GetFullPath(Path.Combine(folder.FullName, "../shared/corpus"));
                return Directory.Exists(corpus) ? corpus : null;
            }
        }

        return null;
    }

    private static IEnumerable<CorpusMessage> ReadRaw() =>
        from file in Directory.EnumerateFiles(Folder!, "*", SearchOption.AllDirectories)
        where file.EndsWith(".raw", StringComparison.Ordinal) || file.EndsWith(".pkt", StringComparison.Ordinal)
        orderby file
        select new CorpusMessage(Path.GetRelativePath(Folder!, file), File.ReadAllBytes(file), IsCut: false, IsMulticast: false);

    /// <summary>Frame streams of protobuf: in each data frame, field 14 (message) has the query in field 10 and the response in field 14.</summary>
    private static IEnumerable<CorpusMessage> ReadDnstap()
    {
        foreach (var file in Directory.EnumerateFiles(Folder!, "*.dnstap", SearchOption.AllDirectories).Order())
        {
            foreach (var message in Frames(File.ReadAllBytes(file)).SelectMany(frame => Fields(frame, 14)).SelectMany(body => Fields(body, 10).Concat(Fields(body, 14))))
            {
                yield return new CorpusMessage(Path.GetRelativePath(Folder!, file), message, IsCut: false, IsMulticast: false);
            }
        }
    }

    private static IEnumerable<byte[]> Frames(byte[] file)
    {
        for (var at = 0; at + 4 <= file.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            at += 4;
            if (length == 0)
            {
                at += 4 + (int)BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
                continue;
            }

            yield return file[at..(at + length)];
            at += length;
        }
    }

    private static List<byte[]> Fields(byte[] body, int wanted)
    {
        var found = new List<byte[]>();
        for (var at = 0; at < body.Length;)
        {
            var tag = VarInt(body, ref at);
            switch (tag & 7)
            {
                case 0:
                    VarInt(body, ref at);
                    break;
                case 2:
                    var length = VarInt(body, ref at);
                    if (tag >> 3 == wanted)
                    {
                        found.Add(body[at..(at + length)]);
                    }

                    at += length;
                    break;
                default:
                    at += (tag & 7) == 1 ? 8 : 4;
                    break;
            }
        }

        return found;
    }

    private static int VarInt(byte[] body, ref int at)
    {
        var value = 0L;
        for (var shift = 0; ; shift += 7)
        {
            value |= (long)(body[at] & 0x7f) << shift;
            if (body[at++] < 0x80)
            {
                return (int)value;
            }
        }
    }

    private static List<CorpusMessage> ReadCaptures()
    {
        var messages = new List<CorpusMessage>();
        foreach (var path in Directory.EnumerateFiles(Folder!, "*.pcap*", SearchOption.AllDirectories).Order())
        {
            var name = Path.GetRelativePath(Folder!, path);
            void Keep(in Packet packet) => messages.Add(new CorpusMessage(name, packet.Payload.ToArray(), packet.Payload.Length < packet.WireLength,
                packet.Source.Port == MulticastPort || packet.Destination.Port == MulticastPort));
            using var streams = new TcpMessages((in Packet packet, Malformed? fault) => Keep(packet));
            void Take(in Packet packet)
            {
                if (packet.Transport == Transport.Tcp)
                {
                    streams.Push(packet);
                }
                else
                {
                    Keep(packet);
                }
            }

            Dissect(path, Take);
        }

        return messages;
    }

    private static void Dissect(string path, PacketHandler handler)
    {
        if (!CaptureFile.TryOpen(path, out var file, out _))
        {
            return;
        }

        using (file)
        {
            var dissector = new PacketDissector(Ports, handler);
            while (file.TryReadFrame(out var frame))
            {
                dissector.Dissect(frame);
            }

            dissector.Finish();
        }
    }
}
