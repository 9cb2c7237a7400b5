// -o: the form that events are shown in.

using System.CommandLine;
using System.CommandLine.Completions;
using Eider.Core.Config;
using Eider.Output;

namespace Eider.Cli;

internal sealed class FormatOption
{
    private readonly Option<string?> _option;

    /// <param name="words">What may be given; the rest of the meaning is in <paramref name="meaning"/>.</param>
    public FormatOption(string meaning, params string[] words)
    {
        _option = new Option<string?>("--output", "-o") { Description = meaning, HelpName = "FORM" };
        _option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !words.Contains(token.Value))
            {
                var mend = Suggestion.Nearest(token.Value, words) is { } close ? $"did you mean \"{close}\"?" : $"write {string.Join(", ", words[..^1])} or {words[^1]}";
                result.AddError($"-o: unknown form \"{token.Value}\"; {mend}");
            }
        });
        _option.CompletionSources.Add(words);
    }

    public void AddTo(Command command) => command.Add(_option);

    /// <summary>The word given; null when none was.</summary>
    public string? Word(ParseResult parsed) => parsed.GetValue(_option);

    /// <summary>For verbs that show events: a table on a terminal and JSON in a pipe, unless something else was asked for.</summary>
    public OutputFormat Read(ParseResult parsed) => Word(parsed) switch
    {
        "json" => OutputFormat.Json,
        "compact" => OutputFormat.Compact,
        "table" => OutputFormat.Table,
        _ => StandardOutput.IsTerminal ? OutputFormat.Table : OutputFormat.Json,
    };
}
