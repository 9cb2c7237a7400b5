// Exchanges for detectors, put through the real pipeline: what a stub resolver and its server would say, and what a forger would.

using Eider.Core;
using Eider.Core.Decode;
using Eider.Core.Detect;
using Eider.Core.Transactions;
using Eider.Tests.Decode;

namespace Eider.Tests.Detect;

/// <summary>One pipeline with Detect, and the alerts that came out.</summary>
internal sealed class Traffic : IEventSink, IDisposable
{
    public const long Second = 1_000_000_000;
    public const ulong Seed = 0x5eed_0123_4567_89ab;

    public static readonly Endpoint Client = At("10.244.0.5", 40000);
    public static readonly Endpoint Server = At("10.96.0.10", 53);

    private readonly Queue<CrossQuestion> asked = new();
    private readonly Pipeline pipeline;

    public Traffic(DetectOptions? options = null) => pipeline = new Pipeline([this], null, new PipelineOptions
    {
        Seed = Seed,
        Detect = (options ?? new DetectOptions()) with { Suffixes = options?.Suffixes ?? PublicSuffix.Fallback },
        Transactions = new TransactionOptions(),
        Ask = question =>
        {
            asked.Enqueue(question);
            return true;
        },
        Verdicts = static (in KernelVerdict verdict) =>
            verdict.Action == 0 ? null : new Verdict((VerdictAction)verdict.Action, VerdictMode.Enforce, (VerdictReason)verdict.Reason, "guard", "answers.forged", null),
    });

    /// <summary>Alerts alone, so that the events of messages are used again as soon as nothing keeps them.</summary>
    public EventInterest Interest => EventInterest.Rest;

    public List<Alert> Alerts { get; } = [];

    /// <summary>Names that the second resolver was asked for.</summary>
    public List<string> SecondAsked { get; } = [];

    /// <summary>What the second resolver says of a name, as for <see cref="Message"/>; of others it says what the client was answered.</summary>
    public Dictionary<string, string> SecondSays { get; } = [];

    /// <summary>It answers when it is told to.</summary>
    public bool SecondIsSlow { get; set; }

    public uint SecondTtl { get; set; } = 300;

    /// <summary>What it says of names that are not in <see cref="SecondSays"/>; null for what the client was answered.</summary>
    public Func<DnsEvent, (CrossOutcome Outcome, byte[] Message)?>? Elsewhere { get; set; }

    public IEnumerable<string> Found => Alerts.Select(alert => alert.Detection);

    public DetectCounters Counters => pipeline.Detect!.Counters;

    public long StateBytes => pipeline.Detect!.StateBytes;

    public Detection Detect => pipeline.Detect!;

    /// <summary>Whom attacks are aimed at.</summary>
    public Endpoint Victim { get; set; } = At("10.244.9.9", 40001);

    public long NowNs { get; set; } = 1_700_000_000 * Second;

    /// <summary>When the attack that is made began; null until it has.</summary>
    public long? StruckNs { get; set; }

    public static Endpoint At(string address, ushort port) => new(IpAddress.TryParse(address, out var ip) ? ip : throw new ArgumentException(address), port);

    public void Publish(Event published)
    {
        if (published is Alert alert)
        {
            Alerts.Add(alert);
        }
    }

    public void Mute(string file) => pipeline.Detect!.Mutes = MuteFile.Parse(file, "mutes.yaml", out _)!;

    public void Lose(long count = 1) => pipeline.Publish(new LossEvent { TimeNs = NowNs, Reason = "ring_full", Count = count });

    public Traffic Wait(double seconds)
    {
        NowNs += (long)(seconds * Second);
        return this;
    }

    /// <summary>What comes next is the attack's first packet; what came before only led to it.</summary>
    public Traffic Strike()
    {
        StruckNs = NowNs;
        return this;
    }

    public Traffic Ask(string name, ushort id = 1, ushort type = RecordType.A, Endpoint? client = null, Endpoint? server = null) =>
        Send(new MessageBuilder(0x0100, id).Question(name, type).ToArray(), client ?? Client, server ?? Server);

    /// <param name="answers">Addresses, or <c>@name</c> for an alias that the next ones belong to.</param>
    /// <param name="isForged">The kernel has dropped it, because it fits no question.</param>
    /// <param name="isUndelivered">Nothing listens on its port.</param>
    public Traffic Answer(
        string name, string answers, ushort id = 1, ushort type = RecordType.A, Endpoint? client = null, Endpoint? server = null, uint ttl = 300, ushort flags = 0x8180,
        bool isForged = false, bool isUndelivered = false, bool isFragmented = false) =>
        Send(Message(name, answers, id, type, ttl, flags), server ?? Server, client ?? Client, isForged: isForged, isUndelivered: isUndelivered, isFragmented: isFragmented);

    /// <summary>A question and its answer a millisecond later.</summary>
    public Traffic Exchange(string name, string answers, ushort id = 1, ushort type = RecordType.A, Endpoint? client = null, Endpoint? server = null, uint ttl = 300) =>
        Ask(name, id, type, client, server).Wait(0.001).Answer(name, answers, id, type, client, server, ttl).Wait(0.001);

