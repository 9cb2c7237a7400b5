// What a view shows: kinds of events, one side of each exchange, and a filter. One meaning for the terminal, the API and replay.

using Eider.Core.Config;
using Eider.Core.Detect;

namespace Eider.Core.Filters;

/// <summary>Kinds of events that a view shows.</summary>
[Flags]
public enum EventKinds
{
    None = 0,
    Query = 1,
    Response = 2,
    Transaction = 4,
    Loss = 8,

    /// <summary>Queries and responses that no transaction speaks for.</summary>
    Standalone = 16,

    Alert = 32,

    /// <summary>What was done about alerts.</summary>
    Action = 64,

    /// <summary>Each exchange once, whatever belongs to none, what was found and what was done about it.</summary>
    Default = Transaction | Standalone | Loss | Alert | Action,

    All = Query | Response | Transaction | Loss | Standalone | Alert | Action,
}

/// <param name="Role">The side that is shown; null shows both ends of an exchange between two workloads of this node.</param>
public sealed record EventView(EventKinds Kinds, Role? Role, EventFilter Filter)
{
    public static readonly EventView Default = new(EventKinds.Default, Core.Role.Client, EventFilter.Everything);

    /// <summary>Alerts below it are not shown.</summary>
    public AlertSeverity LeastSeverity { get; init; }

    /// <summary>Of alerts: ids of detections, with * and ?; empty: any.</summary>
    public IReadOnlyList<Glob> Detections { get; init; } = [];

    /// <summary>Evaluates without allocation.</summary>
    public bool Shows(Event candidate) => candidate switch
    {
        DnsEvent dns => (Kinds & KindsOf(dns)) != 0 && (Role is not { } role || dns.Role == role) && Filter.Matches(dns),
        Alert alert => (Kinds & EventKinds.Alert) != 0 && alert.Severity >= LeastSeverity && IsWanted(alert.Detection) && Filter.Matches(candidate),
        ActionEvent => (Kinds & EventKinds.Action) != 0 && Filter.Matches(candidate),
        _ => (Kinds & EventKinds.Loss) != 0,
    };

    /// <summary>Reads a list such as <c>query,response</c>; <c>default</c> and <c>all</c> are sets.</summary>
    /// <exception cref="FilterException">A word that is no kind.</exception>
    public static EventKinds ParseKinds(string text)
    {
        var kinds = EventKinds.None;
        var column = 1;
        foreach (var word in text.Split(','))
        {
            if (!Enum.TryParse<EventKinds>(word.Trim(), ignoreCase: true, out var kind) || kind == EventKinds.None || !char.IsAsciiLetter(word.Trim()[0]))
            {
                throw Unknown(column, "kind", word.Trim(), ["query", "response", "transaction", "standalone", "loss", "alert", "action", "default", "all"]);
            }

            kinds |= kind;
            column += word.Length + 1;
        }

        return kinds;
    }

    /// <summary>Reads <c>client</c>, <c>server</c> or <c>all</c> (null).</summary>
    /// <exception cref="FilterException">Any other word.</exception>
    public static Role? ParseRole(string text) => text.ToLowerInvariant() switch
    {
        "client" => Core.Role.Client,
        "server" => Core.Role.Server,
        "all" => null,
        _ => throw Unknown(1, "role", text, ["client", "server", "all"]),
    };

    /// <summary>Reads <c>low</c> to <c>critical</c>.</summary>
    /// <exception cref="FilterException">Any other word.</exception>
    public static AlertSeverity ParseSeverity(string text) =>
        Enum.TryParse<AlertSeverity>(text, ignoreCase: true, out var severity) && char.IsAsciiLetter(text[0]) ? severity
        : throw Unknown(1, "severity", text, [.. Enum.GetNames<AlertSeverity>().Select(static name => name.ToLowerInvariant())]);

    /// <summary>Reads a list such as <c>dns.answer.rebinding,dns.hijack.*</c>; an empty one means any.</summary>
    /// <exception cref="FilterException">A word that is no detection and stands for none.</exception>
    public static IReadOnlyList<Glob> ParseDetections(string text)
    {
        var globs = new List<Glob>();
        var column = 1;
        foreach (var word in text.Length == 0 ? [] : text.Split(','))
        {
            var glob = new Glob(word.Trim(), ignoreCase: false);
            if (!Detect.Detections.All.Any(kind => glob.Matches(kind.Id)))
            {
                throw Unknown(column, "detection", word.Trim(), [.. Detect.Detections.All.Select(static kind => kind.Id)]);
            }

            globs.Add(glob);
            column += word.Length + 1;
        }

        return globs;
    }

    private bool IsWanted(string detection)
    {
        foreach (var glob in Detections)
        {
            if (glob.Matches(detection))
            {
                return true;
            }
        }

        return Detections.Count == 0;
    }

    private static EventKinds KindsOf(DnsEvent dns) => dns.Kind switch
    {
        EventKind.Query => EventKinds.Query,
        EventKind.Response => EventKinds.Response,
        _ => EventKinds.Transaction,
    } | (dns.Standalone ? EventKinds.Standalone : EventKinds.None);

    private static FilterException Unknown(int column, string what, string word, string[] known) => new(
        column,
        $"unknown {what} \"{word}\"",
        Suggestion.Nearest(word, known) is { } close ? $"did you mean \"{close}\"?" : $"write {string.Join(", ", known[..^1])} or {known[^1]}");
}
