// What a stretch of DNS traffic was made of, in fixed memory: the numbers behind `eider replay` and `eider top`.

using Eider.Core;
using Eider.Core.Statistics;
using Eider.Output;

namespace Eider.Replay;

/// <summary>Counts events as they pass. Not safe for concurrent use.</summary>
public sealed class TrafficSummary
{
    /// <summary>Counters for each kind of key: the most frequent ones are exact unless there are many more keys than this.</summary>
    private const int Counters = 4096;

    public long Queries { get; private set; }

    public long Responses { get; private set; }

    public long Transactions { get; private set; }

    public long Unanswered { get; private set; }

    public long NotFollowed { get; private set; }

    public long Retries { get; private set; }

    public long Standalone { get; private set; }

    /// <summary>Exchanges whose query policy denied.</summary>
    public long Denied { get; private set; }

    /// <summary>Exchanges whose query an audited policy would have denied.</summary>
    public long WouldBeDenied { get; private set; }

    public long Malformed { get; private set; }

    /// <summary>Sum of the counts of loss events.</summary>
    public long Lost { get; private set; }

    /// <summary>Time of the first and of the last event, nanoseconds since the Unix epoch; null when there was none.</summary>
    public (long First, long Last)? Span { get; private set; }

    public LatencyHistogram Latency { get; } = new();

    public SpaceSaving<string> Rcodes { get; } = new(Counters);

    public SpaceSaving<string> Types { get; } = new(Counters);

    public SpaceSaving<string> Names { get; } = new(Counters, StringComparer.OrdinalIgnoreCase);

    public SpaceSaving<string> Clients { get; } = new(Counters);

    public SpaceSaving<string> Servers { get; } = new(Counters);

    public SpaceSaving<string> Processes { get; } = new(Counters);

    public SpaceSaving<string> Standing { get; } = new(Counters);

    /// <summary>Alerts, each as often as it was told.</summary>
    public SpaceSaving<string> Findings { get; } = new(Counters);

    /// <summary>Kinds of damage.</summary>
    public SpaceSaving<string> Faults { get; } = new(Counters);

    /// <summary>The first event of each kind of damage.</summary>
    public Dictionary<string, EventRow> FaultExamples { get; } = new();

    public void Add(EventRow row)
    {
        if (row.Kind == EventKind.Loss)
        {
            Lost += row.LossCount;
            return;
        }

        if (row.Finding is { } finding)
        {
            Findings.Add(finding);
            return;
        }

        Span = Span is { } span ? (Math.Min(span.First, row.TimeNs), Math.Max(span.Last, row.TimeNs)) : (row.TimeNs, row.TimeNs);
        CountFault(row);
        switch (row.Kind)
        {
            case EventKind.Query:
                Queries++;
                break;
            case EventKind.Response:
                Responses++;
                break;
            default:
                CountTransaction(row);
                break;
        }

        if (row.Standalone is { } reason)
        {
            Standalone++;
            Standing.Add(reason);
        }
    }

    private void CountTransaction(EventRow row)
    {
        Transactions++;
        Retries += row.Retries;
        Unanswered += row.Unanswered ? 1 : 0;
        NotFollowed += row.NotFollowed ? 1 : 0;
        Denied += row is { Denial: not null, IsAudit: false } ? 1 : 0;
        WouldBeDenied += row is { Denial: not null, IsAudit: true } ? 1 : 0;
        if (row.LatencyNs is { } latency)
        {
            Latency.Record(latency);
        }

        Rcodes.Add(row.Rcode ?? (row.Unanswered ? "no answer" : "not followed"));
        Types.Add(row.Type ?? "-");
        Names.Add(row.Name ?? "-");
        Clients.Add(row.Client);
        Servers.Add(row.Server);
        if (row.Comm is { } comm)
        {
            Processes.Add(row.Workload is { } workload ? $"{comm} ({workload})" : comm);
        }
    }

    /// <summary>Of messages only: an exchange would count the damage of its response again.</summary>
    private void CountFault(EventRow row)
    {
        if (row.Fault is not { } fault || row.Kind == EventKind.Transaction)
        {
            return;
        }

        Malformed++;
        var what = fault[..fault.LastIndexOf(" at ", StringComparison.Ordinal)];
        Faults.Add(what);
        if (FaultExamples.Count < Counters)
        {
            FaultExamples.TryAdd(what, row);
        }
    }
}
