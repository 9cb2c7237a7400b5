// The forms of values in policy files. Each is stated once: the reader, the JSON Schema and the reference all come from it.

using System.Text.Json.Nodes;
using Eider.Core.Config;

namespace Eider.Core.Policy.Language;

/// <param name="Name">For errors and the reference: "expected {Name}, found …".</param>
/// <param name="Schema">JSON Schema of what is accepted; a new object each time, since a node has one parent.</param>
/// <param name="Read">The value; null with an error at its place. A value in which parts were refused is given without those.</param>
internal sealed record Syntax<T>(string Name, Func<JsonObject> Schema, Func<YamlNode, Diagnostics, ConfigValue<T>?> Read)
{
    public Syntax<TOther> As<TOther>(Func<T, TOther> convert) =>
        new(Name, Schema, (node, found) => Read(node, found) is { } read ? new ConfigValue<TOther>(convert(read.Value)) : null);
}

/// <summary>A key of a mapping, and what its value does to the <typeparamref name="T"/> in the making.</summary>
/// <param name="Default">As the reference shows it; null where there is none.</param>
internal sealed record Field<T>(
    string Name, string Type, string Summary, bool Required, string? Default, Func<JsonObject> Schema, Func<YamlNode, Diagnostics, T, T> Read)
{
    public static Field<T> Of<TValue>(
        string name, Syntax<TValue> syntax, string summary, Func<T, TValue, T> set, bool required = false, string? fallback = null) =>
        new(name, syntax.Name, summary, required, fallback, syntax.Schema,
            (node, found, target) => syntax.Read(node, found) is { } read ? set(target, read.Value) : target);

    /// <summary>A mapping of its own whose keys fill in the same target.</summary>
    public static Field<T> Section(string name, ObjectSyntax<T> syntax, string summary) =>
        new(name, syntax.FullName, summary, Required: true, Default: null, syntax.Schema, syntax.Read);
}

/// <summary>A mapping with known keys.</summary>
/// <param name="Name">With an article, as in "a rule".</param>
/// <param name="Check">What holds between keys, after all of them: adds errors and warnings, and may complete the value. Sees refused keys as absent in the
/// value and as present in the mapping.</param>
internal sealed record ObjectSyntax<T>(string Name, IReadOnlyList<Field<T>> Fields, Func<T, YamlMapping, Diagnostics, T>? Check = null)
{
    /// <summary>Keys that belong elsewhere, with the sentence that says where.</summary>
    public IReadOnlyDictionary<string, string> Misplaced { get; init; } = new Dictionary<string, string>();

    /// <summary>More of JSON Schema that <see cref="Check"/> stands for.</summary>
    public Action<JsonObject>? Constrain { get; init; }

    /// <summary>What is meant by a word where the mapping should be; null where nothing can be said.</summary>
    public Func<string, string?> MendWord { get; init; } = _ => null;

    public string FullName => $"{Name} with {Keys()}";

    public T Read(YamlNode node, Diagnostics found, T target)
    {
        if (node is not YamlMapping mapping)
        {
            Refuse(node, found);
            return target;
        }

        var mistyped = new HashSet<string?>();
        foreach (var (key, value) in mapping.Entries)
        {
            if (Fields.FirstOrDefault(field => field.Name == key.Text) is { } field)
            {
                target = field.Read(value, found, target);
            }
            else
            {
                mistyped.Add(ReportUnknown(key, found));
            }
        }

        foreach (var missing in Fields.Where(field => field.Required && mapping[field.Name] is null && !mistyped.Contains(field.Name)))
        {
            found.Error(mapping.At, $"\"{missing.Name}\" is missing in {Name}", $"it is {missing.Type}");
        }

        return Check is null ? target : Check(target, mapping, found);
    }

    public Syntax<T> From(Func<Place, T> start) =>
        new(FullName, Schema, (node, found) => node is YamlMapping ? new ConfigValue<T>(Read(node, found, start(found.PlaceOf(node.At)))) : Refuse(node, found));

    public JsonObject Schema()
    {
        var properties = new JsonObject();
        foreach (var field in Fields)
        {
            var schema = field.Schema();
            schema["description"] = field.Default is null ? field.Summary : $"{field.Summary} Default: {field.Default}.";
            properties[field.Name] = schema;
        }

        var whole = new JsonObject { ["type"] = "object", ["additionalProperties"] = false };
        if (Fields.Any(field => field.Required))
        {
            whole["required"] = new JsonArray([.. Fields.Where(field => field.Required).Select(field => (JsonNode)field.Name)]);
        }

        whole["properties"] = properties;
        Constrain?.Invoke(whole);
        return whole;
    }

    private ConfigValue<T>? Refuse(YamlNode node, Diagnostics found)
    {
        found.Error(node.At, $"expected {FullName}, found {node.Found}", node is YamlScalar word ? MendWord(word.Text) : null);
        return null;
    }

    /// <returns>The key that was most likely meant.</returns>
    private string? ReportUnknown(YamlScalar key, Diagnostics found)
    {
        if (Misplaced.TryGetValue(key.Text, out var where))
        {
            found.Error(key.At, $"{key.Found} has no place in {Name}", where);
            return null;
        }

        var near = Suggestion.Nearest(key.Text, Fields.Select(field => field.Name));
        found.Error(key.At, $"unknown key {key.Found} in {Name}", near is null ? $"known are {Keys()}" : $"did you mean \"{near}\"?");
        return near;
    }

    private string Keys() => string.Join(", ", Fields.Select(field => field.Name));
}
