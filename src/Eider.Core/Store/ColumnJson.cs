// The parts of an identity or alert that have no column of their own, as JSON text that SQLite's json functions read.

using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Eider.Core.Store;

/// <summary>Parents, labels and evidence to JSON and back. Strings are hostile: text that is not JSON of ours reads as nothing.</summary>
internal static class ColumnJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary><c>[{"pid":1,"comm":"systemd","exe":"/usr/lib/systemd/systemd"}]</c>, the nearest first; null when there are none.</summary>
    public static string? Parents(IReadOnlyList<ParentInfo>? parents) => parents is not { Count: > 0 } ? null : Write(json =>
    {
        json.WriteStartArray();
        foreach (var parent in parents)
        {
            json.WriteStartObject();
            json.WriteNumber("pid", parent.Pid);
            json.WriteString("comm", Utf8(parent.Comm));
            if (parent.Exe is { } exe)
            {
                json.WriteString("exe", Utf8(exe));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary><c>{"app":"web"}</c>, sorted by key; null when there are none.</summary>
    public static string? Labels(IReadOnlyDictionary<string, string>? labels) => labels is not { Count: > 0 } ? null : Write(json =>
    {
        json.WriteStartObject();
        foreach (var (key, value) in labels.OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            json.WriteString(Utf8(key), Utf8(value));
        }

        json.WriteEndObject();
    });

    /// <summary><c>{"answered":"192.0.2.7"}</c>, in the order given; null when there is none.</summary>
    public static string? Evidence(IReadOnlyList<Evidence> evidence) => evidence.Count == 0 ? null : Write(json =>
    {
        json.WriteStartObject();
        foreach (var (key, value) in evidence)
        {
            json.WriteString(Utf8(key), Utf8(value));
        }

        json.WriteEndObject();
    });

    public static IReadOnlyList<Evidence> ReadEvidence(string? text)
    {
        using var json = Parse(text);
        return json?.RootElement is { ValueKind: JsonValueKind.Object } facts
            ? [.. facts.EnumerateObject().Select(fact => new Evidence(fact.Name, fact.Value.ValueKind == JsonValueKind.String ? fact.Value.GetString()! : ""))]
            : [];
    }

    public static IReadOnlyList<ParentInfo> ReadParents(string? text)
    {
        var parents = new List<ParentInfo>();
        using var json = Parse(text);
        if (json?.RootElement is { ValueKind: JsonValueKind.Array } list)
        {
            foreach (var item in list.EnumerateArray())
            {
                parents.Add(new ParentInfo(Number(item, "pid"), Member(item, "comm") ?? "", Member(item, "exe")));
            }
        }

        return parents;
    }

    public static Dictionary<string, string>? ReadLabels(string? text)
    {
        using var json = Parse(text);
        return json?.RootElement is { ValueKind: JsonValueKind.Object } labels
            ? labels.EnumerateObject().DistinctBy(label => label.Name)
                .ToDictionary(label => label.Name, label => label.Value.ValueKind == JsonValueKind.String ? label.Value.GetString()! : "")
            : null;
    }

    /// <summary>16 octets that are equal for equal identities: each field with its length, so that no two field lists run together.</summary>
    public static byte[] Digest(ReadOnlySpan<string?> fields)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var field in fields)
        {
            var octets = Utf8(field ?? "");
            hash.AppendData(BitConverter.GetBytes(field is null ? -1 : octets.Length));
            hash.AppendData(octets);
        }

        return hash.GetHashAndReset()[..16];
    }

    public static string Write(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            content(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The JSON writer throws on lone surrogates; the encoder replaces them.</summary>
    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static JsonDocument? Parse(string? text)
    {
        try
        {
            return text is null ? null : JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static int Number(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var member) && member.TryGetInt32(out var number) ? number : 0;

    public static string? Member(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;
}