    /// <param name="wireLength">Octets that were sent, where the sensor cut the message; 0: it did not.</param>
    /// <param name="isHeld">The kernel has held it back for its time or distance.</param>
    public Traffic Send(
        byte[] message, Endpoint from, Endpoint to, int wireLength = 0, bool isForged = false, bool isUndelivered = false, bool isFragmented = false, bool isHeld = false)
    {
        var denied = isForged ? VerdictReason.Unasked : isHeld ? VerdictReason.Held : (VerdictReason?)null;
        pipeline.Process(new Packet
        {
            TimeNs = NowNs,
            Direction = Direction.Captured,
            Transport = Transport.Udp,
            Source = from,
            Destination = to,
            Payload = message,
            WireLength = Math.Max(message.Length, wireLength),
            Verdict = denied is { } reason ? new KernelVerdict(1, 1, 0, (byte)VerdictAction.Deny, (byte)reason, 0) : default,
            IsUndelivered = isUndelivered,
            IsFragmented = isFragmented,
        });
        if (!SecondIsSlow)
        {
            AnswerAsSecond();
        }

        return this;
    }

    /// <summary>What the second resolver was asked and has not answered yet.</summary>
    public void AnswerAsSecond()
    {
        while (asked.TryDequeue(out var question))
        {
            var about = question.About;
            SecondAsked.Add(about.Name!);
            var (outcome, message) = SecondSays.TryGetValue(about.Name!, out var says)
                ? (CrossOutcome.Answered, Message(about.Name!, says, type: about.QueryType!.Value, ttl: SecondTtl, flags: (ushort)(says.Length == 0 ? 0x8183 : 0x8180)))
                : Elsewhere?.Invoke(about) ?? (CrossOutcome.Answered, about.Message.ToArray());
            pipeline.Compared(new CrossAnswer(question, outcome, message), NowNs);
        }
    }

    /// <summary>What the kernel has counted within ten seconds.</summary>
    public Traffic Probe(Endpoint from, Endpoint to, int packets, int ports)
    {
        pipeline.Probed(new PortProbes(NowNs, from, to, packets, ports));
        return this;
    }

    /// <summary>An ICMP error that quotes a packet between client and server.</summary>
    public Traffic Quote(IcmpKind kind, Endpoint client, Endpoint server, string sender = "203.0.113.66", ushort mtu = IcmpErrors.NoMtu)
    {
        Span<ulong> bits = [0, 0, 0, 0];
        var bit = client.Port * 0x9e37_79b1u >> 24;
        bits[(int)(bit >> 6)] = 1UL << (int)(bit & 63);
        pipeline.Quoted(new IcmpErrors
        {
            TimeNs = NowNs, Kind = kind, Sender = At(sender, 0).Address, Senders = 1, Client = client, Server = server, Packets = 1, Ports = bits, LastPorts = [client.Port], SmallestMtu = mtu,
        });
        return this;
    }

    /// <summary>The same with every so many packets lost, and told as lost once a second.</summary>
    public BenignTraffic.Sender DeliverAllBut(int oneIn, int seed)
    {
        var random = new Random(seed);
        var nextTellingNs = 0L;
        return (timeNs, message, from, to, passage) =>
        {
            if (timeNs >= nextTellingNs)
            {
                NowNs = Math.Max(NowNs, timeNs);
                nextTellingNs = timeNs + Second;
                Lose();
            }

            if (random.Next(oneIn) != 0)
            {
                Deliver(timeNs, message, from, to, passage);
            }
        };
    }

    /// <summary>A packet of a generator, which has its own clock.</summary>
    public void Deliver(long timeNs, byte[] message, Endpoint from, Endpoint to, Passage passage)
    {
        NowNs = Math.Max(NowNs, timeNs);
        Send(message, from, to, passage);
    }

    public Traffic Send(byte[] message, Endpoint from, Endpoint to, Passage passage) =>
        Send(message, from, to, isUndelivered: passage == Passage.Undelivered, isFragmented: passage == Passage.Fragmented, isHeld: passage == Passage.Held);

    public Traffic Finish()
    {
        pipeline.Flush();
        return this;
    }

    /// <param name="answers">Addresses; <c>@name</c> is an alias, <c>~address,address</c> a service with hints.</param>
    public static byte[] Message(string name, string answers, ushort id = 1, ushort type = RecordType.A, uint ttl = 300, ushort flags = 0x8180)
    {
        var message = new MessageBuilder(flags, id).Question(name, type);
        var owner = MessageBuilder.QuestionName;
        foreach (var word in answers.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (word[0] == '@')
            {
                message.Answer(owner, RecordType.CNAME, MessageBuilder.Name(word[1..]), ttl);
                owner = MessageBuilder.Name(word[1..]);
            }
            else if (word[0] == '~')
            {
                message.Answer(owner, RecordType.HTTPS, Service(word[1..].Split(',')), ttl);
            }
            else
            {
                message.Answer(owner, word.Contains(':') ? RecordType.AAAA : RecordType.A, MessageBuilder.Address(word), ttl);
            }
        }

        return message.ToArray();
    }

    /// <summary>Data of an SVCB or HTTPS record with these addresses as hints, IPv4 before IPv6; an empty one stands for alias mode.</summary>
    private static byte[] Service(string[] hints)
    {
        byte[] Parameter(byte key, bool v6)
        {
            byte[] value = [.. hints.Where(hint => hint.Length > 0 && hint.Contains(':') == v6).SelectMany(MessageBuilder.Address)];
            return value.Length == 0 ? [] : [0, key, 0, (byte)value.Length, .. value];
        }

        return [0, (byte)(hints.Contains("") ? 0 : 1), 0, .. Parameter(4, v6: false), .. Parameter(6, v6: true)];
    }

    public void Dispose() => pipeline.Dispose();
}
