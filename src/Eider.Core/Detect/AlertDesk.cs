// Where alerts are told once: repetitions are counted and told at growing intervals, but a new victim, attacker or domain is always told.

using System.Globalization;
using System.Runtime.CompilerServices;

namespace Eider.Core.Detect;

/// <summary>What makes two findings the same one.</summary>
internal readonly record struct FindingKey(int Detection, IpAddress Victim, ulong Workload, IpAddress Source, ulong Domain)
{
    public override int GetHashCode() => HashCode.Combine(Detection, Victim.Value, Workload, Source.Value, Domain);
}

internal struct Finding
{
    public long Count;
    public long Told;
    public long FirstNs;
    public long LastNs;
    public long ToldNs;
    public long IntervalNs;
    public AlertSeverity Severity;
    public AlertAction Action;
    public PacketDeeds Deeds;
    public Alert? Last;
}

/// <summary>Sources and domains of one victim under one detection, so that a forger who invents them does not get an alert for each.</summary>
internal readonly record struct CrowdKey(int Detection, IpAddress Victim, ulong Workload)
{
    public override int GetHashCode() => HashCode.Combine(Detection, Victim.Value, Workload);
}

internal struct Crowd
{
    public long SinceNs;
    public int Told;
}

internal sealed class AlertDesk(DetectOptions options, DetectCounters counters, ulong seed, Action<Alert> publish, Action<Alert, DnsEvent>? repeat = null)
{
    /// <summary>Findings about longer messages are not kept for a last count: it would take more memory than they are worth.</summary>
    private const int LongestKept = 1500;

    /// <summary>Of an alert that is kept, with its message.</summary>
    private const int KeptBytes = 2000;

    private const long Second = 1_000_000_000;

    /// <summary>The first repetitions are told after this long; then twice as long each time. Long enough for a person to have read the first.</summary>
    internal const long FirstIntervalNs = 60 * Second;

    /// <summary>An attack that goes on is still told several times a day.</summary>
    internal const long LongestIntervalNs = 6 * 3600 * Second;

    /// <summary>Of one victim under one detection, sources and domains told each by itself in <see cref="CrowdWindowNs"/>; more are one crowd. More than
    /// a person reads, fewer than a forger can invent.</summary>
    internal const int CrowdLimit = 32;

    internal const long CrowdWindowNs = 600 * Second;

    /// <summary>Between looks at what is due without having been found again.</summary>
    private const long LookNs = Second;

    private readonly BoundedTable<FindingKey, Finding> findings = new(DetectOptions.FindingLimit);
    private readonly BoundedTable<CrowdKey, Crowd> crowds = new(DetectOptions.FindingLimit / 4);
    private volatile MuteList mutes = options.Mutes;
    private long nextLookNs = long.MinValue;
    private readonly bool[] isOff = [.. Detections.All.Select(kind => options.Off.Contains(kind.Id))];

    public long Bytes => findings.Bytes + crowds.Bytes + ((long)findings.Count * KeptBytes);

    public long Shed => findings.Shed + crowds.Shed;

    /// <summary>Any thread may set it.</summary>
    public MuteList Mutes
    {
        get => mutes;
        set => mutes = value;
    }

    public bool IsOn(DetectionKind kind) => !isOff[kind.Index];

    /// <summary>A draft where this finding is to be told now; null where it is only counted. Either way the sighting becomes suspicious.</summary>
    public AlertDraft? Draft(DetectionKind kind, Sighting sighting, AlertSeverity severity)
    {
        if (isOff[kind.Index])
        {
            return null;
        }

        sighting.IsSuspicious = true;
        counters.Found++;
        if (mutes.Find(kind.Id, sighting.Event, sighting.Victim) is not null)
        {
            // Before it is remembered: what is silent must not stand in the way of what is not, nor of itself once the mute is over.
            counters.Muted++;
            return null;
        }

        var key = KeyOf(kind, sighting);
        if (Unsafe.IsNullRef(ref findings.Find(key)) && IsCrowded(kind, key, sighting.NowNs))
        {
            key = key with { Source = default, Domain = 0 };
        }

        ref var finding = ref findings.Touch(key, out var isNew);
        finding.Count++;
        finding.LastNs = sighting.Event.TimeNs;
        finding.Deeds = (isNew ? default : finding.Deeds).With(sighting.Action, sighting.Event.IsUndelivered);
        if (isNew)
        {
            finding = new Finding { Count = 1, Deeds = finding.Deeds, FirstNs = sighting.Event.TimeNs, LastNs = sighting.Event.TimeNs, IntervalNs = FirstIntervalNs };
        }
        else if (severity <= finding.Severity && !IsLetThrough(finding, sighting) && sighting.NowNs - finding.ToldNs < finding.IntervalNs)
        {
            counters.Repeated++;
            if (finding.Last is { } last)
            {
                repeat?.Invoke(last, sighting.Event);
            }

            return null;
        }
        else
        {
            finding.IntervalNs = Math.Min(finding.IntervalNs * 2, LongestIntervalNs);
        }

        finding.Action = isNew || IsLetThrough(finding, sighting) ? sighting.Action : finding.Action;
        (finding.Severity, finding.ToldNs, finding.Told) = (severity, sighting.NowNs, finding.Count);
        return new AlertDraft(this, kind, sighting, severity, key, finding);
    }

