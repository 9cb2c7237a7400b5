// What a policy does about alerts.

using System.Text.Json.Nodes;
using Eider.Core.Config;
using Eider.Core.Detect;
using Eider.Core.Filters;

namespace Eider.Core.Policy.Language;

internal static class RespondSyntax
{
    private const int MaxResponses = 64;

    private static readonly Syntax<IReadOnlyList<DetectionKind>> Detections = Values.Scalar<IReadOnlyList<DetectionKind>>(
        "a detection such as dns.answer.protected or dns.hijack.*",
        () => new JsonObject { ["type"] = "string", ["pattern"] = @"^[a-z_.*?]+$" },
        text => Detect.Detections.All.Where(kind => new Glob(text, ignoreCase: false).Matches(kind.Id)).ToArray() is { Length: > 0 } known
            ? new ConfigValue<IReadOnlyList<DetectionKind>>(known) : null,
        text => Suggestion.Nearest(text, Detect.Detections.All.Select(kind => kind.Id)) is { } near
            ? $"did you mean \"{near}\"?" : "docs/detections.md has them all");

    public static readonly ObjectSyntax<RespondRule> Response = new(
        "a response",
        [
            Field<RespondRule>.Of("to", Values.List("detections", Detections, Detect.Detections.All.Count), "Alerts of these detections; `*` is any run of characters.",
                (target, kinds) => target with { To = [.. kinds.SelectMany(kinds => kinds.Value).Select(kind => kind.Id).Distinct()] }, required: true),
            Field<RespondRule>.Of("severity", Values.Word<AlertSeverity>(), "The least that is responded to.",
                (target, severity) => target with { Severity = severity }, fallback: Values.WordOf(Nothing.Severity)),
            Field<RespondRule>.Of("confidence", Values.Count(0, 100), "The least that is responded to, per cent.",
                (target, confidence) => target with { Confidence = confidence }, fallback: $"{Nothing.Confidence}"),
            Field<RespondRule>.Of("action", Values.Word([(Values.WordOf(ResponseAction.DenyName), ResponseAction.DenyName), (Values.WordOf(ResponseAction.Quarantine), ResponseAction.Quarantine)],
                    new Dictionary<string, string> { ["deny"] = "denyName", ["block"] = "denyName", ["redirect"] = "quarantine", ["isolate"] = "quarantine", ["pin"] = "quarantine" }),
                "`denyName`: the name is denied to the workload. `quarantine`: the workload asks `resolver` and no other server.",
                (target, action) => target with { Action = action }, required: true),
            Field<RespondRule>.Of("resolver", ServerSyntax.Redirect, "Of a `quarantine`: the server that is asked.", (target, resolver) => target with { Resolver = resolver }),
            Field<RespondRule>.Of("for", Values.Duration(RespondRule.ShortestFor, RespondRule.LongestFor), "For how long. What is found again prolongs it.",
                (target, time) => target with { For = time }, required: true),
            Field<RespondRule>.Of("mode", Values.Word([(Values.WordOf(RespondMode.Enforce), RespondMode.Enforce), (Values.WordOf(RespondMode.DryRun), RespondMode.DryRun)],
                    new Dictionary<string, string> { ["audit"] = "dryRun", ["dry-run"] = "dryRun", ["dryrun"] = "dryRun" }),
                "`dryRun` tells what would have been done, and does nothing. A policy in audit mode does as well.",
                (target, mode) => target with { Mode = mode }, fallback: Values.WordOf(Nothing.Mode)),
        ],
        Check)
    {
        Misplaced = new Dictionary<string, string>
        {
            ["detection"] = "write \"to\", which is a list",
            ["detections"] = "write \"to\"",
            ["name"] = "the name that is denied is the alert's",
            ["redirect"] = "write \"resolver\"",
            ["duration"] = "write \"for\"",
        },
    };

    public static readonly Syntax<IReadOnlyList<Placed<RespondRule>>> Responses = Values.List("responses", Response.From(_ => Nothing), MaxResponses);

    private static RespondRule Nothing => new();

    private static RespondRule Check(RespondRule rule, YamlMapping mapping, Diagnostics found)
    {
        var action = (mapping["action"] as YamlScalar)?.Text;
        if (action == Values.WordOf(ResponseAction.Quarantine) && mapping["resolver"] is null)
        {
            found.Error(mapping.At, "a quarantine needs a resolver", "give \"resolver\", the server that the workload may ask");
        }
        else if (action == Values.WordOf(ResponseAction.DenyName))
        {
            if (mapping["resolver"] is { } resolver)
            {
                found.Error(resolver.At, "a name is denied by every server", "leave the resolver out, or write action: quarantine");
            }

            CheckContent(mapping, found);
        }

        return rule;
    }

    /// <summary>Whoever can send a workload packets can have it alerted of forgeries that nobody believes: he must not be able to take a name from it by that.</summary>
    private static void CheckContent(YamlMapping mapping, Diagnostics found)
    {
        foreach (var item in (mapping["to"] as YamlList)?.Items.OfType<YamlScalar>() ?? [])
        {
            if (Detect.Detections.All.FirstOrDefault(kind => !kind.TellsOfContent && new Glob(item.Text, ignoreCase: false).Matches(kind.Id)) is { } unfit)
            {
                found.Error(item.At, $"denyName cannot be the response to {unfit.Id}{(unfit.Id == item.Text ? "" : $", for which {YamlScalar.Quote(item.Text)} stands too")}: "
                    + "whoever can send packets to the workload could have any name denied to it",
                    $"name {string.Join(", ", Detect.Detections.All.Where(kind => kind.TellsOfContent).Select(kind => kind.Id))}, or write action: quarantine");
            }
        }
    }
}
