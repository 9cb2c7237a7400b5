// The agent's HTTP API: on a Unix socket for local commands, and on a TCP address where the configuration names one.

using System.Net;
using System.Net.Sockets;
using Eider.Cli;
using Eider.Core.Config;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Eider.Api;

/// <summary>A listening API. Its socket belongs to one agent at a time: a second one is refused, what a dead one left behind is replaced.</summary>
public sealed class ApiServer : IAsyncDisposable
{
    private const int MaxConnections = 64;
    private const int MaxRequestLine = 32 << 10;
    private const int MaxHeaders = 16 << 10;

    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    private readonly KestrelServer _server;
    private readonly SocketClaim _claim;

    private ApiServer(KestrelServer server, SocketClaim claim) => (_server, _claim) = (server, claim);

    /// <summary>Takes the address and serves.</summary>
    /// <param name="claim">Of the socket in <paramref name="config"/>; released with the server, or when that does not start.</param>
    /// <param name="log">Takes one line for people when a request could not be served through a fault of ours.</param>
    /// <exception cref="CliException">The address is taken or may not be used.</exception>
    internal static async Task<ApiServer> StartAsync(ApiConfig config, ApiRoutes routes, SocketClaim claim, Action<string> log)
    {
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions { CreateBoundListenSocket = Bind }), NullLoggerFactory.Instance);
        var server = new KestrelServer(Options.Create(OptionsOf(config)), transport, NullLoggerFactory.Instance);
        try
        {
            await server.StartAsync(new Application(routes, log), CancellationToken.None);
            return new ApiServer(server, claim);
        }
        catch (Exception failure) when (failure is IOException or SocketException or UnauthorizedAccessException)
        {
            server.Dispose();
            claim.Dispose();
            throw Refused(config, failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using (var patience = new CancellationTokenSource(StopTimeout))
        {
            await _server.StopAsync(patience.Token);
        }

        _server.Dispose();
        _claim.Dispose();
    }

    private static KestrelServerOptions OptionsOf(ApiConfig config)
    {
        var options = new KestrelServerOptions { ApplicationServices = NoServices.Instance, AddServerHeader = false };
        options.Limits.MaxConcurrentConnections = MaxConnections;
        options.Limits.MaxRequestBodySize = 0;
        options.Limits.MaxRequestLineSize = MaxRequestLine;
        options.Limits.MaxRequestHeadersTotalSize = MaxHeaders;
        options.Limits.RequestHeadersTimeout = HeadersTimeout;
        options.Limits.KeepAliveTimeout = IdleTimeout;
        options.ListenUnixSocket(config.Socket, Http1);
        if (config.Listen is { } address)
        {
            options.Listen(address, Http1);
        }

        return options;
    }

    private static void Http1(ListenOptions listener) => listener.Protocols = HttpProtocols.Http1;

    /// <summary>A Unix socket gets its mode before it listens, so that nobody else can ever connect.</summary>
    private static Socket Bind(EndPoint endpoint)
    {
        if (endpoint is not UnixDomainSocketEndPoint)
        {
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(endpoint);
            File.SetUnixFileMode(endpoint.ToString()!, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static CliException Refused(ApiConfig config, Exception failure)
    {
        var isTaken = failure is AddressInUseException || failure.InnerException is AddressInUseException or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse };
        return isTaken
            ? new(ExitCode.Failed, config.Listen?.ToString() ?? config.Socket, "the address is in use", "end the program that listens there, or set another api.listen", failure)
            : new(ExitCode.Failed, $"{config.Socket}{(config.Listen is { } listen ? $" or {listen}" : "")}", failure.Message, "set another api.socket or api.listen", failure);
    }

    /// <summary>Kestrel alone, without the web host around it: no configuration, logging and injection of its own to load at start and to keep.</summary>
    private sealed class Application(ApiRoutes routes, Action<string> log) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) => routes.Serve(context);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
            // A client that leaves in the middle is no fault.
            if (exception is not (null or OperationCanceledException or IOException))
            {
                log($"API: {context.Request.Path}: {exception.GetType().Name}: {exception.Message}");
            }
        }
    }

    private sealed class NoServices : IServiceProvider
    {
        public static readonly NoServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}
