// The road: a packet comes in, events go out. Every stage is called from here and from nowhere else.

using Eider.Core.Decode;
using Eider.Core.Detect;
using Eider.Core.Respond;
using Eider.Core.Transactions;

namespace Eider.Core;

/// <summary>Finds out who an owner is.</summary>
public delegate Identity IdentityLookup(in Owner owner);

/// <summary>Finds the names of the rules behind a verdict; null where nothing was judged.</summary>
public delegate Verdict? VerdictLookup(in KernelVerdict verdict);

/// <summary>How much the pipeline has seen. Written by its thread; reading from another gives a recent value.</summary>
public sealed class PipelineCounters
{
    public long Packets { get; internal set; }

    public long Queries { get; internal set; }

    public long Responses { get; internal set; }

    /// <summary>Messages with a fault, whichever kind they are.</summary>
    public long Malformed { get; internal set; }

    public long Published { get; internal set; }

    public VerdictCounters Verdicts { get; } = new();
}

public sealed record PipelineOptions
{
    /// <summary>Keys the name cache, so that nobody outside can choose names that fall into one place.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Null where no policies are in force.</summary>
    public VerdictLookup? Verdicts { get; init; }

    /// <summary>Tells the resolver configuration of an event's process; null to go without.</summary>
    public Func<Identity, ResolverConfig?>? ResolverConfigOf { get; init; }

    public TransactionOptions Transactions { get; init; } = new();

    /// <summary>Null to look for nothing.</summary>
    public DetectOptions? Detect { get; init; }

    /// <summary>Asks a second resolver, where <see cref="Detect"/> names one; see <see cref="Detection"/>. Null: nobody asks.</summary>
    public Func<CrossQuestion, bool>? Ask { get; init; }

    /// <summary>Null where nothing is done about alerts.</summary>
    public Responder? Respond { get; init; }

    public TcpMessagesOptions Tcp { get; init; } = new();
}

/// <summary>One thread's way from packets to published events. Not thread-safe: everything is called from the thread that reads the source.</summary>
public sealed class Pipeline : IDisposable
{
    private readonly IEventSink[] sinks;
    private readonly EventInterest[] interests;
    private readonly EventPool spare = new();

    /// <summary>The sinks that want the exchange that is about to be published, a bit for each.</summary>
    private ulong takers;
    private readonly IdentityLookup? identify;
    private readonly VerdictLookup? verdicts;
    private readonly LastMessage lastMessage;
    private readonly TcpMessages tcp;
    private readonly TransactionTable transactions;
    private readonly Detection? detection;
    private readonly Responder? responder;

