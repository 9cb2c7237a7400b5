// An explanation of a verdict for programs.

using System.Text.Json;
using Eider.Core;
using Eider.Core.Decode;
using Eider.Core.Policy;

namespace Eider.Output;

internal static class ExplanationJson
{
    /// <summary>Writes one JSON object and a newline; what there is not is left out.</summary>
    public static void Write(Stream output, string subject, string name, ushort type, IpAddress? server, PolicyExplanation explanation)
    {
        using (var json = new Utf8JsonWriter(output, JsonText.Indented))
        {
            json.WriteStartObject();
            json.WriteString("subject"u8, subject);
            json.WriteString("name"u8, name);
            json.WriteString("qtype"u8, RecordType.Name(type));
            if (server is { } asked)
            {
                json.WriteString("server"u8, asked.ToString());
            }

            json.WriteString("action"u8, WordOf(explanation.Action));
            json.WriteString("reason"u8, VerdictText.WordOf(explanation.Reason));
            WriteRule(json, "by", explanation.Rule);
            if (explanation.AuditAction is { } audited)
            {
                json.WriteString("audit_action"u8, WordOf(audited));
                WriteRule(json, "audit_by", explanation.AuditRule);
            }

            json.WriteStartArray("redirected_to"u8);
            foreach (var target in explanation.RedirectedTo)
            {
                json.WriteStringValue(target.ToString());
            }

            json.WriteEndArray();
            json.WriteBoolean("pinned"u8, explanation.Pinned);
            json.WriteString("other_ports"u8, explanation.OtherPorts.ToString().ToLowerInvariant());
            WriteAnswers(json, explanation);
            WriteResponses(json, explanation);
            WriteSelected(json, explanation);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteRule(Utf8JsonWriter json, string key, ExplainedRule? rule)
    {
        if (rule is null)
        {
            return;
        }

        json.WriteStartObject(key);
        json.WriteString("policy"u8, rule.Policy.FullName);
        json.WriteString("rule"u8, rule.Rule);
        json.WriteString("place"u8, rule.Place.ToString());
        WriteOptional(json, "list", rule.List);
        WriteOptional(json, "pattern", rule.Pattern);
        if (rule.ListLine > 0)
        {
            json.WriteNumber("list_line"u8, rule.ListLine);
        }

        if (rule.Reply is { } reply)
        {
            json.WriteString("reply"u8, reply.Kind.ToString().ToLowerInvariant());
            WriteOptional(json, "v4", reply.V4?.ToString());
            WriteOptional(json, "v6", reply.V6?.ToString());
        }

        if (rule.ExtendedError is { } error)
        {
            json.WriteNumber("extended_error"u8, error);
        }

        json.WriteEndObject();
    }

    private static void WriteAnswers(Utf8JsonWriter json, PolicyExplanation explanation)
    {
        json.WriteStartArray("answers"u8);
        foreach (var treatment in explanation.Answers)
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, treatment.Kind);
            json.WriteString("mode"u8, treatment.Mode.ToString().ToLowerInvariant());
            WriteOptional(json, "policy", treatment.Policy?.FullName);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteResponses(Utf8JsonWriter json, PolicyExplanation explanation)
    {
        json.WriteStartArray("in_force"u8);
        foreach (var response in explanation.InForce)
        {
            json.WriteStartObject();
            json.WriteString("action_id"u8, response.Id);
            json.WriteString("action"u8, JsonFormat.WordOf(response.Name is null ? ResponseAction.Quarantine : ResponseAction.DenyName));
            json.WriteString("mode"u8, ModeOf(response.IsDryRun));
            WriteOptional(json, "resolvers", response.Name is null ? response.Resolvers : null);
            json.WriteString("policy"u8, response.Policy);
            json.WriteString("rule"u8, response.Rule);
            json.WriteString("detection"u8, response.Detection);
            json.WriteString("alert_id"u8, response.AlertId);
            json.WriteString("started"u8, Rfc3339.Format(Rfc3339.ToUnixNs(response.Started)));
            json.WriteString("until"u8, Rfc3339.Format(Rfc3339.ToUnixNs(response.Until)));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("responses"u8);
        foreach (var response in explanation.Responses)
        {
            json.WriteStartObject();
            json.WriteString("policy"u8, response.Policy.FullName);
            json.WriteString("rule"u8, $"respond[{response.Index}]");
            json.WriteStartArray("to"u8);
            foreach (var detection in response.Rule.To)
            {
                json.WriteStringValue(detection);
            }

            json.WriteEndArray();
            json.WriteString("severity"u8, JsonFormat.NameOf(response.Rule.Severity));
            json.WriteNumber("confidence"u8, response.Rule.Confidence);
            json.WriteString("action"u8, JsonFormat.WordOf(response.Rule.Action));
            json.WriteNumber("for_seconds"u8, response.Rule.For.TotalSeconds);
            json.WriteString("mode"u8, ModeOf(response.IsDryRun));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSelected(Utf8JsonWriter json, PolicyExplanation explanation)
    {
        json.WriteStartArray("selected_by"u8);
        foreach (var policy in explanation.Selected)
        {
            json.WriteStartObject();
            json.WriteString("policy"u8, policy.FullName);
            json.WriteString("tier"u8, policy.Tier.ToString().ToLowerInvariant());
            json.WriteString("mode"u8, policy.Mode.ToString().ToLowerInvariant());
            json.WriteString("place"u8, policy.Place.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteOptional(Utf8JsonWriter json, string key, string? value)
    {
        if (value is not null)
        {
            json.WriteString(key, value);
        }
    }

    private static string ModeOf(bool isDryRun) => isDryRun ? "dry_run" : "enforce";

    private static string WordOf(VerdictAction action) => action.ToString().ToLowerInvariant();
}
