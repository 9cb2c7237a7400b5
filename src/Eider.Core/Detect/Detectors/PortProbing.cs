// Packets to one closed port after the other, as if from a server: the first half of guessing where a question was asked from (SAD DNS, Man et al., 2020).

using System.Numerics;
using System.Runtime.CompilerServices;
using Eider.Core.Decode;

namespace Eider.Core.Detect.Detectors;

/// <param name="Client">To whose ports.</param>
/// <param name="Source">As the packets say.</param>
/// <param name="IsEcho">Seen by what the client says of them.</param>
internal readonly record struct ProbingKey(IpAddress Client, IpAddress Source, bool IsEcho)
{
    public override int GetHashCode() => HashCode.Combine(Client.Value, Source.Value);
}

internal struct ProbingTally
{
    public long SinceNs;
    public long Packets;

    // Different ports as bits: of 128 counters, those that some port fell into.
    public ulong Low;
    public ulong High;
}

/// <summary>Live, the kernel counts what reaches no socket; in captures each packet is seen, and what is no message is counted here.</summary>
internal sealed class PortProbing(Strays clients, AskedServers servers, Sighting sighting, AlertDesk desk) : IFinder
{
    private const long Second = 1_000_000_000;

    public const long WindowNs = 10 * Second;

    /// <summary>Different ports. Servers send responses and nothing else from port 53, so one is odd and this many are a search; who searches needs thousands.
    /// As many packets as the kernel counts before it tells (PROBES_TOLD of bpf/undelivered.bpf.c) fall into fewer counters, some two into one.</summary>
    public const int ProbedPorts = 24;

    /// <summary>The same where only the port unreachables for them are seen: a host sends one address six at once and then one a second (net.ipv4.icmp_ratelimit), sixteen in
    /// the window at most.</summary>
    public const int EchoedPorts = 10;

    private readonly BoundedTable<ProbingKey, ProbingTally> tallies = new(DetectOptions.PartyLimit / 4);

    public IReadOnlyList<DetectionKind> Finds => [Detections.PortProbing];

    public long Bytes => tallies.Bytes;

    public long Shed => tallies.Shed;

    /// <summary>Whether a packet came from a DNS port to another one and is no response: too short, or a query.</summary>
    public static bool IsProbe(DnsEvent packet) => packet.Kind switch
    {
        EventKind.Response => packet.Server.Port == DnsPort && packet.Message.Length < DnsHeader.Length,
        EventKind.Query => packet.Client.Port == DnsPort && packet.Server.Port != DnsPort,
        _ => false,
    };

    public void Note(DnsEvent packet, long nowNs)
    {
        var (source, target) = packet.Kind == EventKind.Response ? (packet.Server, packet.Client) : (packet.Client, packet.Server);
        Note(packet.TimeNs, source, target, isEcho: false, nowNs);
    }

    public void Note(in PortProbes probes, long nowNs) => Judge(probes, ProbedPorts, nowNs);

    /// <summary>Port unreachables that a client has sent, for what is no response.</summary>
    public void Note(in IcmpErrors errors, long nowNs) => Note(errors.TimeNs, errors.Server, errors.Client, isEcho: true, nowNs);

    private const ushort DnsPort = 53;

    private void Note(long timeNs, Endpoint source, Endpoint target, bool isEcho, long nowNs)
    {
        ref var tally = ref tallies.Touch(new(target.Address, source.Address, isEcho), out var isNew);
        if (isNew || nowNs - tally.SinceNs > WindowNs)
        {
            tally = new ProbingTally { SinceNs = nowNs };
        }

        tally.Packets++;
        var bit = (int)(target.Port * 0x9e37_79b1u >> 25);
        ref var word = ref bit < 64 ? ref tally.Low : ref tally.High;
        word |= 1UL << (bit & 63);
        var ports = BitOperations.PopCount(tally.Low) + BitOperations.PopCount(tally.High);
        Judge(new PortProbes(timeNs, source, target, tally.Packets, ports), isEcho ? EchoedPorts : ProbedPorts, nowNs);
    }

    private void Judge(in PortProbes probes, int threshold, long nowNs)
    {
        if (probes.Ports < threshold)
        {
            return;
        }

        var server = clients.ServerOf(probes.Destination.Address, out var identity);
        var isItsServer = server == probes.Source.Address || servers.IsAskedBy(probes.Destination.Address, probes.Source.Address, nowNs);
        if (probes.Source.Port != DnsPort && !isItsServer)
        {
            return; // scanners, traceroute and peers that come and go: no business of DNS
        }

        sighting.BeginWithoutMessage(probes.TimeNs, probes.Destination, probes.Source, identity, nowNs);
        desk.Draft(Detections.PortProbing, sighting, isItsServer ? AlertSeverity.High : AlertSeverity.Medium)
            ?.With("from", probes.Source)
            .With("packets", probes.Packets)
            .With("ports_at_least", probes.Ports)
            .With("threshold", $"{threshold} different ports within {WindowNs / Second} s")
            .With("last_port", probes.Destination.Port)
            .With("answered_by", server?.ToString())
            .Send(isItsServer ? 85 : 70, isItsServer
                ? "somebody looks for the port of an open question, with packets that seem to come from the server that is asked"
                : "packets from a DNS port to one closed port after the other");
    }
}
