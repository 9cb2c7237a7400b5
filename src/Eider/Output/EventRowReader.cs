// Events from an agent, as JSON lines, back to what a person sees of them.

using System.Text.Json;
using Eider.Core;

namespace Eider.Output;

internal static class EventRowReader
{
    /// <summary>Reads one line as <see cref="JsonFormat"/> writes it; unknown keys are passed over.</summary>
    /// <exception cref="FormatException">The line is no event.</exception>
    public static EventRow Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return Read(document.RootElement);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new FormatException($"not an event: {broken.Message}", broken);
        }
    }

    /// <exception cref="KeyNotFoundException">It is no event.</exception>
    public static EventRow Read(JsonElement json)
    {
        var type = Text(json, "qtype");
        var kind = KindOf(json.GetProperty("kind").GetString() ?? "");
        var process = Part(json, "process");
        var found = kind == EventKind.Alert ? json : Nothing;
        var verdict = Part(json, "verdict") is { } judged ? VerdictOf(judged) : null;
        return new()
        {
            TimeNs = TimeOf(json.GetProperty("time").GetString() ?? ""),
            Kind = kind,
            Role = Text(json, "role") == "server" ? Role.Server : Role.Client,
            Pid = process is { } running ? running.GetProperty("pid").GetInt32() : null,
            Comm = process is { } named ? Text(named, "comm") : null,
            Workload = Text(json, "workload") ?? Workload(json),
            Deed = kind == EventKind.Action ? ActionText.Of(json) : null,
            Client = Part(json, "client") is { } client ? Text(client, "ip") ?? "" : "",
            Server = Part(json, "server") is { } server ? Text(server, "ip") ?? "" : "",
            Name = Text(json, "name"),
            Type = type,
            Rcode = Text(json, "rcode"),
            Answer = Part(json, "answers") is { } answers ? FirstAnswer(answers, type) : null,
            LatencyNs = Part(json, "latency_us") is { } latency ? (long)(latency.GetDecimal() * 1000) : null,
            Unanswered = Part(json, "unanswered")?.GetBoolean() ?? false,
            NotFollowed = Part(json, "not_followed")?.GetBoolean() ?? false,
            Standalone = Text(json, "standalone"),
            Retries = Part(json, "retries")?.GetInt32() ?? 0,
            Fault = Part(json, "malformed") is { } malformed ? EventRow.FaultOf(malformed.GetProperty("what").GetString() ?? "", malformed.GetProperty("offset").GetInt32()) : null,
            Denial = VerdictText.Of(verdict),
            IsAudit = verdict?.Mode == VerdictMode.Audit,
            LossReason = kind == EventKind.Loss ? Text(json, "reason") : null,
            LossCount = kind == EventKind.Loss ? Part(json, "count")?.GetInt64() ?? 0 : 0,
            AlertId = Text(found, "alert_id"),
            Severity = Text(found, "severity"),
            Detection = Text(found, "detection"),
            Summary = Text(found, "summary"),
            Action = Text(found, "action") is { } action and not "none" ? action : null,
            FindingCount = kind == EventKind.Alert ? Part(json, "count")?.GetInt64() ?? 0 : 0,
        };
    }

    /// <summary>An object without keys.</summary>
    private static readonly JsonElement Nothing = JsonDocument.Parse("{}").RootElement;

    private static string? Workload(JsonElement json)
    {
        var pod = Part(json, "pod");
        var user = Part(json, "user");
        var workload = EventRow.WorkloadOf(new Identity
        {
            Pod = pod is { } p ? new(Raw(p, "uid") ?? "", Raw(p, "namespace"), Raw(p, "name")) : null,
            ContainerId = Part(json, "container") is { } container ? Raw(container, "id") : null,
            Unit = Raw(json, "unit"),
            User = user is { } u ? new(u.GetProperty("uid").GetUInt32(), Raw(u, "name")) : null,
        });
        return workload.Length > 0 ? workload : null;
    }

    private static Verdict VerdictOf(JsonElement json) => new(
        Raw(json, "action") == "deny" ? VerdictAction.Deny : VerdictAction.Allow,
        Raw(json, "mode") == "audit" ? VerdictMode.Audit : VerdictMode.Enforce,
        Enum.TryParse<VerdictReason>(Raw(json, "reason"), ignoreCase: true, out var reason) ? reason : VerdictReason.None,
        Raw(json, "policy"), Raw(json, "rule"), Raw(json, "list"));

    private static string? FirstAnswer(JsonElement answers, string? asked)
    {
        JsonElement? first = null;
        foreach (var answer in answers.EnumerateArray())
        {
            if (Raw(answer, "type") == asked)
            {
                first = answer;
                break;
            }

            first ??= answer;
        }

        return first is { } shown ? EventRow.AnswerOf(Raw(shown, "type") ?? "", Raw(shown, "data") ?? "", asked, answers.GetArrayLength()) : null;
    }

    private static long TimeOf(string text) => Rfc3339.TryParseUtc(text, out var timeNs)
        ? timeNs
        : throw new FormatException($"not an event: its time is \"{TerminalText.Escape(text)}\"");

    private static EventKind KindOf(string text) => text switch
    {
        "query" => EventKind.Query,
        "response" => EventKind.Response,
        "transaction" => EventKind.Transaction,
        "loss" => EventKind.Loss,
        "alert" => EventKind.Alert,
        "action" => EventKind.Action,
        _ => throw new FormatException($"not an event: its kind is \"{TerminalText.Escape(text)}\""),
    };

    private static JsonElement? Part(JsonElement json, string key) => json.TryGetProperty(key, out var part) ? part : null;

    private static string? Raw(JsonElement json, string key) => Part(json, key)?.GetString();

    private static string? Text(JsonElement json, string key) => Raw(json, key) is { } text ? TerminalText.Escape(text) : null;
}
