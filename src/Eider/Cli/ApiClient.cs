// Asks a running agent over its socket.

using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Eider.Output;

namespace Eider.Cli;

/// <summary>A client of one agent's API.</summary>
internal sealed class ApiClient : IDisposable
{
    private const string AnyHost = "http://localhost";

    private readonly string _socket;
    private readonly HttpClient _http;

    /// <param name="socket">Path of the agent's Unix socket.</param>
    public ApiClient(string socket)
    {
        _socket = socket;
        _http = new HttpClient(new SocketsHttpHandler { ConnectCallback = Connect, UseProxy = false, MaxResponseHeadersLength = 16 }) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Opens a response's body; disposing it ends the request.</summary>
    /// <exception cref="CliException">No agent answers, or it refuses.</exception>
    public Task<Stream> Get(string pathAndQuery, CancellationToken cancellation) => Send(HttpMethod.Get, pathAndQuery, cancellation);

    /// <inheritdoc cref="Get"/>
    public Task<Stream> Delete(string path, CancellationToken cancellation) => Send(HttpMethod.Delete, path, cancellation);

    private async Task<Stream> Send(HttpMethod method, string pathAndQuery, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(method, AnyHost + pathAndQuery);
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            var body = await response.Content.ReadAsStreamAsync(cancellation);
            return response.IsSuccessStatusCode ? body : throw await Refusal(response.StatusCode, body, cancellation);
        }
        catch (HttpRequestException failure) when (failure.InnerException is SocketException socket)
        {
            throw Unreachable(socket);
        }
        catch (HttpRequestException failure)
        {
            throw new CliException(ExitCode.AgentNotRunning, _socket, $"no agent answers ({failure.Message})", "start one with `eider run`, or name its socket with --socket", failure);
        }
    }

    public void Dispose() => _http.Dispose();

    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socket), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private CliException Unreachable(SocketException failure) => failure.SocketErrorCode == SocketError.AccessDenied
        ? new(ExitCode.MissingPrivilege, _socket, "permission denied", "run as root: events tell what every process asks", failure)
        : new(ExitCode.AgentNotRunning, _socket, "no agent answers", "start one with `eider run`, or name its socket with --socket", failure);

    private async Task<CliException> Refusal(HttpStatusCode code, Stream body, CancellationToken cancellation)
    {
        string? why = null;
        try
        {
            using var json = await JsonDocument.ParseAsync(body, default, cancellation);
            why = json.RootElement.TryGetProperty("error", out var error) ? error.GetString() : null;
        }
        catch (JsonException)
        {
            // Not an agent's answer; the code has to do.
        }

        return new CliException(ExitCode.Failed, "agent", TerminalText.Escape(why ?? $"it answers {(int)code}"), $"the agent on {_socket} refused this");
    }
}
