// The policy language as a JSON Schema, for editors and for custom resource definitions; made of what the reader goes by.

using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Eider.Core.Policy.Language;

namespace Eider.Core.Policy;

public static class PolicySchema
{
    public const string Id = "https://eider.dev/schemas/policy.schema.json";

    /// <summary>JSON Schema (draft 2020-12) of one document. What it accepts may still be refused by the reader, which knows more; not the other way round, as
    /// long as texts are written as texts.</summary>
    public static string ToJson()
    {
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$id"] = Id,
            ["title"] = $"Eider policy ({PolicySyntax.ApiVersion})",
            ["oneOf"] = new JsonArray(
                Titled(PolicySyntax.NamespaceKind, PolicySyntax.NamespacePolicy.Schema()),
                Titled(PolicySyntax.ClusterKind, PolicySyntax.ClusterPolicy.Schema()),
                Titled(PolicySyntax.ListKind, PolicySyntax.DomainList.Schema())),
        };

        using var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" }))
        {
            schema.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length) + "\n";
    }

    private static JsonObject Titled(string title, JsonObject schema)
    {
        schema.Insert(0, "title", title);
        return schema;
    }
}
