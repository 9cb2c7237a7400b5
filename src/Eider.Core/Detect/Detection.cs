// Detect: holds every response against what was asked and what is usual. Pure: events in, in the order of the pipeline; alerts out.

using System.Runtime.CompilerServices;
using Eider.Core.Decode;
using Eider.Core.Detect.Detectors;

namespace Eider.Core.Detect;

/// <summary>Not thread-safe: called from the pipeline's thread.</summary>
public sealed class Detection
{
    private readonly EventClock clock = new();
    private readonly SensorGaps gaps = new();
    private readonly AnswerView view;
    private readonly Sighting sighting;
    private readonly AskedQuestions asked = new(DetectOptions.QuestionLimit);
    private readonly NameBaselines baselines = new();
    private readonly AlertDesk desk;
    private readonly NearMisses nearMisses;
    private readonly Strays strays;
    private readonly AskedServers servers = new();
    private readonly PortProbing probing;
    private readonly IcmpProbing icmp;
    private readonly ForcedFragments forced;
    private readonly Spelling spelling;
    private readonly Rebinding rebinding;
    private readonly Takeovers takeovers;
    private readonly HeldBack heldBack;
    private readonly Action<Sighting> early;
    private readonly BadAddresses badAddresses;
    private readonly Disagreements disagreements;

    // As delegates: calls through an interface that so many implement take twice as long.
    private readonly Action<Sighting>[] detectors;

    /// <param name="seed">Secret, so that nobody outside can choose names that fall into one place.</param>
    /// <param name="publish">Takes each alert; called from within <see cref="Observe"/> and <see cref="Flush"/>, and must not call back.</param>
    /// <param name="repeat">Takes each finding that is not told because it was told before, with the message that gave rise to it this time; the same holds for it.</param>
    /// <param name="ask">Takes each question for the second resolver of <see cref="DetectOptions.CrossCheck"/>, false where it cannot; the same holds for it. Answers come to <see cref="Observe(in CrossAnswer, long)"/>.</param>
    public Detection(DetectOptions options, ulong seed, Action<Alert> publish, Action<Alert, DnsEvent>? repeat = null, Func<CrossQuestion, bool>? ask = null)
        : this(options, seed, publish, repeat, ask, static detector => detector)
    {
    }

    /// <param name="around">Puts something around each detector, which is how they are measured.</param>
    internal Detection(
        DetectOptions options, ulong seed, Action<Alert> publish, Action<Alert, DnsEvent>? repeat, Func<CrossQuestion, bool>? ask, Func<IDetector, IDetector> around)
    {
        view = new AnswerView(seed);
        var suffixes = options.Suffixes ?? PublicSuffix.System;
        sighting = new Sighting(view, suffixes, seed);
        desk = new AlertDesk(options, Counters, seed, publish, repeat);
        nearMisses = new NearMisses(asked, baselines, desk, gaps);
        strays = new Strays(asked, desk, gaps);
        probing = new PortProbing(strays, servers, sighting, desk);
        icmp = new IcmpProbing(strays, asked, servers, sighting, desk, gaps);
        forced = new ForcedFragments(sighting, desk);
        spelling = new Spelling(asked, desk);
        var local = new LocalNames(options.InternalZones);
        rebinding = new Rebinding(baselines, desk, local, seed);
        takeovers = new Takeovers(baselines, desk);
        heldBack = new HeldBack(asked, desk);
        badAddresses = new BadAddresses(options.BadAddresses, desk);
        var protectedNames = new ProtectedNames(options.ProtectedNames, desk);
        disagreements = new Disagreements(options.CrossCheck, ask, local, protectedNames, sighting, desk);
        IDetector[] answers =
        [
            nearMisses, strays, spelling, new Fragments(desk), new Conflicts(asked, baselines, desk, gaps, Counters), rebinding, protectedNames, badAddresses,
            new Lifetimes(baselines, desk), new Bailiwick(desk, suffixes, seed), takeovers, disagreements,
        ];
        Finders = [.. answers, heldBack, probing, icmp, forced];
        detectors = [.. answers.Select(detector => (Action<Sighting>)around(detector).Examine)];
        early = around(heldBack).Examine;
        Counters.CountShed = () => asked.Shed + baselines.Shed + desk.Shed + servers.Shed + nearMisses.Shed + strays.Shed + probing.Shed + icmp.Shed + spelling.Shed
            + rebinding.Shed + takeovers.Shed + heldBack.Shed + disagreements.Shed;
    }

    public DetectCounters Counters { get; } = new();

    /// <summary>Of comparing with a second resolver; nothing counts without one.</summary>
    public CrossCheckCounters CrossCheck => disagreements.Counters;

    /// <summary>Names that are compared with what it says.</summary>
    public int CrossCheckedNames => disagreements.Names;

    /// <summary>Octets of everything that is remembered.</summary>
    public long StateBytes => SharedState.Sum(table => table.Bytes) + Finders.Sum(finder => finder.Bytes);

    /// <summary>All that find something: between them, every one of <see cref="Detections.All"/>.</summary>
    internal IReadOnlyList<IFinder> Finders { get; }

    /// <summary>What more than one of them needs.</summary>
    internal IReadOnlyList<(string Table, long Bytes)> SharedState => [("questions", asked.Bytes), ("baselines", baselines.Bytes), ("servers", servers.Bytes), ("told", desk.Bytes)];

    /// <summary>What is silent from now on. Any thread may set it.</summary>
    public MuteList Mutes
    {
        get => desk.Mutes;
        set => desk.Mutes = value;
    }

