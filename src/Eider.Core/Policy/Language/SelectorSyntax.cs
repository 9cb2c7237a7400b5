// Label selectors, with the keys that Kubernetes gives them.

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Eider.Core.Config;

namespace Eider.Core.Policy.Language;

internal static partial class SelectorSyntax
{
    private const int MaxLabels = 64;
    private const int MaxValues = 256;

    private static readonly Syntax<string> Key = Values.Pattern(
        "a label's key: up to 63 letters, digits, \"-\", \"_\" and \".\", after a domain and \"/\" where it has one", 253 + 1 + 63, KeyPattern());

    private static readonly Syntax<string> Value = Values.Pattern(
        "a label's value: up to 63 letters, digits, \"-\", \"_\" and \".\", with a letter or digit at both ends", 63, ValuePattern());

    private static readonly Syntax<LabelOperator> Operator = Values.Word(
        [("In", LabelOperator.In), ("NotIn", LabelOperator.NotIn), ("Exists", LabelOperator.Exists), ("DoesNotExist", LabelOperator.DoesNotExist)]);

    /// <summary>Labels by key.</summary>
    public static readonly Syntax<IReadOnlyDictionary<string, string>> Labels = Map("a mapping of labels", Key, Value);

    /// <summary>Whatever Kubernetes tools keep beside an object.</summary>
    public static readonly Syntax<IReadOnlyDictionary<string, string>> Annotations = Map(
        "a mapping of annotations", Key, Values.Scalar<string>("a text", () => new JsonObject { ["type"] = "string" }, text => new ConfigValue<string>(text)));

    public static readonly ObjectSyntax<LabelRequirement> Requirement = new(
        "a requirement",
        [
            Field<LabelRequirement>.Of("key", Key, "The label.", (target, key) => target with { Key = key }, required: true),
            Field<LabelRequirement>.Of("operator", Operator, "`NotIn` holds as well where the label is missing.",
                (target, value) => target with { Operator = value }, required: true),
            Field<LabelRequirement>.Of("values", Values.List("values", Value, MaxValues), "Of `In` and `NotIn`.",
                (target, values) => target with { Values = [.. values.Select(value => value.Value)] }),
        ],
        CheckRequirement);

    public static readonly ObjectSyntax<LabelSelector> Selector = new(
        "a selector",
        [
            Field<LabelSelector>.Of("matchLabels", Labels, "Labels with exactly these values.",
                (target, labels) => With(target, labels.Select(label => new LabelRequirement(label.Key, LabelOperator.In, [label.Value])))),
            Field<LabelSelector>.Of("matchExpressions",
                Values.List("requirements", Requirement.From(_ => new LabelRequirement("", LabelOperator.Exists, [])), MaxLabels),
                "Requirements, all of which hold.",
                (target, requirements) => With(target, requirements.Select(requirement => requirement.Value))),
        ],
        CheckSelector)
    {
        Misplaced = new Dictionary<string, string> { ["labels"] = "labels to select by go below \"matchLabels\"", ["app"] = "labels go below \"matchLabels\"" },
    };

    private static LabelSelector With(LabelSelector selector, IEnumerable<LabelRequirement> more) => new([.. selector.Requirements, .. more]);

    private static LabelRequirement CheckRequirement(LabelRequirement requirement, YamlMapping mapping, Diagnostics found)
    {
        var values = mapping["values"];
        var takesValues = requirement.Operator is LabelOperator.In or LabelOperator.NotIn;
        if (takesValues && values is null)
        {
            found.Error(mapping.At, $"\"values\" is missing for {requirement.Operator}");
        }
        else if (!takesValues && values is not null && mapping["operator"] is YamlScalar { Text: "Exists" or "DoesNotExist" })
        {
            found.Error(values.At, $"{requirement.Operator} takes no values", "leave them out, or write In or NotIn");
        }

        return requirement;
    }

    private static LabelSelector CheckSelector(LabelSelector selector, YamlMapping mapping, Diagnostics found)
    {
        var isWhole = selector.Requirements.All(requirement => requirement.Values.Count > 0 || requirement.Operator is LabelOperator.Exists or LabelOperator.DoesNotExist);
        if (isWhole && selector.Contradiction() is { } key)
        {
            found.Error(mapping.At, $"the requirements for the label {YamlScalar.Quote(key)} contradict each other; nothing has such a label");
        }

        return selector;
    }

    private static Syntax<IReadOnlyDictionary<string, string>> Map(string name, Syntax<string> key, Syntax<string> value) => new(
        name,
        () => new JsonObject { ["type"] = "object", ["maxProperties"] = MaxLabels, ["additionalProperties"] = value.Schema() },
        (node, found) => ReadMap(node, found, name, key, value));

    private static ConfigValue<IReadOnlyDictionary<string, string>>? ReadMap(
        YamlNode node, Diagnostics found, string name, Syntax<string> key, Syntax<string> value)
    {
        if (node is not YamlMapping { Entries.Count: <= MaxLabels } mapping)
        {
            found.Error(node.At, $"expected {name}, {MaxLabels} at most, found {node.Found}");
            return null;
        }

        var labels = new Dictionary<string, string>();
        foreach (var (name1, node1) in mapping.Entries)
        {
            if (key.Read(name1, found) is { } label && value.Read(node1, found) is { } text)
            {
                labels[label.Value] = text.Value;
            }
        }

        return new ConfigValue<IReadOnlyDictionary<string, string>>(labels);
    }

    [GeneratedRegex("^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$")]
    private static partial Regex KeyPattern();

    [GeneratedRegex("^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$")]
    private static partial Regex ValuePattern();
}
