// --lists: the folder with the copies of domain lists, for every verb that reads or writes them.

using System.CommandLine;
using Eider.Core.Lists;
using Eider.Output;

namespace Eider.Cli;

internal sealed class ListFolderOption
{
    private readonly Option<string?> _option = new("--lists") { Description = "folder of the lists' copies; default is policy.lists of the configuration", HelpName = "FOLDER" };
    private readonly ConfigOption _config = new();

    public void AddTo(Command command)
    {
        command.Add(_option);
        _config.AddTo(command);
    }

    /// <exception cref="CliException">The configuration cannot be used, or the folder not be read.</exception>
    public ListStore Open(ParseResult parsed)
    {
        var folder = parsed.GetValue(_option) ?? _config.Read(parsed).Config.Policy.Lists;
        try
        {
            if (Directory.Exists(folder))
            {
                _ = Directory.GetDirectories(folder);
            }
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.MissingPrivilege, folder, "may not be read", "run as root, or name another folder with --lists", refused);
        }

        return new ListStore(folder, TimeProvider.System);
    }

    public static CliException Refusal(ListStoreException refused) =>
        new(ExitCode.MissingPrivilege, "lists", TerminalText.Escape(refused.Message), "run as root, or name another folder with --lists", refused);
}