    /// <summary>Tells the counts of what was found again until its interval was over, and then no more: nothing else would.</summary>
    public void Advance(long nowNs)
    {
        if (nowNs < nextLookNs)
        {
            return;
        }

        nextLookNs = nowNs + LookNs;
        TellUntold(nowNs, finding => nowNs - finding.ToldNs >= finding.IntervalNs + LookNs);
    }

    /// <summary>Tells the final counts of what was found again since it was told last.</summary>
    public void Flush() => TellUntold(nextLookNs, static _ => true);

    internal void Publish(Alert alert, in FindingKey key)
    {
        ref var finding = ref findings.Touch(key, out _);
        finding.Last = alert.About.Message.Length <= LongestKept ? alert : null;
        counters.Alerts++;
        publish(alert);
    }

    private void TellUntold(long nowNs, Predicate<Finding> isDue)
    {
        List<FindingKey>? due = null;
        foreach (var (key, entry) in findings.OldestFirst())
        {
            if (entry.Count > entry.Told && entry.Last is not null && isDue(entry))
            {
                (due ??= []).Add(key);
            }
        }

        foreach (var key in due ?? [])
        {
            ref var finding = ref findings.Find(key);
            (finding.Told, finding.ToldNs, finding.IntervalNs) = (finding.Count, nowNs, Math.Min(finding.IntervalNs * 2, LongestIntervalNs));
            var alert = Alert.Again(finding.Last!, finding.Count, finding.LastNs, finding.Deeds.In(finding.Last!.Evidence));
            if (mutes.Find(alert.Detection, alert.About, alert.Identity) is null)
            {
                counters.Alerts++;
                publish(alert);
            }
        }
    }

    private FindingKey KeyOf(DetectionKind kind, Sighting sighting)
    {
        var workload = WorkloadName.Of(sighting.Victim) is { } name ? NameText.Hash(name, seed) : 0;
        return new(kind.Index, sighting.Event.Client.Address, workload, sighting.Event.Server.Address, sighting.Domain);
    }

    /// <summary>The first of a finding that got through is told at once; that others are stopped again is not, or a forger who alternates would be told of every time.</summary>
    private static bool IsLetThrough(in Finding finding, Sighting sighting) => finding.Action != AlertAction.None && sighting.Action == AlertAction.None;

    private bool IsCrowded(DetectionKind kind, in FindingKey key, long nowNs)
    {
        ref var crowd = ref crowds.Touch(new(kind.Index, key.Victim, key.Workload), out var isNew);
        if (isNew || nowNs - crowd.SinceNs >= CrowdWindowNs)
        {
            crowd = new Crowd { SinceNs = nowNs };
        }

        return ++crowd.Told > CrowdLimit;
    }
}

/// <summary>An alert in the making.</summary>
internal sealed class AlertDraft(AlertDesk desk, DetectionKind kind, Sighting sighting, AlertSeverity severity, FindingKey key, Finding finding)
{
    private readonly List<Evidence> evidence = [];

    public AlertDraft With(string name, string? value)
    {
        if (value is not null)
        {
            evidence.Add(new(name, value));
        }

        return this;
    }

    public AlertDraft With(string name, long value) => With(name, value.ToString(CultureInfo.InvariantCulture));

    public AlertDraft With(string name, Endpoint value) => With(name, value.ToString());

    /// <param name="confidence">Per cent.</param>
    /// <param name="summary">One sentence without a final stop.</param>
    public void Send(int confidence, string summary)
    {
        if (sighting.Event.Verdict is { Action: VerdictAction.Deny, Mode: VerdictMode.Audit, Policy: { } policy } tried)
        {
            With("audit", $"policy {policy}, {tried.Rule} would keep it from its socket");
        }

        var about = ReferenceEquals(sighting.Event.Identity, sighting.Victim) ? sighting.Event : sighting.Event.Of(sighting.Victim);
        desk.Publish(
            new Alert
            {
                TimeNs = about.TimeNs,
                Id = AlertId.Of(kind.Id, about, key.Domain == 0 ? "" : sighting.DomainText(), key.Source, finding.FirstNs),
                Detection = kind.Id,
                Severity = severity,
                Confidence = confidence,
                Summary = summary,
                About = about,
                Identity = sighting.Victim,
                Server = sighting.Asked,
                Source = about.Server,
                Evidence = finding.Deeds.In(evidence),
                Action = sighting.Action,
                Count = finding.Count,
                FirstNs = finding.FirstNs,
                Mute = MuteText.For(kind.Id, sighting),
            },
            key);
    }
}
