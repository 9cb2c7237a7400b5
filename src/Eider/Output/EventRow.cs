// What a person sees of one event: the words that tables, compact lines and live statistics are made of.

using System.Globalization;
using Eider.Core;
using Eider.Core.Decode;

namespace Eider.Output;

/// <summary>An event in words. Every string is escaped for a terminal; null where the event has no such part. Made from an event in this process
/// (<see cref="From"/>) or from its JSON (<see cref="EventRowReader"/>). Immutable.</summary>
public sealed record EventRow
{
    public required long TimeNs { get; init; }

    public required EventKind Kind { get; init; }

    public Role Role { get; init; }

    public int? Pid { get; init; }

    public string? Comm { get; init; }

    /// <summary>The pod, else the container, else the unit, else the user.</summary>
    public string? Workload { get; init; }

    public string Client { get; init; } = "";

    public string Server { get; init; } = "";

    public string? Name { get; init; }

    public string? Type { get; init; }

    public string? Rcode { get; init; }

    /// <summary>Data of the first answer of the type asked for, else of the first, and how many more there are, e.g. <c>192.0.2.7 +1</c>.</summary>
    public string? Answer { get; init; }

    public long? LatencyNs { get; init; }

    public bool Unanswered { get; init; }

    public bool NotFollowed { get; init; }

    /// <summary>Why no transaction speaks for this message, e.g. <c>duplicate</c>.</summary>
    public string? Standalone { get; init; }

    public int Retries { get; init; }

    /// <summary><c>compression pointer loops at 12</c>.</summary>
    public string? Fault { get; init; }

    /// <summary>Who denied the query, or would have: see <see cref="VerdictText"/>. Null where nobody did.</summary>
    public string? Denial { get; init; }

    /// <summary>True where the denial was only recorded: the query went on.</summary>
    public bool IsAudit { get; init; }

    public string? LossReason { get; init; }

    public long LossCount { get; init; }

    /// <summary>Of an alert, as the next are.</summary>
    public string? AlertId { get; init; }

    public string? Severity { get; init; }

    public string? Detection { get; init; }

    public string? Summary { get; init; }

    /// <summary>What was done about it; null where nothing was.</summary>
    public string? Action { get; init; }

    /// <summary>Of a response to an alert: see <see cref="ActionText"/>.</summary>
    public string? Deed { get; init; }

    /// <summary>Of an alert: <c>high dns.answer.conflict</c> and its summary.</summary>
    public string? Finding => Detection is null ? null : $"{Severity} {Detection}: {Summary}";

    /// <summary>Of an alert: times it was found.</summary>
    public long FindingCount { get; init; }

    /// <summary><c>curl[1234]</c>, or <c>-</c>.</summary>
    public string Process => Pid is { } pid ? string.Create(CultureInfo.InvariantCulture, $"{Comm}[{pid}]") : "-";

    public static EventRow From(Event published) => published switch
    {
        DnsEvent dns => FromDns(dns),
        LossEvent loss => new() { TimeNs = loss.TimeNs, Kind = EventKind.Loss, LossReason = TerminalText.Escape(loss.Reason), LossCount = loss.Count },
        Alert alert => FromAlert(alert),
        ActionEvent action => FromAction(action),
        _ => throw new NotSupportedException($"no row for {published.GetType()}"),
    };

    internal static string WorkloadOf(Identity identity) => TerminalText.Escape(identity switch
    {
        { Pod: { Name: { } name } pod } => $"{pod.Namespace}/{name}",
        { Pod: { } pod } => $"pod {pod.Uid}",
        { ContainerId: { } id } => $"container {(id.Length > 12 ? id[..12] : id)}",
        { Unit: { } unit } => unit,
        { User: { } user } => user.Name ?? string.Create(CultureInfo.InvariantCulture, $"uid {user.Uid}"),
        _ => "",
    });

