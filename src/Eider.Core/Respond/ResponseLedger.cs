// Which responses are in force, and what an alert changes about that. Pure: alerts, policies and time in, steps out.

using Eider.Core.Detect;
using Eider.Core.Policy;

namespace Eider.Core.Respond;

/// <summary>Not thread-safe. Times are of CLOCK_BOOTTIME, nanoseconds.</summary>
public sealed class ResponseLedger
{
    /// <summary>EIDER_MAX_RESPONSES of bpf/lib/respond.h.</summary>
    public const int Limit = 4096;

    /// <summary>Of one workload: who provokes alerts must not take the room for the responses of others.</summary>
    public const int WorkloadLimit = 256;

    /// <summary>What is found again and again prolongs a response so far, and then begins another, which is told anew.</summary>
    public static readonly TimeSpan LongestTotal = TimeSpan.FromDays(7);

    /// <summary>Refusals of one workload are told once in this time.</summary>
    private static readonly ulong RefusalIntervalNs = NsOf(TimeSpan.FromMinutes(1));

    private readonly Dictionary<ResponseTarget, ActiveResponse> active = [];
    private readonly Dictionary<uint, int> perWorkload = [];
    private readonly Dictionary<uint, ulong> refusedAt = [];

    /// <summary>Dry runs too.</summary>
    public IReadOnlyCollection<ActiveResponse> Active => active.Values;

    /// <summary>Refused since the start, told or not.</summary>
    public long Refused { get; private set; }

    /// <summary>What is to be done about an alert.</summary>
    /// <param name="about">The message that gave rise to it this time.</param>
    /// <param name="wireName">Of its question, in lower case; null where it has none.</param>
    /// <param name="isAllowedByName">Whether a rule allows the name to the workload; asked only where it matters.</param>
    public IReadOnlyList<ResponseTurn> Take(
        Alert alert, DnsEvent about, byte[]? wireName, RespondingWorkload workload, Func<bool> isAllowedByName, ulong nowNs)
    {
        List<ResponseTurn>? turns = null;
        foreach (var policy in workload.Policies)
        {
            for (var rule = 0; rule < policy.Respond.Count; rule++)
            {
                if (policy.Respond[rule].IsFor(alert) && Wanted(alert, wireName, workload, policy, rule, nowNs) is { } wanted
                    && Decide(wanted, policy.Respond[rule], about, isAllowedByName, nowNs) is { } turn)
                {
                    (turns ??= []).Add(turn);
                }
            }
        }

        return turns ?? [];
    }

    /// <summary>Takes back what <see cref="Take"/> has started and could not be done.</summary>
    public ResponseTurn? TakeBack(ActiveResponse started, string why, ulong nowNs)
    {
        Remove(started);
        return Refuse(started, why, nowNs);
    }

    /// <summary>Takes over what an earlier agent has left in force.</summary>
    public void Adopt(ActiveResponse response) => Put(response);

    /// <summary>Ends what is over.</summary>
    public IReadOnlyList<ResponseTurn> Advance(ulong nowNs)
    {
        List<ResponseTurn>? turns = null;
        foreach (var response in active.Values.Where(response => response.UntilNs <= nowNs).ToArray())
        {
            Remove(response);
            if (!response.IsDryRun)
            {
                (turns ??= []).Add(new ResponseTurn(ResponseStep.Ended, response));
            }
        }

        return turns ?? [];
    }

    /// <summary>Ends one before its time.</summary>
    /// <returns>Null where there is none with this id.</returns>
    public ResponseTurn? Lift(string id, string why)
    {
        if (active.Values.FirstOrDefault(response => response.Id == id) is not { } response)
        {
            return null;
        }

        Remove(response);
        return new ResponseTurn(ResponseStep.Lifted, response, why);
    }

    private static ulong NsOf(TimeSpan time) => (ulong)time.Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>Null where the response has nothing to be about.</summary>
    private static ActiveResponse? Wanted(Alert alert, byte[]? wireName, RespondingWorkload workload, DnsPolicy policy, int index, ulong nowNs)
    {
        var rule = policy.Respond[index];
        if (rule.Action == ResponseAction.DenyName && wireName is not { Length: > 1 })
        {
            return null; // the root is nobody's name
        }

        var name = rule.Action == ResponseAction.DenyName ? string.Create(wireName!.Length, wireName, static (text, octets) => System.Text.Encoding.Latin1.GetChars(octets, text)) : "";
        return new ActiveResponse
        {
            Target = new ResponseTarget(workload.Number, rule.Action, name),
            Id = AlertId.OfResponse(workload.CgroupId, rule.Action, name, nowNs),
            IsDryRun = rule.Mode == RespondMode.DryRun || policy.Mode == PolicyMode.Audit,
            CgroupId = workload.CgroupId,
            Workload = WorkloadName.Of(alert.Identity) ?? workload.CgroupPath,
            Identity = alert.Identity,
            Resolver = rule.Resolver,
            Policy = policy.FullName,
            Rule = index,
            Detection = alert.Detection,
            AlertId = alert.Id,
            SinceNs = nowNs,
            UntilNs = nowNs + NsOf(rule.For),
        };
    }

