// What came of a table of expectations, for programs.

using System.Text.Json;
using Eider.Cli;
using Eider.Core.Decode;

namespace Eider.Output;

internal static class ExpectationJson
{
    /// <summary>Writes one JSON object and a newline.</summary>
    public static void Write(Stream output, int cases, IReadOnlyList<PolicyTestVerb.Failure> failures)
    {
        using (var json = new Utf8JsonWriter(output, JsonText.Indented))
        {
            json.WriteStartObject();
            json.WriteNumber("cases"u8, cases);
            json.WriteNumber("failed"u8, failures.Count);
            json.WriteStartArray("failures"u8);
            foreach (var failure in failures)
            {
                Write(json, failure);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void Write(Utf8JsonWriter json, PolicyTestVerb.Failure failure)
    {
        var (expected, what) = failure;
        json.WriteStartObject();
        json.WriteString("file"u8, expected.Place.File);
        json.WriteNumber("line"u8, expected.Place.Line);
        json.WriteNumber("column"u8, expected.Place.Column);
        json.WriteString("subject"u8, expected.Subject);
        json.WriteString("name"u8, expected.Name);
        json.WriteString("qtype"u8, RecordType.Name(expected.Type));
        if (expected.Server is { } server)
        {
            json.WriteString("server"u8, server.ToString());
        }

        json.WriteString("expect"u8, expected.Expect.Word);
        json.WriteString("what"u8, what);
        json.WriteEndObject();
    }
}
