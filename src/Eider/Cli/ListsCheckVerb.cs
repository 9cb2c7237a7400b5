// eider lists check: which lists hold a domain name, and by which entry.

using System.CommandLine;
using System.Text.Json;
using Eider.Core.Lists;
using Eider.Core.Policy;
using Eider.Output;

namespace Eider.Cli;

internal static class ListsCheckVerb
{
    public static Verb Create()
    {
        var names = new Argument<string[]>("DOMAIN") { Description = "domain name to look for", Arity = ArgumentArity.OneOrMore };
        names.Validators.Add(static result =>
        {
            foreach (var token in result.Tokens)
            {
                if (!QuestionName.TryRead(token.Value, out _, out var fault))
                {
                    result.AddError($"\"{token.Value}\" is no name; {fault}");
                }
            }
        });
        var format = new FormatOption("text (default) or json", "text", "json");
        var folder = new ListFolderOption();
        var verb = new Verb(
            "check",
            "Say which lists hold a domain name, and by which entry and line.",
            ("eider lists check ads.example www.shop.example", "in every list there is"),
            ("eider policy explain --subject user=alice --name ads.example", "what policies make of it is another question"))
        { names };
        format.AddTo(verb);
        folder.AddTo(verb);
        verb.Does((parsed, interruption) =>
        {
            var store = folder.Open(parsed);
            var errors = new List<ListError>();
            var found = parsed.GetValue(names)!.Select(name => (Name: name, Hits: ListSearch.Find(store, name, errors, interruption.Token))).ToList();
            foreach (var error in errors.Distinct())
            {
                Console.Error.WriteLine($"eider: {TerminalText.Escape(error.Message)}");
            }

            using var output = StandardOutput.OpenText();
            if (format.Word(parsed) == "json")
            {
                WriteJson(output.BaseStream, found);
            }
            else
            {
                Write(output, found, store, Style.ForStandardOutput);
            }

            return Task.FromResult(errors.Count == 0 ? ExitCode.Ok : ExitCode.BadInput);
        });
        return verb;
    }

    private static void Write(TextWriter output, List<(string Name, IReadOnlyList<ListHit> Hits)> found, ListStore store, Style style)
    {
        foreach (var (name, hits) in found)
        {
            if (hits.Count == 0)
            {
                output.WriteLine($"{TerminalText.Escape(name)}: in none of {store.All.Count} lists");
            }

            foreach (var hit in hits)
            {
                var action = hit.Action == ListAction.Allow ? style.Green("an exception") : style.Red("listed");
                output.WriteLine($"{TerminalText.Escape(name)}: {action} in {hit.List}, line {ListsVerb.Number(hit.Line)}: {Entry(hit)}{Terms(hit)}");
            }
        }
    }

    /// <summary>As a policy would write it.</summary>
    private static string Entry(ListHit hit) => hit.Match switch
    {
        NameMatch.Exact => hit.Entry,
        NameMatch.Below => $"*.{hit.Entry}",
        _ => $"{hit.Entry} and everything below",
    };

    private static string Terms(ListHit hit) =>
        $"{(hit.IsImportant ? ", important" : "")}{(hit.Reply == ListReply.Unspecified ? "" : $", wants {hit.Reply.ToString().ToLowerInvariant()}")}";

    private static void WriteJson(Stream output, List<(string Name, IReadOnlyList<ListHit> Hits)> found)
    {
        using (var json = new Utf8JsonWriter(output, JsonText.Indented))
        {
            json.WriteStartArray();
            foreach (var (name, hits) in found)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, name);
                json.WriteStartArray("hits"u8);
                foreach (var hit in hits)
                {
                    json.WriteStartObject();
                    json.WriteString("list"u8, hit.List);
                    json.WriteString("entry"u8, hit.Entry);
                    json.WriteString("match"u8, hit.Match.ToString().ToLowerInvariant());
                    json.WriteString("action"u8, hit.Action.ToString().ToLowerInvariant());
                    json.WriteBoolean("important"u8, hit.IsImportant);
                    json.WriteString("reply"u8, hit.Reply.ToString().ToLowerInvariant());
                    json.WriteNumber("line"u8, hit.Line);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        output.Write("\n"u8);
    }
}
