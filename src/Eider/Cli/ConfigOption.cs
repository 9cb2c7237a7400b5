// --config: where the configuration comes from, for every verb that needs one.

using System.CommandLine;
using Eider.Core.Config;
using Eider.Output;

namespace Eider.Cli;

internal sealed class ConfigOption
{
    private readonly Option<string?> _option = new("--config", "-c") { Description = $"configuration file; default is {ConfigFile.DefaultPath} where there is one", HelpName = "FILE" };

    public void AddTo(Command command) => command.Add(_option);

    /// <summary>The file named, else the default one, else the defaults.</summary>
    /// <exception cref="CliException">The file cannot be used; every mistake has been written to standard error but the last, which the exception has.</exception>
    public ConfigFile Read(ParseResult parsed)
    {
        var named = parsed.GetValue(_option);
        if (named is null && !File.Exists(ConfigFile.DefaultPath))
        {
            return ConfigFile.Defaults;
        }

        return Load(named ?? ConfigFile.DefaultPath);
    }

    public static ConfigFile Load(string path)
    {
        if (ConfigFile.Load(path, out var errors) is { } file)
        {
            return file;
        }

        foreach (var error in errors.SkipLast(1))
        {
            Console.Error.WriteLine($"eider: {TerminalText.Escape(error.ToString())}");
        }

        var last = errors[^1];
        var place = last.Line == 0 ? last.File : $"{last.File}:{last.Line}:{last.Column}";
        throw new CliException(ExitCode.BadInput, place, last.Message, "`eider config show` prints every key with its value");
    }
}
