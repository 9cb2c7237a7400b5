// As much of JSON Schema (draft 2020-12) as the published schema uses, to hold it against the reader. A keyword it does not know fails the test.

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Eider.Tests.Policy.Language;

internal static class JsonSchemaSubset
{
    public static bool Accepts(JsonObject schema, JsonNode? value) => schema.All(keyword => Holds(keyword.Key, keyword.Value!, schema, value));

    private static bool Holds(string keyword, JsonNode rule, JsonObject schema, JsonNode? value) => keyword switch
    {
        "$schema" or "$id" or "title" or "description" or "properties" => keyword != "properties" || value is not JsonObject || Properties(schema, value.AsObject()),
        "type" => rule is JsonArray types ? types.Any(type => Is(type!.GetValue<string>(), value)) : Is(rule.GetValue<string>(), value),
        "enum" => rule.AsArray().Any(word => JsonNode.DeepEquals(word, value)),
        "const" => JsonNode.DeepEquals(rule, value),
        "oneOf" => rule.AsArray().Count(branch => Accepts(branch!.AsObject(), value)) == 1,
        "anyOf" => rule.AsArray().Any(branch => Accepts(branch!.AsObject(), value)),
        "pattern" => Text(value) is not { } text || Regex.IsMatch(text, rule.GetValue<string>(), RegexOptions.ECMAScript),
        "minLength" => Text(value) is not { } text || text.Length >= rule.GetValue<int>(),
        "maxLength" => Text(value) is not { } text || text.Length <= rule.GetValue<int>(),
        "minimum" => Number(value) is not { } number || number >= Number(rule),
        "maximum" => Number(value) is not { } number || number <= Number(rule),
        "minItems" => value is not JsonArray list || list.Count >= rule.GetValue<int>(),
        "maxItems" => value is not JsonArray list || list.Count <= rule.GetValue<int>(),
        "items" => value is not JsonArray list || list.All(item => Accepts(rule.AsObject(), item)),
        "required" => value is not JsonObject mapping || rule.AsArray().All(key => mapping.ContainsKey(key!.GetValue<string>())),
        "minProperties" => value is not JsonObject mapping || mapping.Count >= rule.GetValue<int>(),
        "maxProperties" => value is not JsonObject mapping || mapping.Count <= rule.GetValue<int>(),
        "additionalProperties" => value is not JsonObject mapping || mapping.All(entry => Known(schema, entry.Key) || (rule is JsonObject other && Accepts(other, entry.Value))),
        _ => throw new NotSupportedException($"the schema uses \"{keyword}\", which this test does not know"),
    };

    private static bool Properties(JsonObject schema, JsonObject value) =>
        value.All(entry => !Known(schema, entry.Key) || Accepts(schema["properties"]![entry.Key]!.AsObject(), entry.Value));

    private static bool Known(JsonObject schema, string key) => schema["properties"]?.AsObject().ContainsKey(key) ?? false;

    private static bool Is(string type, JsonNode? value) => type switch
    {
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => Text(value) is not null,
        "boolean" => value?.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False,
        "number" => Number(value) is not null,
        "integer" => Number(value) is { } number && Math.Floor(number) == number,
        _ => throw new NotSupportedException(type),
    };

    private static string? Text(JsonNode? value) => value?.GetValueKind() == System.Text.Json.JsonValueKind.String ? value.GetValue<string>() : null;

    private static double? Number(JsonNode? value) =>
        value?.GetValueKind() == System.Text.Json.JsonValueKind.Number ? double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture) : null;
}
