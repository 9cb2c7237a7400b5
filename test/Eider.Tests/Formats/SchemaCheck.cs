// The part of JSON Schema that docs/events.schema.json uses, and no more: an unknown keyword fails the test.

using System.Text.Json;

namespace Eider.Tests.Formats;

internal sealed class SchemaCheck(JsonElement root)
{
    /// <summary>Paths of properties that some checked value had.</summary>
    public HashSet<string> Seen { get; } = [];

    /// <summary>Everything that is wrong with <paramref name="value"/>.</summary>
    public IEnumerable<string> Faults(JsonElement value) => Faults(value, root, "");

    /// <summary>Paths of all properties that the schema names.</summary>
    public IEnumerable<string> Properties() => Properties(root, "");

    private IEnumerable<string> Faults(JsonElement value, JsonElement schema, string path)
    {
        foreach (var keyword in schema.EnumerateObject())
        {
            foreach (var fault in KeywordFaults(keyword, value, schema, path))
            {
                yield return $"{path}: {fault}";
            }
        }
    }

    private IEnumerable<string> KeywordFaults(JsonProperty keyword, JsonElement value, JsonElement schema, string path) => keyword.Name switch
    {
        "$schema" or "$id" or "$defs" or "title" or "description" => [],
        "$ref" => Faults(value, root.GetProperty("$defs").GetProperty(keyword.Value.GetString()!["#/$defs/".Length..]), path),
        "type" => IsType(value, keyword.Value.GetString()!) ? [] : [$"{value} is no {keyword.Value}"],
        "enum" => keyword.Value.EnumerateArray().Any(known => known.GetString() == value.GetString()) ? [] : [$"unknown {value}"],
        "format" => DateTimeOffset.TryParse(value.GetString(), out _) && value.GetString()!.EndsWith('Z') ? [] : [$"{value} is no {keyword.Value}"],
        "required" => keyword.Value.EnumerateArray().Where(key => !value.TryGetProperty(key.GetString()!, out _)).Select(key => $"lacks {key}"),
        "items" => value.EnumerateArray().SelectMany(item => Faults(item, keyword.Value, path + "[]")),
        "properties" => value.EnumerateObject().SelectMany(property => PropertyFaults(property, keyword.Value, path)),
        "additionalProperties" when keyword.Value.ValueKind == JsonValueKind.False =>
            value.EnumerateObject().Where(property => !schema.GetProperty("properties").TryGetProperty(property.Name, out _)).Select(property => $"unknown key {property.Name}"),
        "additionalProperties" => value.EnumerateObject().SelectMany(property => Faults(property.Value, keyword.Value, path + "/*")),
        _ => throw new NotSupportedException($"the check does not know the keyword {keyword.Name}"),
    };

    private IEnumerable<string> PropertyFaults(JsonProperty property, JsonElement schemas, string path)
    {
        Seen.Add($"{path}/{property.Name}");
        return schemas.TryGetProperty(property.Name, out var schema) ? Faults(property.Value, schema, $"{path}/{property.Name}") : [];
    }

    private IEnumerable<string> Properties(JsonElement schema, string path)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            schema = root.GetProperty("$defs").GetProperty(reference.GetString()!["#/$defs/".Length..]);
        }

        var here = schema.TryGetProperty("properties", out var properties)
            ? properties.EnumerateObject().SelectMany(property => Properties(property.Value, $"{path}/{property.Name}").Prepend($"{path}/{property.Name}"))
            : [];
        return schema.TryGetProperty("items", out var items) ? here.Concat(Properties(items, path + "[]")) : here;
    }

    private static bool IsType(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "number" => value.ValueKind == JsonValueKind.Number,
        _ => false,
    };
}
