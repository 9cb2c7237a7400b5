// Which agent a verb asks: --socket, else api.socket of the configuration.

using System.CommandLine;
using Eider.Core.Config;

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
    public EiderConfig ReadConfig(ParseResult parsed) => _config.Read(parsed).Config;

    /// <exception cref="CliException">The configuration cannot be used.</exception>
    public string SocketOf(ParseResult parsed) => parsed.GetValue(_socket) ?? ReadConfig(parsed).Api.Socket;

    /// <exception cref="CliException">The configuration cannot be used.</exception>
    public ApiClient Connect(ParseResult parsed) => new(SocketOf(parsed));
}
