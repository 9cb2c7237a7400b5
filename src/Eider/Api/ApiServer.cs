// The agent's HTTP API: on a Unix socket for local commands, and on a TCP address where the configuration names one.

using System.Net;
using System.Net.Sockets;
using Eider.Cli;
using Eider.Core.Config;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

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

    private readonly WebApplication _application;
    private readonly SocketClaim _claim;

    private ApiServer(WebApplication application, SocketClaim claim) => (_application, _claim) = (application, claim);

    /// <summary>Takes the address and serves.</summary>
    /// <param name="claim">Of the socket in <paramref name="config"/>; released with the server, or when that does not start.</param>
    /// <exception cref="CliException">The address is taken or may not be used.</exception>
    internal static async Task<ApiServer> StartAsync(ApiConfig config, ApiRoutes routes, SocketClaim claim)
    {
        try
        {
            var application = Build(config, routes);
            await application.StartAsync();
            return new ApiServer(application, claim);
        }
        catch (Exception failure) when (failure is IOException or SocketException or UnauthorizedAccessException)
        {
            claim.Dispose();
            throw Refused(config, failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using (var patience = new CancellationTokenSource(StopTimeout))
        {
            await _application.StopAsync(patience.Token);
        }

        await _application.DisposeAsync();
        _claim.Dispose();
    }

    private static WebApplication Build(ApiConfig config, ApiRoutes routes)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            server.AllowSynchronousIO = false;
            server.Limits.MaxConcurrentConnections = MaxConnections;
            server.Limits.MaxRequestBodySize = 0;
            server.Limits.MaxRequestLineSize = MaxRequestLine;
            server.Limits.MaxRequestHeadersTotalSize = MaxHeaders;
            server.Limits.RequestHeadersTimeout = HeadersTimeout;
            server.Limits.KeepAliveTimeout = IdleTimeout;
            server.ListenUnixSocket(config.Socket, Http1);
            if (config.Listen is { } address)
            {
                server.Listen(address, Http1);
            }
        });
        builder.Services.Configure<SocketTransportOptions>(static transport => transport.CreateBoundListenSocket = Bind);
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = StopTimeout);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var application = builder.Build();
        application.Run(routes.Serve);
        return application;
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

    /// <summary>Signals are the command's business, not the web host's.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
