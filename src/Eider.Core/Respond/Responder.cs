// Respond: what policies say is to be done about an alert, done before the alert is told, and told itself.

using System.Text;
using Eider.Bpf;
using Eider.Core.Decode;
using Eider.Core.Enrich;
using Eider.Core.Policy;

namespace Eider.Core.Respond;

public sealed record ResponderOptions
{
    /// <summary>Null where there are no policies: what is in force is kept, and nothing begins.</summary>
    public PolicyEngine? Policies { get; init; }

    public required BootClock Clock { get; init; }

    /// <summary>64 bits that nobody can guess, others each time.</summary>
    public required Func<ulong> Secret { get; init; }

    /// <summary>Takes one line for people, from any thread.</summary>
    public required Action<string> Log { get; init; }

    /// <summary>CLOCK_BOOTTIME, nanoseconds.</summary>
    public Func<ulong> NowNs { get; init; } = Bpf.Clock.BoottimeNs;
}

/// <summary>The stage. <see cref="Answer"/>, <see cref="SeenAgain"/> and <see cref="Advance"/> are for the pipeline's thread, the rest for any. Disposing leaves what is in force in force.</summary>
public sealed class Responder : IDisposable
{
    /// <summary>Between looks at whether policies and workloads are still what responses go by.</summary>
    private static readonly ulong LookNs = (ulong)TimeSpan.FromSeconds(1).TotalNanoseconds;

    /// <summary>Of one finding, which may be about many names of one domain.</summary>
    private const int MostToldAgain = 4;

    private readonly Lock gate = new();
    private readonly ResponseLedger ledger = new();
    private readonly ResponseMaps maps;
    private readonly ResponderOptions options;
    private readonly List<ActionEvent> untold = [];
    private ulong nextLookNs;

    /// <summary>Of the policies, when responses were last held against them.</summary>
    private object? edition;

    private Responder(Func<string, BpfMap> map, ResponderOptions options)
    {
        this.options = options;
        maps = new ResponseMaps(map, options.Secret);
        foreach (var response in maps.Adopt(options.NowNs()))
        {
            ledger.Adopt(response);
        }
    }

    /// <summary>Takes over what an earlier agent has left in force.</summary>
    /// <param name="map">Finds a map of the loaded kernel object by its name. Maps stay the caller's, and must outlive this.</param>
    /// <exception cref="BpfException">A map cannot be used.</exception>
    public static Responder Create(Func<string, BpfMap> map, ResponderOptions options) => new(map, options);

    /// <summary>In force, and dry runs, the ones that end first coming first; as if they had just started.</summary>
    public IReadOnlyList<ActiveResponse> Active
    {
        get
        {
            lock (gate)
            {
                return [.. ledger.Active.OrderBy(response => response.UntilNs)];
            }
        }
    }

    /// <summary>Since the start.</summary>
    public long Refused
    {
        get
        {
            lock (gate)
            {
                return ledger.Refused;
            }
        }
    }

    /// <summary>Does what policies say about an alert.</summary>
    /// <param name="told">The alert with what was done in it.</param>
    public IReadOnlyList<ActionEvent> Answer(Alert alert, out Alert told)
    {
        told = alert;
        var events = Take(alert, alert.About);
        foreach (var step in events.Where(step => step.AlertId == alert.Id && step.Step is ResponseStep.Started or ResponseStep.DryRun or ResponseStep.Refused).Concat(Earlier(alert, events)))
        {
            told = told.RespondedTo(step);
        }

        return events;
    }

    /// <summary>Does what policies say about a finding that was told before and is not told this time.</summary>
    /// <param name="about">The message this time.</param>
    public IReadOnlyList<ActionEvent> SeenAgain(Alert alert, DnsEvent about) => Take(alert, about);

    /// <summary>Lets time pass.</summary>
    public IReadOnlyList<ActionEvent> Advance()
    {
        lock (gate)
        {
            var nowNs = options.NowNs();
            if (nowNs >= nextLookNs)
            {
                nextLookNs = nowNs + LookNs;
                EndOver(nowNs);
                LiftUnfounded();
            }

            if (untold.Count == 0)
            {
                return [];
            }

            ActionEvent[] events = [.. untold];
            untold.Clear();
            return events;
        }
    }

    /// <summary>Ends a response before its time. It is told a moment later.</summary>
    /// <returns>Null where there is none with this id.</returns>
    /// <exception cref="BpfException">The kernel refused; it lasts.</exception>
    public ActiveResponse? Lift(string id, string why)
    {
        lock (gate)
        {
            if (ledger.Active.FirstOrDefault(response => response.Id == id) is not { } response)
            {
                return null;
            }

            End(response, () => ledger.Lift(id, why));
            return response;
        }
    }

    public void Dispose() => maps.Dispose();

