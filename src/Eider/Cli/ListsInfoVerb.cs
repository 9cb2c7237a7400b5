// eider lists info: which lists there are, and what is known of one.

using System.CommandLine;
using System.Text.Json;
using Eider.Core.Lists;
using Eider.Output;

namespace Eider.Cli;

internal static class ListsInfoVerb
{
    public static Verb Create()
    {
        var name = ListsVerb.NameOfList<string?>("one list, with everything that is known of it; default is a line for each", ArgumentArity.ZeroOrOne);
        var format = new FormatOption("text (default) or json", "text", "json");
        var folder = new ListFolderOption();
        var verb = new Verb(
            "info",
            "Show the lists there are copies of, or everything about one.",
            ("eider lists info", "a line for each list"),
            ("eider lists info threat-intel", "its source, its copy, and what gave no name by reason"))
        { name };
        format.AddTo(verb);
        folder.AddTo(verb);
        verb.SetAction(parsed =>
        {
            var store = folder.Open(parsed);
            var one = parsed.GetValue(name);
            IReadOnlyList<StoredList> lists = one is null ? store.All : [store.Find(one) ?? throw ListsVerb.Unknown(one, store)];
            using var output = StandardOutput.OpenText();
            if (format.Word(parsed) == "json")
            {
                WriteJson(output.BaseStream, lists);
                return ExitCode.Ok;
            }

            var report = new ListReport(output, Style.ForStandardOutput, StandardOutput.TableWidth);
            if (one is not null)
            {
                report.WriteOne(lists[0]);
            }
            else if (lists.Count > 0)
            {
                report.WriteAll(lists);
            }
            else
            {
                output.WriteLine($"no lists in {TerminalText.Escape(store.Folder)}");
            }

            return ExitCode.Ok;
        });
        return verb;
    }

    private static void WriteJson(Stream output, IReadOnlyList<StoredList> lists)
    {
        using (var json = new Utf8JsonWriter(output, JsonText.Indented))
        {
            json.WriteStartArray();
            foreach (var list in lists)
            {
                WriteJson(json, list);
            }

            json.WriteEndArray();
        }

        output.Write("\n"u8);
    }

    private static void WriteJson(Utf8JsonWriter json, StoredList list)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, list.Name);
        json.WriteString("source"u8, list.Source);
        json.WriteString("format"u8, list.Format.ToString().ToLowerInvariant());
        json.WriteString("match"u8, list.Match.ToString().ToLowerInvariant());
        json.WriteNumber("names"u8, list.Names);
        json.WriteNumber("exceptions"u8, list.Exceptions);
        json.WriteNumber("single_labels"u8, list.SingleLabels);
        json.WriteNumber("bytes"u8, list.Octets);
        json.WriteString("sha256"u8, list.Sha256);
        json.WriteString("fetched"u8, list.Fetched);
        json.WriteString("checked"u8, list.Checked);
        json.WriteStartObject("skipped"u8);
        foreach (var (fault, count) in list.Skipped)
        {
            json.WriteNumber(JsonNamingPolicy.SnakeCaseLower.ConvertName(fault), count);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
