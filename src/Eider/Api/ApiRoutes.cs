// What the API answers, path by path.

using System.Text;
using System.Text.Json;
using Eider.Core.Filters;
using Eider.Output;
using Eider.Status;
using Microsoft.AspNetCore.Http;

namespace Eider.Api;

/// <summary>Reads the agent's status; a time above zero has the kernel measure its programs for so long.</summary>
public delegate Task<AgentStatus> StatusSource(TimeSpan measure, CancellationToken cancellation);

/// <summary>Serves one request; safe for concurrent use.</summary>
public sealed class ApiRoutes(StatusSource status, EventStream events, ResponseRoutes responses)
{
    private const string Alerts = "/v1/alerts/";
    private const string OneResponse = ResponseRoutes.Path + "/";

    private static readonly TimeSpan LongestMeasurement = TimeSpan.FromSeconds(10);

    public Task Serve(HttpContext context)
    {
        var path = context.Request.Path.Value;
        var isLift = HttpMethods.IsDelete(context.Request.Method) && path?.StartsWith(OneResponse, StringComparison.Ordinal) == true;
        if (!HttpMethods.IsGet(context.Request.Method) && !isLift)
        {
            return Refuse(context, StatusCodes.Status405MethodNotAllowed, "only GET is served, and DELETE of /v1/responses/ID");
        }

        if (path?.StartsWith("/v1/", StringComparison.Ordinal) == true && !IsDirect(context))
        {
            return Refuse(context, StatusCodes.Status421MisdirectedRequest, $"\"{context.Request.Host.Host}\" is not this agent; ask it by its address");
        }

        return path switch
        {
            "/v1/events" => Events(context),
            "/v1/status" => Status(context),
            ResponseRoutes.Path => responses.Serve(context, null),
            "/metrics" => Metrics(context),
            "/healthz" => Text(context, "text/plain; charset=utf-8", "ok\n"),
            { } when path.StartsWith(Alerts, StringComparison.Ordinal) => events.ServeAlert(context, path[Alerts.Length..]),
            { } when path.StartsWith(OneResponse, StringComparison.Ordinal) => responses.Serve(context, path[OneResponse.Length..]),
            _ => Refuse(context, StatusCodes.Status404NotFound, "no such path; there are /v1/status, /v1/events, /v1/alerts/ID, /v1/responses, /metrics and /healthz"),
        };
    }

    /// <summary>False for a name: a web page could have made it resolve to this address in order to read events in a browser (DNS rebinding).</summary>
    private static bool IsDirect(HttpContext context) =>
        context.Connection.RemoteIpAddress is null || context.Request.Host.Host is "localhost" || System.Net.IPAddress.TryParse(context.Request.Host.Host.Trim('[', ']'), out _);

    private async Task Events(HttpContext context)
    {
        if (!EventRequest.TryRead(context.Request.Query, TimeProvider.System.GetUtcNow(), out var request, out var fault))
        {
            await Refuse(context, StatusCodes.Status400BadRequest, fault ?? "");
            return;
        }

        await events.Serve(context, request);
    }

    private async Task Status(HttpContext context)
    {
        var text = context.Request.Query["measure"].ToString();
        if (!Duration.TryParse(text.Length == 0 ? "0s" : text, out var measureNs) || measureNs > LongestMeasurement.TotalNanoseconds)
        {
            await Refuse(context, StatusCodes.Status400BadRequest, $"measure: \"{text}\" is no time up to {LongestMeasurement.TotalSeconds} s; write e.g. 500ms");
            return;
        }

        var read = await status(TimeSpan.FromMicroseconds(measureNs / 1000.0), context.RequestAborted);
        await Text(context, "application/json", JsonSerializer.Serialize(read, StatusJson.Default.AgentStatus) + "\n");
    }

    private async Task Metrics(HttpContext context) =>
        await Text(context, OpenMetricsFormat.ContentType, OpenMetricsFormat.Format(await status(TimeSpan.Zero, context.RequestAborted)));

    internal static async Task Refuse(HttpContext context, int code, string why)
    {
        context.Response.StatusCode = code;
        var body = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, JsonText.Compact))
        {
            json.WriteStartObject();
            json.WriteString("error"u8, why);
            json.WriteEndObject();
        }

        context.Response.ContentType = "application/json";
        await context.Response.BodyWriter.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    private static async Task Text(HttpContext context, string contentType, string text)
    {
        context.Response.ContentType = contentType;
        await context.Response.BodyWriter.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
    }
}
