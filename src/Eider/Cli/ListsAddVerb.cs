// eider lists add: a list from a file or a server into the store, with a report of what gave no name.

using System.CommandLine;
using Eider.Core.Config;
using Eider.Core.Lists;
using Eider.Core.Policy;
using Eider.Output;

namespace Eider.Cli;

internal static class ListsAddVerb
{
    public static Verb Create()
    {
        var name = ListsVerb.NameOfList<string>("name by which policies refer to the list", ArgumentArity.ExactlyOne);
        var file = new Option<string?>("--file") { Description = "read it from this file", HelpName = "FILE" };
        var url = new Option<string?>("--url") { Description = "fetch it from this http or https URL", HelpName = "URL" };
        var format = Words("--format", "how it is written; default is auto: by its content", [.. DomainListSpec.NameFormats.Select(static format => format.ToString())]);
        var match = Words("--match", "what a plain name stands for: subdomains (it and everything below, the default) or exact", Enum.GetNames<ListMatch>());
        var size = new Option<string?>("--max-size") { Description = $"refuse a larger one; default is {Units.FormatSize(DomainListSpec.DefaultMaxSize)}", HelpName = "SIZE" };
        var folder = new ListFolderOption();
        CheckUrl(url);
        CheckSize(size);
        var verb = new Verb(
            "add",
            "Import a domain list: fetch it, read it to its end, and put it in the place of the copy there was. A list that cannot be used changes nothing.",
            ("eider lists add threat-intel --url https://lists.example/tif.txt", "from a server; policies that name threat-intel find it then"),
            ("eider lists add ads --file ads.txt.gz --format adblock", "from a file, in a format that is named rather than detected"))
        { name, file, url, format, match, size };
        folder.AddTo(verb);
        verb.Validators.Add(result =>
        {
            if (result.GetResult(file) is null == result.GetResult(url) is null)
            {
                result.AddError("a list comes from one source; give --file or --url");
            }
        });
        verb.Does((parsed, interruption) => Add(folder.Open(parsed), new DomainListSpec
        {
            Name = parsed.GetValue(name)!,
            Source = parsed.GetValue(url) is { } address ? new UrlListSource(new Uri(address), null) : new FileListSource(Path.GetFullPath(parsed.GetValue(file)!)),
            Format = Enum.Parse<ListFormat>(parsed.GetValue(format) ?? nameof(ListFormat.Auto), ignoreCase: true),
            Match = Enum.Parse<ListMatch>(parsed.GetValue(match) ?? nameof(ListMatch.Subdomains), ignoreCase: true),
            MaxSize = parsed.GetValue(size) is { } text && Units.TryParseSize(text, out var octets) ? octets : DomainListSpec.DefaultMaxSize,
            Place = new Place("command line", 0, 0),
        }, interruption.Token));
        return verb;
    }

    private static async Task<int> Add(ListStore store, DomainListSpec list, CancellationToken cancellation)
    {
        ListFetch fetch;
        using (var bar = new ProgressLine(Console.Error, ProgressLine.IsWanted, TimeProvider.System))
        using (var fetcher = new ListFetcher(store, TimeProvider.System))
        {
            fetch = await fetcher.FetchAsync(list, bar.Show, cancellation);
        }

        if (fetch is { Outcome: FetchOutcome.Failed, Error: { } error })
        {
            var kept = fetch.Stored is { } last ? $"the copy of {last.Fetched:yyyy-MM-dd HH:mm}Z with {ListsVerb.Number(last.Names)} names stays" : "nothing was imported";
            var code = error.Fault switch { ListFault.NotStored => ExitCode.MissingPrivilege, ListFault.Unreachable => ExitCode.Failed, _ => ExitCode.BadInput };
            throw new CliException(code, "lists add", TerminalText.Escape(error.Message), kept);
        }

        await using var output = StandardOutput.OpenText();
        var report = new ListReport(output, Style.ForStandardOutput, StandardOutput.TableWidth);
        report.WriteFetch(fetch);
        return ExitCode.Ok;
    }

    private static void CheckUrl(Option<string?> url) => url.Validators.Add(static result =>
    {
        if (result.Tokens is [var token] && !IsUrl(token.Value))
        {
            result.AddError($"--url: \"{token.Value}\" is no http or https URL; write e.g. https://lists.example/tif.txt");
        }
    });

    private static void CheckSize(Option<string?> size) => size.Validators.Add(static result =>
    {
        if (result.Tokens is [var token] && !Units.TryParseSize(token.Value, out _))
        {
            result.AddError($"--max-size: \"{token.Value}\" is no size; write a whole number with its unit, such as {Units.SizeExamples}");
        }
    });

    private static Option<string?> Words(string name, string meaning, string[] values)
    {
        var words = values.Select(static value => value.ToLowerInvariant()).ToArray();
        var option = new Option<string?>(name) { Description = meaning, HelpName = name.TrimStart('-').ToUpperInvariant() };
        option.CompletionSources.Add(words);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !words.Contains(token.Value))
            {
                var mend = Suggestion.Nearest(token.Value, words) is { } close ? $"did you mean \"{close}\"?" : $"write {string.Join(", ", words[..^1])} or {words[^1]}";
                result.AddError($"{name}: unknown {name.TrimStart('-')} \"{token.Value}\"; {mend}");
            }
        });
        return option;
    }

    private static bool IsUrl(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0;
}
