// ICMP errors about questions that were never asked, with one port after the other: which one changes something is the port of an open question (SAD DNS, Man et al., 2020 and 2021).

using System.Numerics;

namespace Eider.Core.Detect.Detectors;

/// <param name="Client">Who is said to have asked.</param>
/// <param name="Server">Whom.</param>
internal readonly record struct QuotedKey(IpAddress Client, IpAddress Server)
{
    public override int GetHashCode() => HashCode.Combine(Client.Value, Server.Value);
}

internal struct QuotedTally
{
    public long SinceNs;
    public long Packets;

    // Different ports as bits: of 256 counters, those that some port fell into.
    public (ulong First, ulong Second, ulong Third, ulong Fourth) Ports;

    /// <summary>Bits by <see cref="IcmpKind"/>.</summary>
    public int Kinds;

    // Of the last ports of each telling: those looked at, and those that have asked nothing.
    public int Looked;
    public int Unasked;
    public int Senders;
    public ushort SmallestMtu;

    public readonly int PortCount =>
        BitOperations.PopCount(Ports.First) + BitOperations.PopCount(Ports.Second) + BitOperations.PopCount(Ports.Third) + BitOperations.PopCount(Ports.Fourth);
}

internal sealed class IcmpProbing(Strays clients, AskedQuestions asked, AskedServers servers, Sighting sighting, AlertDesk desk, SensorGaps gaps) : IFinder
{
    private const long Second = 1_000_000_000;

    public const long WindowNs = 10 * Second;

    /// <summary>Who searches needs thousands. Hosts and routers hold errors to one address back, Linux to sixteen in the window, so that what is wrong on a path hardly brings as many.
    /// As many packets as the kernel counts before it tells (QUOTES_TOLD of bpf/lib/quoted.h) fall into fewer counters, some two into one.</summary>
    public const int QuotedPorts = 48;

    /// <summary>Per cent of the ports that have asked nothing. A server that is down, a path that has changed and a router that redirects bring errors about questions that were asked, all of them;
    /// a few may be older than what is remembered. Who looks for a port hits open ones once in a while.</summary>
    public const int UnaskedPercent = 75;

    /// <summary>Errors for each question that anybody here has asked the server. Addresses are translated on the way out, and errors come to the translated ones, from ports that have asked nothing
    /// as far as is known; but each question brings one error at most.</summary>
    public const int ErrorsPerQuestion = 2;

    /// <summary>An error comes within the round trip of its question, or when a router has waited for a neighbour in vain: three seconds, and their repetition.</summary>
    public const long AskedNs = 15 * Second;

    private readonly BoundedTable<QuotedKey, QuotedTally> tallies = new(DetectOptions.PartyLimit / 4);
    private long judgeAfterNs = long.MinValue;

    public IReadOnlyList<DetectionKind> Finds => [Detections.IcmpProbing];

    public long Bytes => tallies.Bytes;

    public long Shed => tallies.Shed;

    /// <summary>Lets it know when the input began: what was asked before is not known.</summary>
    public void Begin(long nowNs) => judgeAfterNs = judgeAfterNs == long.MinValue ? nowNs + SensorGaps.AfterNs : judgeAfterNs;

    public void Note(in IcmpErrors errors, long nowNs)
    {
        Begin(nowNs);
        ref var tally = ref tallies.Touch(new(errors.Client.Address, errors.Server.Address), out var isNew);
        if (isNew || nowNs - tally.SinceNs > WindowNs)
        {
            tally = new QuotedTally { SinceNs = nowNs, SmallestMtu = IcmpErrors.NoMtu };
        }

        Add(ref tally, errors, nowNs);
        var ports = tally.PortCount;
        if (ports < QuotedPorts || tally.Unasked * 100 < tally.Looked * UnaskedPercent || nowNs < judgeAfterNs || gaps.IsRecent(nowNs))
        {
            return;
        }

        // Whose questions are not seen here, has ports of which nothing is known: hosts that this one only routes for.
        var questions = servers.QuestionsTo(errors.Server.Address, nowNs);
        if (clients.ServerOf(errors.Client.Address, out var identity) is not { } server || tally.Packets <= (long)ErrorsPerQuestion * questions)
        {
            return;
        }

        var isItsServer = server == errors.Server.Address;
        sighting.BeginWithoutMessage(errors.TimeNs, errors.Client, errors.Server, identity, nowNs);
        desk.Draft(Detections.IcmpProbing, sighting, isItsServer ? AlertSeverity.High : AlertSeverity.Medium)
            ?.With("from", errors.Sender.ToString())
            .With("senders_at_least", tally.Senders)
            .With("claimed_server", errors.Server)
            .With("kinds", KindsText(tally.Kinds))
            .With("packets", tally.Packets)
            .With("ports_at_least", ports)
            .With("threshold", $"{QuotedPorts} different ports within {WindowNs / Second} s, {UnaskedPercent} % of which have asked nothing, and more than {ErrorsPerQuestion} errors a question")
            .With("questions_to_it", questions)
            .With("ports_that_asked", $"{tally.Looked - tally.Unasked} of {tally.Looked} looked at")
            .With("last_port", errors.Client.Port)
            .With("smallest_mtu", tally.SmallestMtu == IcmpErrors.NoMtu ? null : $"{tally.SmallestMtu}")
            .With("answered_by", server.ToString())
            .Send(isItsServer ? 85 : 70, "ICMP errors about questions that nobody has asked, with one port after the other: somebody looks for that of an open question");
    }

    private void Add(ref QuotedTally tally, in IcmpErrors errors, long nowNs)
    {
        tally.Packets += errors.Packets;
        tally.Ports = (tally.Ports.First | errors.Ports[0], tally.Ports.Second | errors.Ports[1], tally.Ports.Third | errors.Ports[2], tally.Ports.Fourth | errors.Ports[3]);
        tally.Kinds |= 1 << (int)errors.Kind;
        tally.Senders = Math.Max(tally.Senders, errors.Senders);
        tally.SmallestMtu = Math.Min(tally.SmallestMtu, errors.SmallestMtu);
        foreach (var port in errors.LastPorts)
        {
            tally.Looked++;
            tally.Unasked += asked.HasAsked(new(errors.Client.Address, port), nowNs - AskedNs) ? 0 : 1;
        }
    }

    private static string KindsText(int kinds) => string.Join(", ", new[]
    {
        (IcmpKind.Unreachable, "unreachable"), (IcmpKind.TooBig, "fragmentation needed"), (IcmpKind.Redirect, "redirect"),
    }.Where(kind => (kinds & (1 << (int)kind.Item1)) != 0).Select(kind => kind.Item2));
}
