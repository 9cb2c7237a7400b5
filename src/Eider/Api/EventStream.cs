// GET /v1/events: history, then live events, with neither a gap nor a duplicate where they meet.

using Eider.Core;
using Eider.Core.Config;
using Eider.Core.Filters;
using Eider.Core.Store;
using Eider.Output;
using Eider.Publish;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Endpoint = Eider.Core.Endpoint;

namespace Eider.Api;

/// <summary>Streams events as JSON lines. Safe for concurrent use.</summary>
/// <param name="history">Null where history is off. It must receive every event before <paramref name="feed"/> does.</param>
public sealed class EventStream(EventFeed feed, HistoryStore? history, EiderConfig config)
{
    /// <summary>Octets written to a client between two looks at whether it keeps up.</summary>
    private const int FlushOctets = 32 << 10;

    public async Task Serve(HttpContext context, EventRequest request)
    {
        if (request.WantsHistory && history is null)
        {
            await ApiRoutes.Refuse(context, StatusCodes.Status409Conflict, "history is off (history.enabled); only follow=true is served");
            return;
        }

        // Before the history is read: what is published from now on waits here.
        using var subscription = request.Follow ? feed.Subscribe(request.View) : null;
        HistoryReader? reader = null;
        try
        {
            reader = request.WantsHistory ? await OpenHistory() : null;
        }
        catch (HistoryException unreadable)
        {
            await ApiRoutes.Refuse(context, StatusCodes.Status503ServiceUnavailable, unreadable.Message);
            return;
        }

        using (reader)
        {
            await Stream(context, request, subscription, reader);
        }
    }

    /// <summary>The newest that was told of one finding.</summary>
    public async Task ServeAlert(HttpContext context, string id)
    {
        if (history is null)
        {
            await ApiRoutes.Refuse(context, StatusCodes.Status409Conflict, "history is off (history.enabled); past alerts are not known");
            return;
        }

        try
        {
            using var reader = await OpenHistory();
            if (reader.Read(new HistoryQuery { AlertId = id, Last = 1 }).FirstOrDefault() is not { } alert)
            {
                await ApiRoutes.Refuse(context, StatusCodes.Status404NotFound, $"no alert \"{id}\" in the history; `eider alerts` lists those there are");
                return;
            }

            context.Response.ContentType = "application/json";
            using var output = new Lines(context, config.Node);
            await output.FlushAsync();
            await output.WriteAsync([alert]);
            await output.FlushAsync();
        }
        catch (HistoryException unreadable)
        {
            await ApiRoutes.Refuse(context, StatusCodes.Status503ServiceUnavailable, unreadable.Message);
        }
    }

    /// <summary>With everything in it that was published before.</summary>
    private async Task<HistoryReader> OpenHistory()
    {
        await history!.FlushAsync();
        return HistoryReader.Open(config.History.Path);
    }

    private async Task Stream(HttpContext context, EventRequest request, EventSubscription? subscription, HistoryReader? reader)
    {
        // A reader may rest for as long as it likes: what waits for it is bounded, and what it misses it is told.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        context.Response.ContentType = "application/x-ndjson";
        using var output = new Lines(context, config.Node);
        await output.FlushAsync();
        if (reader is not null)
        {
            await WriteHistory(output, request, subscription, reader);
            await output.FlushAsync();
        }

        while (subscription is not null)
        {
            var batch = await subscription.ReadAsync(context.RequestAborted);
            if (batch.Count == 0)
            {
                return;
            }

            await output.WriteAsync(batch);
            await output.FlushAsync();
        }
    }

    /// <summary>Everything published before the subscription is in the history once that is flushed. What is published between the subscription and the
    /// history's snapshot is in both: it is taken from the subscription and left out of the history.</summary>
    private static async Task WriteHistory(Lines output, EventRequest request, EventSubscription? subscription, HistoryReader reader)
    {
        IReadOnlyList<Event>? overlap = null;
        HashSet<Key> seen = [];
        HashSet<string> told = [];
        var rows = reader.Read(new HistoryQuery
        {
            SinceNs = request.SinceNs,
            Last = request.AlertsOnly ? Math.Min(request.Last ?? int.MaxValue, EventRequest.MostAlerts) : request.Last,
            AlertsOnly = request.AlertsOnly,
            Where = IsWanted,
        });
        foreach (var row in rows)
        {
            await output.WriteAsync([row]);
        }

        await output.WriteAsync(overlap ?? []);

        bool IsWanted(Event row)
        {
            // Called first when the snapshot is taken.
            if (overlap is null)
            {
                overlap = subscription?.TakeWaiting() ?? [];
                seen = [.. overlap.Select(Key.Of)];
            }

            // The newest come first where only alerts are read, so that of each finding the newest is shown.
            return request.View.Shows(row) && !seen.Contains(Key.Of(row)) && (!request.AlertsOnly || row is not Alert alert || told.Add(alert.Id));
        }
    }

    /// <summary>What tells events apart: two that agree in all of this are shown once where history and live events meet.</summary>
    private readonly record struct Key(long TimeNs, EventKind Kind, Endpoint Client, Endpoint Server, int Id, string? Name, Role Role, string? Reason, long Count = 0)
    {
        public static Key Of(Event published) => published switch
        {
            DnsEvent dns => new(dns.TimeNs, dns.Kind, dns.Client, dns.Server, dns.Id ?? -1, dns.Name, dns.Role, null),
            LossEvent loss => new(loss.TimeNs, loss.Kind, default, default, 0, null, default, loss.Reason),
            Alert alert => new(alert.TimeNs, alert.Kind, alert.About.Client, alert.Source, alert.About.Id ?? -1, alert.About.Name, alert.About.Role, alert.Detection, alert.Count),
            ActionEvent action => new(action.TimeNs, action.Kind, default, default, (int)action.Step, action.Name, default, action.Id),
            _ => new(published.TimeNs, published.Kind, default, default, 0, null, default, null),
        };
    }

    private sealed class Lines(HttpContext context, string node) : IDisposable
    {
        private readonly JsonFormat _json = new(node);
        private int _unflushed;

        public async ValueTask WriteAsync(IReadOnlyList<Event> events)
        {
            foreach (var published in events)
            {
                var before = context.Response.BodyWriter.UnflushedBytes;
                _json.Write(published, context.Response.BodyWriter);
                _unflushed += (int)(context.Response.BodyWriter.UnflushedBytes - before);
                if (_unflushed >= FlushOctets)
                {
                    await FlushAsync();
                }
            }
        }

        public async ValueTask FlushAsync()
        {
            _unflushed = 0;
            var flushed = await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            if (flushed.IsCompleted)
            {
                throw new OperationCanceledException("the client has gone");
            }
        }

        public void Dispose() => _json.Dispose();
    }
}