    /// <summary>What counts as bad from now on. Any thread may set it.</summary>
    public IReadOnlyList<AddressList> BadAddresses
    {
        get => badAddresses.Lists;
        set => badAddresses.Lists = value;
    }

    /// <summary>Takes any published event but alerts.</summary>
    public void Observe(Event published)
    {
        if (published is DnsEvent { Kind: EventKind.Transaction })
        {
            return; // has the time of its question, which is no sign of a clock that was set back
        }

        var nowNs = clock.Observe(published.TimeNs);
        desk.Advance(nowNs);
        icmp.Begin(nowNs);
        if (published is LossEvent)
        {
            gaps.Note(nowNs);
        }
        else if (published is DnsEvent { Transport: Transport.Udp, StandaloneReason: StandaloneReason.Malformed or StandaloneReason.None } packet && PortProbing.IsProbe(packet))
        {
            probing.Note(packet, nowNs);
        }
        else if (published is DnsEvent { Role: Role.Client } dns && IsOrdinary(dns))
        {
            // Answers are judged where they are received; the other end of an exchange within this node would only repeat it.
            if (dns.Kind == EventKind.Query)
            {
                view.ReadQuestion(dns.Message.Span);
                asked.Note(new(dns.Client.Address, view.Name, dns.QueryType ?? 0), dns, view, nowNs);
                servers.Note(dns.Client.Address, dns.Server.Address, nowNs);
            }
            else
            {
                Examine(dns, nowNs);
            }
        }
    }

    /// <summary>Takes what the sensor has counted.</summary>
    public void Observe(in PortProbes probes)
    {
        var nowNs = clock.Observe(probes.TimeNs);
        desk.Advance(nowNs);
        probing.Note(probes, nowNs);
    }

    /// <summary>The same.</summary>
    public void Observe(in IcmpErrors errors)
    {
        var nowNs = clock.Observe(errors.TimeNs);
        desk.Advance(nowNs);
        switch (errors.Kind)
        {
            case IcmpKind.ClosedPort:
                probing.Note(errors, nowNs);
                break;
            case IcmpKind.AnswerTooBig:
                forced.Note(errors, nowNs);
                break;
            default:
                icmp.Note(errors, nowNs);
                break;
        }
    }

    /// <summary>Takes what the second resolver said.</summary>
    public void Observe(in CrossAnswer answer, long timeNs)
    {
        var nowNs = clock.Observe(timeNs);
        desk.Advance(nowNs);
        disagreements.Note(answer, nowNs);
    }

    /// <summary>Lets time pass where nothing is published.</summary>
    public void Advance(long nowNs) => desk.Advance(clock.Observe(nowNs));

    /// <summary>Ends the input: final counts of what was found again since it was told.</summary>
    public void Flush() => desk.Flush();

    /// <summary>Multicast has no one to be spoofed; updates and transfers are not looked up.</summary>
    private static bool IsOrdinary(DnsEvent dns) =>
        dns.Kind is EventKind.Query or EventKind.Response
        && dns.StandaloneReason is not (StandaloneReason.Multicast or StandaloneReason.Duplicate or StandaloneReason.Malformed or StandaloneReason.OtherPort or StandaloneReason.Encrypted)
        && dns.Name is not null && dns.Message.Length > DnsHeader.Length && (dns.Message.Span[2] & 0x78) == 0
        && dns.QueryType is not (RecordType.AXFR or RecordType.IXFR);

    private void Examine(DnsEvent response, long nowNs)
    {
        // 1. Read: every record once, for all detectors.
        view.Read(response.Message.Span);
        sighting.Begin(response, nowNs);
        Counters.Examined++;
        Counters.Partial += view.IsPartial && response.Malformed is null ? 1 : 0; // a broken message ends where it breaks, and says so itself

        // 2. The question: whose it is, and whether the answer is Eider's own.
        ref var question = ref asked.Find(sighting.Question);
        var isKnown = !Unsafe.IsNullRef(ref question);
        if (isKnown && question.Last.IsDenied)
        {
            return;
        }

        if (isKnown && ReferenceEquals(response.Identity, Identity.Unknown))
        {
            sighting.Victim = question.Identity ?? Identity.Unknown;
        }

        early(sighting);
        if (response.Verdict is { Action: VerdictAction.Deny, Mode: VerdictMode.Enforce, Reason: VerdictReason.Held })
        {
            return; // nobody has believed it yet; it comes again if nothing better does
        }

        // 3. Examine.
        foreach (var examine in detectors)
        {
            examine(sighting);
        }

        // 4. Remember the first answer, and learn from what nothing is wrong with.
        if (response.StandaloneReason is StandaloneReason.None or StandaloneReason.Late)
        {
            Remember(response, isKnown);
        }
    }

    private void Remember(DnsEvent response, bool isKnown)
    {
        var key = new BaselineKey(response.Server.Address, view.Name, sighting.Question.Type);
        if (isKnown)
        {
            ref var question = ref asked.Find(sighting.Question);
            ref var ask = ref question.Last.Id == response.Id && question.Last.ClientPort == response.Client.Port ? ref question.Last : ref question.Before;
            ask.IsAnswered = true;
            question.First = AnswerDigests.Of(sighting);
            ref var baseline = ref baselines.Find(key);
            question.First.WasKnown = !Unsafe.IsNullRef(ref baseline) && baseline.KnowsAny(question.First);
        }

        if (!sighting.IsSuspicious && view.Header.Rcode == Rcode.NoError && !view.Header.Truncated)
        {
            baselines.Learn(key, sighting);
        }
    }
}
