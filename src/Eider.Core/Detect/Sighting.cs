// One response under examination: what the detectors are handed.

namespace Eider.Core.Detect;

/// <summary>Used again for each response; detectors keep nothing of it.</summary>
internal sealed class Sighting(AnswerView view, PublicSuffix suffixes, ulong seed)
{
    private ulong? domain;

    public DnsEvent Event { get; private set; } = null!;

    /// <summary>On the clock of events, which never goes back.</summary>
    public long NowNs { get; private set; }

    public AnswerView View { get; } = view;

    /// <summary>The question it answers, as its client asked it.</summary>
    public QuestionKey Question { get; private set; }

    /// <summary>Whom it was aimed at.</summary>
    public Identity Victim { get; set; } = Identity.Unknown;

    /// <summary>The server that was asked.</summary>
    public Endpoint Asked { get; set; }

    /// <summary>What the kernel has done about it.</summary>
    public AlertAction Action => HeldOther ? AlertAction.Dropped : Event.Verdict is not { Action: VerdictAction.Deny, Mode: VerdictMode.Enforce } ? AlertAction.None
        : Event.StandaloneReason == StandaloneReason.Denied ? AlertAction.Denied : AlertAction.Dropped;

    /// <summary>It is about another answer, which the kernel held back and this one came after.</summary>
    public bool HeldOther { get; set; }

    /// <summary>Something was found wrong with it, told or not: nothing is learnt from it.</summary>
    public bool IsSuspicious { get; set; }

    /// <summary>The client may have believed it, or would have had no policy denied it: it is the first answer, or came after it or late but fits the question.</summary>
    public bool IsBelievable => Event.StandaloneReason is StandaloneReason.None or StandaloneReason.Conflicting or StandaloneReason.Late or StandaloneReason.Denied;

    /// <summary>Hash of the registered domain of the name, or of the name itself where that has none. Found when it is asked for.</summary>
    public ulong Domain => domain ??= DomainOf(Event.Name ?? "");

    public void Begin(DnsEvent response, long nowNs)
    {
        (Event, NowNs, domain, IsSuspicious, HeldOther) = (response, nowNs, null, false, false);
        (Victim, Asked) = (response.Identity, response.Server);
        Question = new(response.Client.Address, View.Name, response.QueryType ?? 0);
    }

    /// <summary>What alerts are about is a message; of packets that are none there is one of no octets.</summary>
    /// <param name="identity">The client's; null where nothing is known of it.</param>
    public void BeginWithoutMessage(long timeNs, Endpoint client, Endpoint server, Identity? identity, long nowNs) => Begin(
        new DnsEvent
        {
            TimeNs = timeNs,
            EventKind = EventKind.Response,
            Role = Role.Client,
            Transport = Transport.Udp,
            Client = client,
            Server = server,
            Identity = identity ?? Identity.Unknown,
            WireLength = 0,
            Standalone = true,
            StandaloneReason = StandaloneReason.Malformed,
        },
        nowNs);

    public ReadOnlySpan<char> DomainText()
    {
        var name = Event.Name ?? "";
        var registered = suffixes.RegistrableDomain(name);
        return registered.IsEmpty ? name : registered;
    }

    private ulong DomainOf(string name)
    {
        var registered = suffixes.RegistrableDomain(name);
        return NameText.Hash(registered.IsEmpty ? name : registered, seed);
    }
}

/// <summary>What finds something, and what it remembers for that.</summary>
internal interface IFinder
{
    IReadOnlyList<DetectionKind> Finds { get; }

    /// <summary>Octets of what it alone remembers.</summary>
    long Bytes => 0;
}

/// <summary>Looks at responses one by one. Pure: the response, what has been seen before it, and its time in; alerts out.</summary>
internal interface IDetector : IFinder
{
    void Examine(Sighting sighting);
}
