// eider config: the effective configuration, and whether a file is right.

using System.CommandLine;
using Eider.Core.Config;

namespace Eider.Cli;

internal static class ConfigVerb
{
    public static Command Create() => new Command("config", "Show or check the configuration.") { Show(), Check() };

    private static Verb Show()
    {
        var config = new ConfigOption();
        var verb = new Verb(
            "show",
            "Print every key with the value in effect and where it comes from; the output is itself a configuration.",
            ("eider config show", "what an agent would use"),
            ("eider config show -c eider.yaml", "with this file"));
        config.AddTo(verb);
        verb.SetAction(parsed =>
        {
            using var output = StandardOutput.OpenText();
            output.Write(config.Read(parsed).ToYaml());
            return ExitCode.Ok;
        });
        return verb;
    }

    private static Verb Check()
    {
        var file = new Argument<string>("FILE") { Description = "configuration file", DefaultValueFactory = static _ => ConfigFile.DefaultPath };
        var verb = new Verb(
            "check",
            "Report every mistake of a configuration file, with line and column.",
            ("eider config check eider.yaml", "exit code 0: it is right; 4: it is not"));
        verb.Add(file);
        verb.SetAction(parsed =>
        {
            var path = parsed.GetValue(file)!;
            ConfigOption.Load(path);
            using var output = StandardOutput.OpenText();
            output.WriteLine($"{Output.TerminalText.Escape(path)}: right");
            return ExitCode.Ok;
        });
        return verb;
    }
}
