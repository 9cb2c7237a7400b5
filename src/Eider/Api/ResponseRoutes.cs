// /v1/responses: what is done about alerts now, and ending it.

using System.Buffers;
using Eider.Bpf;
using Eider.Core;
using Eider.Core.Respond;
using Eider.Output;
using Microsoft.AspNetCore.Http;

namespace Eider.Api;

/// <summary>Safe for concurrent use.</summary>
/// <param name="responder">Null where nothing can be enforced.</param>
public sealed class ResponseRoutes(Responder? responder, string node)
{
    public const string Path = "/v1/responses";

    public async Task Serve(HttpContext context, string? id)
    {
        if (HttpMethods.IsDelete(context.Request.Method))
        {
            await Lift(context, id ?? "");
        }
        else if (id is null)
        {
            await Write(context, responder is null ? [] : [.. responder.Active.Select(response => EventOf(response))]);
        }
        else
        {
            await (responder?.Active.FirstOrDefault(response => response.Id == id) is { } found ? Write(context, [EventOf(found)]) : Unknown(context, id));
        }
    }

    private ActionEvent EventOf(ActiveResponse response) => responder!.EventOf(new ResponseTurn(response.IsDryRun ? ResponseStep.DryRun : ResponseStep.Started, response));

    private async Task Lift(HttpContext context, string id)
    {
        // Reading is one thing; whoever reaches the address must not be able to take back what protects others.
        if (context.Connection.RemoteIpAddress is not null)
        {
            await ApiRoutes.Refuse(context, StatusCodes.Status403Forbidden, "a response is lifted over the agent's Unix socket alone");
            return;
        }

        try
        {
            const string Why = "by hand";
            await (responder?.Lift(id, Why) is { } lifted ? Write(context, [responder.EventOf(new ResponseTurn(ResponseStep.Lifted, lifted, Why))]) : Unknown(context, id));
        }
        catch (BpfException refused)
        {
            await ApiRoutes.Refuse(context, StatusCodes.Status503ServiceUnavailable, refused.Message);
        }
    }

    private static Task Unknown(HttpContext context, string id) =>
        ApiRoutes.Refuse(context, StatusCodes.Status404NotFound, $"no response \"{id}\" is in force; `eider respond` lists those that are");

    private async Task Write(HttpContext context, IReadOnlyList<ActionEvent> events)
    {
        context.Response.ContentType = "application/x-ndjson";
        var body = new ArrayBufferWriter<byte>();
        using var json = new JsonFormat(node);
        foreach (var action in events)
        {
            json.Write(action, body);
        }

        await context.Response.BodyWriter.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }
}