    /// <summary>As it is told.</summary>
    public ActionEvent EventOf(in ResponseTurn turn) => new()
    {
        TimeNs = options.Clock.ToUnixNs(options.NowNs()),
        Id = turn.Response.Id,
        Step = turn.Step,
        Action = turn.Response.Target.Action,
        Name = turn.Response.Target.Name.Length == 0 ? null : WireNames.ToText(Encoding.Latin1.GetBytes(turn.Response.Target.Name)),
        Resolvers = turn.Response.Resolver is { } resolver ? [.. new[] { resolver.V4, resolver.V6 }.OfType<Endpoint>()] : [],
        Workload = turn.Response.Workload,
        WorkloadCgroup = turn.Response.CgroupId,
        Identity = turn.Response.Identity,
        Policy = turn.Response.Policy,
        Rule = $"respond[{turn.Response.Rule}]",
        Detection = turn.Response.Detection,
        AlertId = turn.Response.AlertId,
        StartedNs = options.Clock.ToUnixNs(turn.Response.SinceNs),
        UntilNs = options.Clock.ToUnixNs(turn.Response.UntilNs),
        Why = turn.Why,
    };

    private ActionEvent[] Take(Alert alert, DnsEvent about)
    {
        if (options.Policies is not { } policies || !policies.RespondsTo(alert.Detection) || about.Identity.Cgroup is not { Id: > 0 and var cgroup }
            || policies.FindResponding(cgroup, about.Identity.User?.Uid) is not { } workload)
        {
            return [];
        }

        lock (gate)
        {
            var nowNs = options.NowNs();
            EndOver(nowNs);
            var name = QuestionOf(about.Message.Span);
            var turns = ledger.Take(alert, about, name, workload, () => policies.IsAllowedByName(workload.Posture, name!, about.QueryType ?? 0, alert.Server.Address), nowNs);
            ActionEvent[] events = [.. untold, .. turns.Select(turn => Do(turn, nowNs)).OfType<ResponseTurn>().Select(turn => EventOf(turn))];
            untold.Clear();
            return events;
        }
    }

    /// <summary>What is in force because of an alert that is told again.</summary>
    private IEnumerable<ActionEvent> Earlier(Alert alert, ActionEvent[] now)
    {
        if (alert.Count == 1)
        {
            return [];
        }

        lock (gate)
        {
            return [.. ledger.Active.Where(response => response.AlertId == alert.Id && !now.Any(step => step.Id == response.Id))
                .Select(response => EventOf(new ResponseTurn(response.IsDryRun ? ResponseStep.DryRun : ResponseStep.Started, response))).Take(MostToldAgain)];
        }
    }

    /// <returns>What came of it; null where that is not told.</returns>
    private ResponseTurn? Do(ResponseTurn turn, ulong nowNs)
    {
        if (turn.Step is not (ResponseStep.Started or ResponseStep.Extended))
        {
            return turn;
        }

        try
        {
            maps.Put(turn.Response);
            return turn;
        }
        catch (BpfException refused)
        {
            options.Log($"response {turn.Response.Id} is not in force: {refused.Message}");
            return ledger.TakeBack(turn.Response, refused.Message, nowNs);
        }
    }

    private void EndOver(ulong nowNs)
    {
        foreach (var turn in ledger.Advance(nowNs))
        {
            // The kernel has ended it by itself; what is left of it does nothing.
            RemoveQuietly(turn.Response);
            untold.Add(EventOf(turn));
        }
    }

    /// <summary>Ends what no policy says any more, and what was for a workload that is gone.</summary>
    private void LiftUnfounded()
    {
        if (options.Policies is not { } policies || ledger.Active.Count == 0)
        {
            return;
        }

        var isChanged = !ReferenceEquals(policies.Edition, edition);
        edition = policies.Edition;
        foreach (var response in ledger.Active.ToArray())
        {
            if (policies.WhyUnfounded(response, isChanged) is { } why)
            {
                try
                {
                    End(response, () => ledger.Lift(response.Id, why));
                }
                catch (BpfException refused)
                {
                    options.Log($"response {response.Id} cannot be lifted: {refused.Message}");
                }
            }
        }
    }

    private void End(ActiveResponse response, Func<ResponseTurn?> end)
    {
        if (!response.IsDryRun)
        {
            maps.Remove(response, ledger.Active.Where(other => other != response));
        }

        if (end() is { } turn)
        {
            untold.Add(EventOf(turn));
        }
    }

    private void RemoveQuietly(ActiveResponse response)
    {
        try
        {
            maps.Remove(response, ledger.Active);
        }
        catch (BpfException refused)
        {
            options.Log($"response {response.Id} is over and cannot be removed: {refused.Message}");
        }
    }

    /// <summary>The name that was asked for, as on the wire in lower case; null where there is none that can be read.</summary>
    private static byte[]? QuestionOf(ReadOnlySpan<byte> message)
    {
        if (message.Length <= DnsHeader.Length)
        {
            return null;
        }

        var question = message[DnsHeader.Length..];
        var at = 0;
        while (at < question.Length && question[at] is > 0 and < 64)
        {
            at += question[at] + 1;
        }

        if (at >= question.Length || question[at] != 0 || at >= DnsName.MaxWireLength)
        {
            return null;
        }

        var name = new byte[at + 1];
        WireNames.Fold(question[..(at + 1)], name);
        return name;
    }
}
