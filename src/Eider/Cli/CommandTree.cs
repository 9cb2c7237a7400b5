// The verbs of `eider`, and how one is run: parse, act, and one line on standard error when that fails.

using System.CommandLine;
using System.CommandLine.Help;
using Eider.Core.Config;

namespace Eider.Cli;

internal static class CommandTree
{
    public static RootCommand Create()
    {
        var root = new RootCommand("Eider sees every DNS query of this machine, with the process that asked.");
        root.Add(RunVerb.Create());
        root.Add(ObserveVerb.Create());
        root.Add(AlertsVerb.Create());
        root.Add(RespondVerb.Create());
        root.Add(TopVerb.Create());
        root.Add(StatusVerb.Create());
        root.Add(DoctorVerb.Create());
        root.Add(ReplayVerb.Create());
        root.Add(PolicyVerb.Create());
        root.Add(ListsVerb.Create());
        root.Add(ConfigVerb.Create());
        root.Add(UninstallVerb.Create());
        root.Add(VersionVerb.Create());
        root.Add(CompletionVerb.Create());
        foreach (var option in root.Options.ToList())
        {
            if (option is VersionOption)
            {
                // `eider version` is the one way; it says more.
                root.Options.Remove(option);
            }
            else if (option is HelpOption { Action: HelpAction usage } help)
            {
                help.Action = new HelpText(usage);
            }
        }

        return root;
    }

    public static async Task<int> Run(string[] arguments)
    {
        var root = Create();
        var parsed = root.Parse(arguments);
        try
        {
            if (arguments.Length > 0 && parsed.Errors.Count > 0 && parsed.Action is not HelpText && !root.Directives.Any(directive => parsed.GetResult(directive) is not null))
            {
                return Refuse(parsed);
            }

            if (arguments.Length == 0)
            {
                await root.Parse("--help").InvokeAsync();
                return ExitCode.Usage;
            }

            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (BrokenPipeException)
        {
            return ExitCode.Ok;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception failure) when (Environment.GetEnvironmentVariable("EIDER_DEBUG") is null or "")
        {
            return Report(failure);
        }
    }

    private static int Report(Exception failure)
    {
        var (code, message) = failure is CliException expected
            ? (expected.ExitCode, expected.Message)
            : (ExitCode.Failed, $"internal error: {failure.GetType().Name}: {failure.Message}; set EIDER_DEBUG=1 to see where, and report it");
        Console.Error.WriteLine($"eider: {(IsOfKernel(failure) ? string.Join('\n', message.Split('\n').Select(Output.TerminalText.Escape)) : Output.TerminalText.Escape(message))}");
        return code;
    }

    /// <summary>Those messages have lines of their own: the kernel's reasons, and the mend.</summary>
    private static bool IsOfKernel(Exception? failure) => failure is not null && (failure is Bpf.BpfException || IsOfKernel(failure.InnerException));

    private static int Refuse(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var path = PathOf(command);
        var verb = path["eider".Length..].TrimStart();
        if (parsed.UnmatchedTokens.Count > 0)
        {
            // Whatever else is wrong follows from this.
            var wrong = parsed.UnmatchedTokens[0];
            var known = command.Options.Select(static option => option.Name).Concat(command.Subcommands.Select(static verb => verb.Name));
            var mend = Suggestion.Nearest(wrong, known) is { } close ? $"did you mean `{close}`?" : $"see `{path} --help`";
            Complain(verb, $"unknown {(wrong.StartsWith('-') ? "option" : command.Subcommands.Count > 0 ? "command" : "argument")} \"{wrong}\"; {mend}");
            return ExitCode.Usage;
        }

        foreach (var message in parsed.Errors.Select(static error => error.Message).Distinct())
        {
            Complain(verb, $"{FirstLower(message.TrimEnd('.'))}{(message.Contains(';') ? "" : $"; see `{path} --help`")}");
        }

        return ExitCode.Usage;
    }

    private static void Complain(string verb, string message) =>
        Console.Error.WriteLine($"eider: {(verb.Length > 0 ? verb + ": " : "")}{Output.TerminalText.Escape(message)}");

    private static string PathOf(Command command) =>
        command is RootCommand ? "eider" : $"{PathOf((Command)command.Parents.First())} {command.Name}";

    private static string FirstLower(string text) => text.Length > 1 && char.IsUpper(text[0]) && char.IsLower(text[1]) ? char.ToLowerInvariant(text[0]) + text[1..] : text;
}
