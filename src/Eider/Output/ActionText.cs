// Responses to alerts in words.

using System.Text.Json;
using Eider.Core;

namespace Eider.Output;

/// <summary>E.g. <c>started 0k3x81yq: name denied to shop/web-0 until 2026-01-31T13:00:00Z: login.example, by shop/guard respond[0], for alert 9f2k7m1c</c>. Safe for a terminal.</summary>
internal static class ActionText
{
    public static string Of(ActionEvent action) => Of(
        JsonFormat.WordOf(action.Step), action.Id, JsonFormat.WordOf(action.Action), action.Name, string.Join(' ', action.Resolvers), action.Workload,
        Rfc3339.Format(action.UntilNs, 0), action.Policy, action.Rule, action.AlertId, action.Why);

    /// <summary>As <see cref="JsonFormat"/> writes it.</summary>
    public static string Of(JsonElement json) => Of(
        Text(json, "step"), Text(json, "action_id"), Text(json, "action"), Text(json, "name"),
        json.TryGetProperty("resolvers", out var resolvers) ? string.Join(' ', resolvers.EnumerateArray().Select(static resolver => resolver.GetString())) : "",
        Text(json, "workload"), Rfc3339.TryParseUtc(Text(json, "until"), out var untilNs) ? Rfc3339.Format(untilNs, 0) : "-", Text(json, "policy"), Text(json, "rule"), Text(json, "alert_id"),
        json.TryGetProperty("reason", out var why) ? why.GetString() : null);

    /// <summary>What is done, in words.</summary>
    public static string WhatOf(string action, string? name, string resolvers) =>
        TerminalText.Escape(action == "deny_name" ? $"{name} denied" : $"may ask {resolvers} only");

    private static string Of(string step, string id, string action, string? name, string resolvers, string workload, string until, string policy, string rule, string alert, string? why) =>
        TerminalText.Escape($"response {id} {step.Replace('_', ' ')}: {workload}: {WhatOf(action, name, resolvers)} until {until}, by {policy} {rule}, for alert {alert}{(why is null ? "" : $": {why}")}");

    private static string Text(JsonElement json, string key) => json.TryGetProperty(key, out var text) ? text.GetString() ?? "" : "";
}