    internal static string FaultOf(string what, int offset) => string.Create(CultureInfo.InvariantCulture, $"{TerminalText.Escape(what)} at {offset}");

    /// <param name="type">Of the answer that <paramref name="data"/> is from.</param>
    /// <param name="count">Answers in all.</param>
    internal static string AnswerOf(string type, string data, string? asked, int count)
    {
        var shown = TerminalText.Escape(type == asked ? data : $"{type} {data}");
        return count == 1 ? shown : string.Create(CultureInfo.InvariantCulture, $"{shown} +{count - 1}");
    }

    private static EventRow FromAction(ActionEvent action) => new()
    {
        TimeNs = action.TimeNs,
        Kind = EventKind.Action,
        Pid = action.Identity.Process?.Pid,
        Comm = action.Identity.Process is { } process ? TerminalText.Escape(process.Comm) : null,
        Workload = TerminalText.Escape(action.Workload),
        Name = action.Name is { } name ? TerminalText.Escape(name) : null,
        Deed = ActionText.Of(action),
    };

    private static EventRow FromAlert(Alert alert) => new()
    {
        TimeNs = alert.TimeNs,
        Kind = EventKind.Alert,
        Pid = alert.Identity.Process?.Pid,
        Comm = alert.Identity.Process is { } process ? TerminalText.Escape(process.Comm) : null,
        Workload = WorkloadOf(alert.Identity) is { Length: > 0 } workload ? workload : null,
        Client = alert.About.Client.Address.ToString(),
        Server = alert.Server.Address.ToString(),
        Name = alert.About.Name is { } name ? TerminalText.Escape(name) : null,
        Type = alert.About.QueryType is { } number ? RecordType.Name(number) : null,
        AlertId = TerminalText.Escape(alert.Id),
        Severity = JsonFormat.NameOf(alert.Severity),
        Detection = TerminalText.Escape(alert.Detection),
        Summary = TerminalText.Escape(alert.Summary),
        Action = alert.Action == AlertAction.None ? null : JsonFormat.NameOf(alert.Action),
        FindingCount = alert.Count,
    };

    private static EventRow FromDns(DnsEvent dns)
    {
        var type = dns.QueryType is { } number ? RecordType.Name(number) : null;
        return new()
        {
            TimeNs = dns.TimeNs,
            Kind = dns.Kind,
            Role = dns.Role,
            Pid = dns.Identity.Process?.Pid,
            Comm = dns.Identity.Process is { } process ? TerminalText.Escape(process.Comm) : null,
            Workload = WorkloadOf(dns.Identity) is { Length: > 0 } workload ? workload : null,
            Client = dns.Client.Address.ToString(),
            Server = dns.Server.Address.ToString(),
            Name = dns.Name is { } name ? TerminalText.Escape(name) : null,
            Type = type,
            Rcode = dns.Rcode is { } rcode ? Core.Decode.Rcode.Name(rcode) : null,
            Answer = dns.Rcode is null ? null : FirstAnswer(dns, type),
            LatencyNs = dns.LatencyNs,
            Unanswered = dns.Unanswered,
            NotFollowed = dns.NotFollowed,
            Standalone = dns.Standalone ? JsonFormat.NameOf(dns.StandaloneReason) : null,
            Retries = dns.Retries,
            Fault = dns.Malformed is { } malformed ? FaultOf(malformed.What, malformed.Offset) : null,
            Denial = VerdictText.Of(dns.Verdict),
            IsAudit = dns.Verdict?.Mode == VerdictMode.Audit,
        };
    }

    private static string? FirstAnswer(DnsEvent dns, string? asked)
    {
        var answers = AnswerRecord.ReadAll(dns.Message.Span);
        var first = answers.Find(answer => answer.Type == dns.QueryType) ?? answers.FirstOrDefault();
        return first is null ? null : AnswerOf(RecordType.Name(first.Type), first.Data, asked, answers.Count);
    }
}
