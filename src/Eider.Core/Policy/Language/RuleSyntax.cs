// The rules of a policy.

using System.Globalization;
using System.Text.Json.Nodes;
using Eider.Core.Config;
using Eider.Core.Decode;

namespace Eider.Core.Policy.Language;

internal static class RuleSyntax
{
    private const int MaxNames = 10_000;
    private const int MaxLists = 64;
    private const int MaxTypes = 64;

    public static readonly Syntax<ushort> Type = Values.Scalar<ushort>(
        "a record type such as AAAA, TYPE65 or 65",
        () => new JsonObject { ["type"] = new JsonArray("string", "integer"), ["minimum"] = 1, ["maximum"] = ushort.MaxValue, ["pattern"] = "^[A-Za-z0-9-]+$" },
        text => (ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var type) || RecordType.TryParse(text, out type)) && type != 0
            ? new ConfigValue<ushort>(type) : null,
        text => Suggestion.Nearest(text, RecordType.Mnemonics.Values.Where(name => name.Length > 1)) is { } near ? $"did you mean \"{near}\"?"
            : text is "*" or "any" ? "leave \"types\" out for every type" : null);

    /// <summary>Of actions.</summary>
    public static readonly IReadOnlyDictionary<string, string> Synonyms = new Dictionary<string, string>
    {
        ["accept"] = "allow", ["permit"] = "allow", ["block"] = "deny", ["drop"] = "deny", ["forbid"] = "deny", ["reject"] = "deny", ["refuse"] = "deny",
    };

    public static ObjectSyntax<PolicyRule> Of(PolicyTier tier) => new(
        "a rule",
        [
            Field<PolicyRule>.Of("action", Actions(tier), "What becomes of the query. `pass`, in a `ClusterDnsPolicy` only, leaves it to the policies of the namespace.",
                (target, action) => target with { Action = action }, required: true),
            Field<PolicyRule>.Of("names", Values.List("names", NamePatternSyntax.Pattern, MaxNames), "Exact names (`example.com`), and everything below a name (`*.example.com`). A rule without names and lists is for every name.",
                (target, names) => target with { Names = [.. names.Select(name => name.Value)], NamePlaces = [.. names.Select(name => name.Place)] }),
            Field<PolicyRule>.Of("lists", Values.List("lists", Values.ObjectName, MaxLists), "Names of `DomainList`s.",
                (target, lists) => target with { Lists = [.. lists.Select(list => list.Value)], ListPlaces = [.. lists.Select(list => list.Place)] }),
            Field<PolicyRule>.Of("types", Values.List("types", Type, MaxTypes), "Query types the rule is for; without names and lists, whatever the name.",
                (target, types) => target with { Types = [.. types.Select(type => type.Value).Distinct()] }, fallback: "every type"),
            Field<PolicyRule>.Of("reply", ServerSyntax.Reply, "What this rule's denials are answered.",
                (target, reply) => target with { Reply = reply }, fallback: "the policy's"),
        ],
        Check)
    {
        Misplaced = new Dictionary<string, string>
        {
            ["name"] = "write \"names\", which is a list",
            ["list"] = "write \"lists\", which is a list",
            ["type"] = "write \"types\", which is a list",
            ["resolvers"] = "it goes below \"spec\"",
            ["rateLimit"] = "it goes below \"spec\"",
        },
        Constrain = schema => schema["anyOf"] = new JsonArray(
            new JsonObject { ["required"] = new JsonArray("names") }, new JsonObject { ["required"] = new JsonArray("lists") },
            new JsonObject { ["required"] = new JsonArray("types") }),
    };

    private static Syntax<PolicyAction> Actions(PolicyTier tier)
    {
        var known = Values.Word([("allow", PolicyAction.Allow), ("deny", PolicyAction.Deny), .. Pass(tier)], Synonyms);
        return known with
        {
            Read = (node, found) =>
            {
                if (tier == PolicyTier.Cluster || node is not YamlScalar { Text: "pass" })
                {
                    return known.Read(node, found);
                }

                found.Error(node.At, "only a ClusterDnsPolicy can pass a name on", "in a DnsPolicy, write allow or deny, or leave the rule out");
                return null;
            },
        };
    }

    private static (string, PolicyAction)[] Pass(PolicyTier tier) => tier == PolicyTier.Cluster ? [("pass", PolicyAction.Pass)] : [];

    private static PolicyRule Check(PolicyRule rule, YamlMapping mapping, Diagnostics found)
    {
        var isUnderstood = mapping.Entries.All(entry => entry.Key.Text is "action" or "names" or "lists" or "types" or "reply");
        if (isUnderstood && mapping["names"] is null && mapping["lists"] is null && mapping["types"] is null)
        {
            found.Error(mapping.At, "the rule has neither names nor lists nor types", "for all other names there is \"default\" below \"spec\"");
        }

        if (mapping["reply"] is { } reply && mapping["action"] is YamlScalar { Text: "allow" or "pass" } action)
        {
            found.Error(reply.At, $"a rule that says {action.Text} replies nothing", "leave the reply out, or write action: deny");
        }

        return rule;
    }
}
