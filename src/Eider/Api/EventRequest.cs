// GET /v1/events: what is asked for.

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Eider.Core.Filters;
using Eider.Output;
using Microsoft.AspNetCore.Http;

namespace Eider.Api;

/// <param name="SinceNs">History from this time on, nanoseconds since the Unix epoch; null: not asked for.</param>
/// <param name="Last">The newest so many of the history; null: not asked for.</param>
/// <param name="Follow">Live events after the history, until the client leaves.</param>
public sealed record EventRequest(EventView View, long? SinceNs, int? Last, bool Follow)
{
    /// <summary>Events that are held in memory to find the newest.</summary>
    public const int MostLast = 100_000;

    private const int DefaultLast = 100;

    public bool WantsHistory => SinceNs is not null || Last is not null;

    /// <summary>Findings that are held in memory to show each once.</summary>
    public const int MostAlerts = 5_000;

    /// <summary>Only alerts are wanted: of each finding in the history the newest that was told of it.</summary>
    public bool AlertsOnly => View.Kinds == EventKinds.Alert;

    /// <summary>Reads since, last, follow, filter, kind, role, severity and detection. Without since, last or follow the last 100 events are meant.</summary>
    public static bool TryRead(IQueryCollection query, DateTimeOffset now, [NotNullWhen(true)] out EventRequest? request, out string? fault)
    {
        request = null;
        fault = Unknown(query);
        if (fault is not null
            || !TryReadSince(query["since"], now, out var since, out fault)
            || !TryReadLast(query["last"], out var last, out fault)
            || !TryReadFollow(query["follow"], out var follow, out fault))
        {
            return false;
        }

        try
        {
            var view = new EventView(
                EventView.ParseKinds(query["kind"] is [{ Length: > 0 } kind] ? kind : "default"),
                EventView.ParseRole(query["role"] is [{ Length: > 0 } role] ? role : "client"),
                EventFilter.Parse(query["filter"].ToString()))
            {
                LeastSeverity = EventView.ParseSeverity(query["severity"] is [{ Length: > 0 } severity] ? severity : "low"),
                Detections = EventView.ParseDetections(query["detection"].ToString()),
            };
            request = new(view, since, last ?? (since is null && !follow ? DefaultLast : null), follow);
            return true;
        }
        catch (FilterException mistake)
        {
            fault = mistake.Message;
            return false;
        }
    }

    private static string? Unknown(IQueryCollection query) =>
        query.Keys.FirstOrDefault(static key => key is not ("since" or "last" or "follow" or "filter" or "kind" or "role" or "severity" or "detection")) is { } unknown
            ? $"unknown parameter \"{unknown}\"; there are since, last, follow, filter, kind, role, severity and detection"
            : null;

    private static bool TryReadSince(string? text, DateTimeOffset now, out long? since, out string? fault)
    {
        since = null;
        fault = null;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        if (Rfc3339.TryParse(text, now, out var timeNs))
        {
            since = timeNs;
            return true;
        }

        fault = $"since: \"{text}\" is no time; write e.g. 10m or 2026-01-31T12:00:00Z";
        return false;
    }

    private static bool TryReadLast(string? text, out int? last, out string? fault)
    {
        last = null;
        fault = null;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= MostLast)
        {
            last = number;
            return true;
        }

        fault = $"last: \"{text}\" is no number up to {MostLast}";
        return false;
    }

    private static bool TryReadFollow(string? text, out bool follow, out string? fault)
    {
        follow = text is "1" or "true";
        fault = follow || string.IsNullOrEmpty(text) || text is "0" or "false" ? null : $"follow: \"{text}\" is neither true nor false";
        return fault is null;
    }
}
