// Which agent a verb asks: --socket, else api.socket of the configuration.

using System.CommandLine;

namespace Eider.Cli;

internal sealed class AgentOption
{
    private readonly Option<string?> _socket = new("--socket", "-s") { Description = "socket of the agent; default is api.socket of the configuration", HelpName = "PATH" };
    private readonly ConfigOption _config = new();

    public void AddTo(Command command)
    {
        command.Add(_socket);
        _config.AddTo(command);
    }

    /// <exception cref="CliException">The configuration cannot be used.</exception>
    public ApiClient Connect(ParseResult parsed) => new(parsed.GetValue(_socket) ?? _config.Read(parsed).Config.Api.Socket);
}
