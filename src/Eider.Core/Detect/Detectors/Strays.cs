// Answers to nothing: one is a leftover, many are reflection or a search for open ports.

using System.Numerics;
using System.Runtime.CompilerServices;

namespace Eider.Core.Detect.Detectors;

internal struct StrayTally
{
    public long SinceNs;
    public int Strays;
    public ulong Servers;
    public ulong Ports;

    /// <summary>It asks and is answered here, so that both directions are seen.</summary>
    public bool IsAnswered;

    /// <summary>Who answered last, and whom.</summary>
    public IpAddress Server;
    public Identity? Identity;
}

internal sealed class Strays(AskedQuestions asked, AlertDesk desk, SensorGaps gaps) : IDetector
{
    private const long Second = 1_000_000_000;

    public const long WindowNs = 10 * Second;

    /// <summary>Answers within the window. What a client asked in the last minutes is remembered, so that a resolver that catches up after a stall brings
    /// none; an address that was another host's until now gets a few.</summary>
    public const int BurstStrays = 50;

    private readonly BoundedTable<IpAddress, StrayTally> clients = new(DetectOptions.PartyLimit);
    private long judgeAfterNs = long.MinValue;

    public IReadOnlyList<DetectionKind> Finds => [Detections.Unsolicited];

    public long Bytes => clients.Bytes;

    public long Shed => clients.Shed;

    public void Examine(Sighting sighting)
    {
        var response = sighting.Event;
        if (judgeAfterNs == long.MinValue)
        {
            // What was asked before the first event is answered after it.
            judgeAfterNs = sighting.NowNs + SensorGaps.AfterNs;
        }

        if (response.StandaloneReason == StandaloneReason.None)
        {
            ref var client = ref clients.Touch(response.Client.Address, out _);
            (client.IsAnswered, client.Server, client.Identity) = (true, response.Server.Address, sighting.Victim);
        }
        else if (response.StandaloneReason == StandaloneReason.Unsolicited && response.Transport == Transport.Udp
            && sighting.NowNs >= judgeAfterNs && !gaps.IsRecent(sighting.NowNs) && Unsafe.IsNullRef(ref asked.Find(sighting.Question)))
        {
            Count(sighting);
        }
    }

    /// <summary>A client that asks and is answered here.</summary>
    /// <param name="identity">Of its last question; null where nothing is known of it.</param>
    /// <returns>The server that answered it last.</returns>
    public IpAddress? ServerOf(IpAddress client, out Identity? identity)
    {
        ref var known = ref clients.Find(client);
        var isKnown = !Unsafe.IsNullRef(ref known) && known.IsAnswered;
        identity = isKnown ? known.Identity : null;
        return isKnown ? known.Server : null;
    }

    private void Count(Sighting sighting)
    {
        ref var client = ref clients.Find(sighting.Event.Client.Address);
        if (Unsafe.IsNullRef(ref client) || !client.IsAnswered)
        {
            return;
        }

        if (sighting.NowNs - client.SinceNs > WindowNs)
        {
            (client.SinceNs, client.Strays, client.Servers, client.Ports) = (sighting.NowNs, 0, 0, 0);
        }

        client.Strays++;
        client.Servers |= 1UL << (int)((ulong)sighting.Event.Server.Address.Value * 0x9e37_79b9_7f4a_7c15 >> 58);
        client.Ports |= 1UL << (sighting.Event.Client.Port * 0x9e37 >> 4 & 63);
        if (client.Strays >= BurstStrays)
        {
            desk.Draft(Detections.Unsolicited, sighting, AlertSeverity.Medium)
                ?.With("answers", client.Strays)
                .With("threshold", $"{BurstStrays} within {WindowNs / Second} s")
                .With("servers_at_least", BitOperations.PopCount(client.Servers))
                .With("client_ports_at_least", BitOperations.PopCount(client.Ports))
                .With("last_from", sighting.Event.Server)
                .With("last_answered", sighting.View.AddressText())
                .Send(60, "a burst of answers to questions that were never asked");
        }
    }
}