    private ResponseTurn? Decide(ActiveResponse wanted, RespondRule rule, DnsEvent about, Func<bool> isAllowedByName, ulong nowNs)
    {
        if (wanted.Target.Action == ResponseAction.DenyName && WhyNotDenied(wanted, about, isAllowedByName) is { } why)
        {
            return Refuse(wanted, why, nowNs);
        }

        if (active.TryGetValue(wanted.Target, out var present) && present.UntilNs > nowNs && (wanted.IsDryRun || !present.IsDryRun))
        {
            return Extend(present, wanted, NsOf(rule.For));
        }

        if (present is null && WhyNoRoom(wanted.Target.Workload) is { } full)
        {
            return Refuse(wanted, full, nowNs);
        }

        Put(wanted);
        return new ResponseTurn(wanted.IsDryRun ? ResponseStep.DryRun : ResponseStep.Started, wanted);
    }

    private static string? WhyNotDenied(ActiveResponse wanted, DnsEvent about, Func<bool> isAllowedByName)
    {
        // The policy's reader refuses such a response; one that is taken in by another way must not be believed.
        if (Detections.All.FirstOrDefault(kind => kind.Id == wanted.Detection) is not { TellsOfContent: true })
        {
            return "whoever can send packets to the workload could have any name denied to it";
        }

        return !IsFitting(about) ? "the answer was not one that the workload would have believed"
            : isAllowedByName() ? "a rule allows the name"
            : null;
    }

    /// <summary>Whether it was the first answer to an open question by server, port, id and name, whatever was made of what it says.</summary>
    private static bool IsFitting(DnsEvent about) =>
        about is { EventKind: EventKind.Response, StandaloneReason: StandaloneReason.None }
        || about is { EventKind: EventKind.Response, StandaloneReason: StandaloneReason.Denied, Verdict.Reason: VerdictReason.Private or VerdictReason.Alias };

    private string? WhyNoRoom(uint workload) =>
        active.Count >= Limit ? $"{Limit} responses are in force"
        : perWorkload.GetValueOrDefault(workload) >= WorkloadLimit ? $"{WorkloadLimit} responses are in force for the workload"
        : null;

    /// <summary>To the full time from now, and only when half of it is over: what is found a thousand times a second is not told a thousand times.</summary>
    private ResponseTurn? Extend(ActiveResponse present, ActiveResponse wanted, ulong forNs)
    {
        var untilNs = Math.Min(wanted.UntilNs, present.SinceNs + NsOf(LongestTotal));
        if (present.Policy != wanted.Policy || present.Rule != wanted.Rule || present.IsDryRun || untilNs < present.UntilNs + (forNs / 2))
        {
            return null;
        }

        var extended = present with { UntilNs = untilNs };
        active[present.Target] = extended;
        return new ResponseTurn(ResponseStep.Extended, extended);
    }

    private ResponseTurn? Refuse(ActiveResponse wanted, string why, ulong nowNs)
    {
        Refused++;
        if (refusedAt.TryGetValue(wanted.Target.Workload, out var toldNs) && nowNs < toldNs + RefusalIntervalNs)
        {
            return null;
        }

        if (refusedAt.Count >= Limit)
        {
            refusedAt.Clear();
        }

        refusedAt[wanted.Target.Workload] = nowNs;
        return new ResponseTurn(ResponseStep.Refused, wanted, why);
    }

    private void Put(ActiveResponse response)
    {
        if (!active.ContainsKey(response.Target))
        {
            perWorkload[response.Target.Workload] = perWorkload.GetValueOrDefault(response.Target.Workload) + 1;
        }

        active[response.Target] = response;
    }

    private void Remove(ActiveResponse response)
    {
        if (active.Remove(response.Target))
        {
            var left = perWorkload[response.Target.Workload] - 1;
            if (left == 0)
            {
                perWorkload.Remove(response.Target.Workload);
            }
            else
            {
                perWorkload[response.Target.Workload] = left;
            }
        }
    }
}
