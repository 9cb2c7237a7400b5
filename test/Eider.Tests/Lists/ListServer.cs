// A web server on loopback that publishes a list, as well or as badly as a test wants.

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Eider.Tests.Lists;

internal sealed class ListServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private ListServer(WebApplication application) => _application = application;

    /// <summary>Path and conditions of each request, in order.</summary>
    public List<string> Requests { get; } = [];

    public Uri Url => new(_application.Urls.First() + "/list.txt");

    public static async Task<ListServer> StartAsync(Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(System.Net.IPAddress.Loopback, 0);
            options.AddServerHeader = false;
            options.Limits.MinResponseDataRate = null;
        });
        var application = builder.Build();
        var server = new ListServer(application);
        application.Run(context =>
        {
            server.Requests.Add($"{context.Request.Path} etag={context.Request.Headers.IfNoneMatch} since={context.Request.Headers.IfModifiedSince} accept={context.Request.Headers.AcceptEncoding}");
            return answer(context);
        });
        await application.StartAsync();
        return server;
    }

    public static Task<ListServer> StartAsync(string body) => StartAsync(context => context.Response.WriteAsync(body));

    public async ValueTask DisposeAsync()
    {
        // Requests that a test left hanging are not waited for.
        using var now = new CancellationTokenSource();
        now.Cancel();
        await _application.StopAsync(now.Token);
        await _application.DisposeAsync();
    }
}
