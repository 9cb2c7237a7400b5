// Reads a capture to its end and keeps what was delivered.

using Eider.Core;
using Eider.Core.Capture;

namespace Eider.Tests.Capture;

internal sealed record Delivered(long TimeNs, Transport Transport, Endpoint Source, Endpoint Destination, ulong Scope, byte[] Payload, int WireLength, uint TcpSequence, byte TcpFlags, bool IsFragmented);

internal sealed class Reading
{
    public List<Delivered> Packets { get; } = [];

    public List<FrameOutcome> Outcomes { get; } = [];

    public CaptureStatistics Statistics { get; private set; } = new();

    public CaptureError? Error { get; private set; }

    public static Reading Of(CaptureBytes file, DnsPorts? ports = null) => Of(file.ToStream(), ports);

    public static Reading Of(byte[] octets) => Of(new MemoryStream(octets));

    public static Reading OfFile(string path) => Of(File.OpenRead(path));

    /// <summary>One frame of its own.</summary>
    public static Reading OfFrame(byte[] frame, int linkType = LinkType.Ethernet, int? length = null) =>
        Of(CaptureBytes.Pcap(linkType).Record(frame, length: length));

    public static Reading Of(Stream stream, DnsPorts? ports = null)
    {
        var reading = new Reading();
        if (!CaptureFile.TryOpen(stream, "test.pcap", out var file, out var error))
        {
            reading.Error = error;
            return reading;
        }

        using (file)
        {
            var dissector = new PacketDissector(ports ?? DnsPorts.Default, reading.Keep);
            while (file.TryReadFrame(out var frame))
            {
                reading.Outcomes.Add(dissector.Dissect(frame));
            }

            dissector.Finish();
            reading.Statistics = dissector.Statistics;
            reading.Error = file.Error;
        }

        return reading;
    }

    private void Keep(in Packet packet) => Packets.Add(new Delivered(packet.TimeNs, packet.Transport, packet.Source, packet.Destination, packet.Scope,
        packet.Payload.ToArray(), packet.WireLength, packet.TcpSequence, packet.TcpFlags, packet.IsFragmented));
}