    /// <param name="sinks">Each receives every event, in this order.</param>
    /// <param name="identify">Null where packets have no owners (captures).</param>
    public Pipeline(IReadOnlyList<IEventSink> sinks, IdentityLookup? identify, PipelineOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sinks.Count, 64);
        this.sinks = [.. sinks];
        interests = [.. sinks.Select(static sink => sink.Interest)];
        this.identify = identify;
        verdicts = options.Verdicts;
        lastMessage = new LastMessage(new NameCache(options.Seed));
        tcp = new TcpMessages(See, options.Tcp);
        transactions = new TransactionTable(HandExchange, options.Transactions, options.ResolverConfigOf, IsWanted, spare.Return);
        detection = options.Detect is { } detect ? new Detection(detect, options.Seed, Take, TakeAgain, options.Ask) : null;
        responder = options.Respond;
    }

    public PipelineCounters Counters { get; } = new();

    public TcpMessageCounters Tcp => tcp.Counters;

    public TransactionCounters Transactions => transactions.Counters;

    /// <summary>Null where nothing is looked for.</summary>
    public Detection? Detect => detection;

    /// <summary>Takes one packet on its way to the sinks.</summary>
    public void Process(in Packet packet)
    {
        Counters.Packets++;

        // 1. A datagram is a message; a stream gives messages when they are whole.
        if (packet.Transport == Transport.Tcp && packet.Standalone == StandaloneReason.None)
        {
            tcp.Push(packet);
            NoteEnd(packet);
        }
        else
        {
            See(packet, null);
        }
    }

    /// <summary>Lets time pass where no packets come: what has waited too long is published as unanswered.</summary>
    public void Advance(long nowNs)
    {
        tcp.Advance(nowNs);
        transactions.Advance(nowNs);
        detection?.Advance(nowNs);
        HandAll(responder?.Advance() ?? []);
    }

    /// <summary>Ends the input: what is under way is published as it stands.</summary>
    public void Flush()
    {
        tcp.Flush();
        transactions.Flush();
        detection?.Flush();
    }

    /// <summary>Takes what the sensor has counted rather than told one by one: there is nothing of it to show, but it may be part of an attack.</summary>
    public void Probed(in PortProbes probes) => detection?.Observe(probes);

    /// <summary>The same of ICMP errors, which captures tell one by one.</summary>
    public void Quoted(in IcmpErrors errors) => detection?.Observe(errors);

    /// <summary>Takes what a second resolver said. Its packets come along the road as anybody's do.</summary>
    public void Compared(in CrossAnswer answer, long nowNs) => detection?.Observe(answer, nowNs);

    /// <summary>Hands an event to every sink: also what did not come along this road, such as losses.</summary>
    public void Publish(Event published)
    {
        Hand(published);

        // 6. Detect: what of it looks like an attack. Alerts go to the same sinks, after the event that they are about.
        detection?.Observe(published);
    }

    private void Take(Alert alert)
    {
        alert.About.IsKept = true;

        // 7. Respond: what policies say is to be done about it, done before it is told, so that it tells of that.
        if (responder is null)
        {
            Hand(alert);
            return;
        }

        var steps = responder.Answer(alert, out var told);
        Hand(told);
        HandAll(steps);
    }

    private void TakeAgain(Alert alert, DnsEvent about)
    {
        about.IsKept = true;
        HandAll(responder?.SeenAgain(alert, about) ?? []);
    }

    private void HandAll(IReadOnlyList<ActionEvent> steps)
    {
        foreach (var step in steps)
        {
            Hand(step);
        }
    }

    public void Dispose() => tcp.Dispose();

    private void Hand(Event published)
    {
        Counters.Published++;
        if (published is DnsEvent dns)
        {
            dns.IsKept = true;
        }

        foreach (var sink in sinks)
        {
            sink.Publish(published);
        }
    }

    private void HandMessage(DnsEvent message)
    {
        if (message.Standalone)
        {
            Hand(message);
            return;
        }

        for (var at = 0; at < interests.Length; at++)
        {
            if (interests[at].Messages)
            {
                Counters.Published += message.IsKept ? 0 : 1;
                message.IsKept = true;
                sinks[at].Publish(message);
            }
        }
    }

    private bool IsWanted(in EndedExchange exchange)
    {
        takers = 0;
        for (var at = 0; at < interests.Length; at++)
        {
            takers |= interests[at].Exchanges && sinks[at].Wants(exchange) ? 1UL << at : 0;
        }

        return takers != 0;
    }

    /// <summary>To those that have just said that they want it.</summary>
    private void HandExchange(DnsEvent exchange)
    {
        Counters.Published++;
        for (var at = 0; at < sinks.Length; at++)
        {
            if ((takers >> at & 1) != 0)
            {
                sinks[at].Publish(exchange);
            }
        }
    }

    private void See(in Packet packet, Malformed? fault)
    {
        // 2. Decode: what it asks or answers, and whether it is well formed.
        var message = packet.Payload;
        var cut = packet.WireLength > message.Length;
        var multicast = packet.Source.Port == MulticastPort || packet.Destination.Port == MulticastPort;
        ref readonly var summary = ref lastMessage.Read(message, cut, multicast);
        fault ??= packet.Standalone == StandaloneReason.Encrypted ? null : summary.Malformed;
        var isResponse = packet.Standalone == StandaloneReason.None && (summary.Id is null ? !IsWellKnown(packet.Destination.Port) : summary.IsResponse);
        var (client, server) = isResponse ? (packet.Destination, packet.Source) : (packet.Source, packet.Destination);
        var role = RoleOf(packet.Direction, isResponse);
        var verdict = verdicts?.Invoke(packet.Verdict);
        Count(isResponse, fault);
        if (verdict is not null)
        {
            Counters.Verdicts.Add(verdict);
        }

        // 3. Join: is it part of an exchange?
        var judgement = packet.Standalone != StandaloneReason.None ? new Judgement(packet.Standalone)
            : isResponse && verdict is { Action: VerdictAction.Deny, Mode: VerdictMode.Enforce } ? new Judgement(KeptBack(verdict))
            : transactions.Judge(new TransactionMessage
            {
                TimeNs = packet.TimeNs,
                Scope = packet.Scope,
                Role = role,
                Transport = packet.Transport,
                Client = client,
                Server = server,
                Name = summary.Name,
                NameHash = summary.NameHash,
                QueryType = summary.QueryType,
                QueryClass = summary.QueryClass ?? 0,
                Message = message,
            });

        // 4. Enrich: who is behind it.
        var identity = identify is null ? Identity.Unknown : identify(packet.Owner);
        var seen = spare.Take();
        seen.Become(packet, summary, isResponse, role, identity, fault, verdict, judgement.Reason);

        // 5. Publish the message, then the exchange that it completes.
        HandMessage(seen);

        // 6. Detect: what of it looks like an attack. Alerts go to the same sinks, after the event that they are about.
        detection?.Observe(seen);
        if (!transactions.Commit(judgement, seen))
        {
            spare.Return(seen);
        }
    }

    private const ushort MulticastPort = 5353;
    private const byte Fin = 0x01;
    private const byte Rst = 0x04;

    /// <summary>A connection brings no more responses after the server's FIN or anybody's RST; a client that says FIN may still listen.</summary>
    private void NoteEnd(in Packet packet)
    {
        if ((packet.TcpFlags & (Fin | Rst)) != 0)
        {
            EndConnection(packet, client: packet.Destination, server: packet.Source, fromServer: true);
        }

        if ((packet.TcpFlags & Rst) != 0)
        {
            EndConnection(packet, client: packet.Source, server: packet.Destination, fromServer: false);
        }
    }

    private void EndConnection(in Packet packet, Endpoint client, Endpoint server, bool fromServer) =>
        transactions.EndConnection(new(packet.Scope, RoleOf(packet.Direction, fromServer), Transport.Tcp, client, server, Id: 0), packet.TimeNs);

    /// <summary>What the kernel kept from its socket answers no exchange.</summary>
    private static StandaloneReason KeptBack(Verdict verdict) =>
        verdict.Reason is VerdictReason.Source or VerdictReason.Question or VerdictReason.Unasked ? StandaloneReason.Unsolicited : StandaloneReason.Denied;

    /// <summary>Tells a query from a response where the message ends before its flags.</summary>
    private static bool IsWellKnown(ushort port) => port is 53 or MulticastPort;

    private static Role RoleOf(Direction direction, bool isResponse) => direction switch
    {
        Direction.Egress => isResponse ? Role.Server : Role.Client,
        Direction.Ingress => isResponse ? Role.Client : Role.Server,
        _ => Role.Client,
    };

    private void Count(bool isResponse, Malformed? fault)
    {
        if (isResponse)
        {
            Counters.Responses++;
        }
        else
        {
            Counters.Queries++;
        }

        if (fault is not null)
        {
            Counters.Malformed++;
        }
    }
}
