// What a response to an alert has beside the columns of its row, as JSON, and back.

using System.Globalization;
using System.Text.Json;

namespace Eider.Core.Store;

/// <summary>Whatever another program may have written there, reading returns an event.</summary>
internal static class ResponseJson
{
    public static string Write(ActionEvent action) => ColumnJson.Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("id", ColumnJson.Utf8(action.Id));
        json.WriteString("step", WordOf(action.Step));
        json.WriteString("action", WordOf(action.Action));
        json.WriteString("workload", ColumnJson.Utf8(action.Workload));
        json.WriteString("detection", ColumnJson.Utf8(action.Detection));
        json.WriteString("alert_id", ColumnJson.Utf8(action.AlertId));
        json.WriteNumber("started_ns", action.StartedNs);
        json.WriteNumber("until_ns", action.UntilNs);
        if (action.Resolvers.Count > 0)
        {
            json.WriteString("resolvers", string.Join(' ', action.Resolvers));
        }

        if (action.Why is { } why)
        {
            json.WriteString("why", ColumnJson.Utf8(why));
        }

        json.WriteEndObject();
    });

    public static ActionEvent Read(string? text, long timeNs, string? name, string? policy, string? rule, Identity identity)
    {
        using var json = ColumnJson.Parse(text);
        var response = json?.RootElement ?? default;
        return new ActionEvent
        {
            TimeNs = timeNs,
            Id = ColumnJson.Member(response, "id") ?? "",
            Step = ValueOf<ResponseStep>(ColumnJson.Member(response, "step")),
            Action = ValueOf<ResponseAction>(ColumnJson.Member(response, "action")),
            Name = name,
            Resolvers = [.. (ColumnJson.Member(response, "resolvers") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(EndpointOf).OfType<Endpoint>()],
            Workload = ColumnJson.Member(response, "workload") ?? "",
            Identity = identity,
            Policy = policy ?? "",
            Rule = rule ?? "",
            Detection = ColumnJson.Member(response, "detection") ?? "",
            AlertId = ColumnJson.Member(response, "alert_id") ?? "",
            StartedNs = TimeOf(response, "started_ns") ?? timeNs,
            UntilNs = TimeOf(response, "until_ns") ?? timeNs,
            Why = ColumnJson.Member(response, "why"),
        };
    }

    private static string WordOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static T ValueOf<T>(string? word)
        where T : struct, Enum => Enum.GetValues<T>().FirstOrDefault(value => WordOf(value) == word);

    private static long? TimeOf(JsonElement response, string key) =>
        response.ValueKind == JsonValueKind.Object && response.TryGetProperty(key, out var time) && time.ValueKind == JsonValueKind.Number && time.TryGetInt64(out var ns) ? ns : null;

    private static Endpoint? EndpointOf(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && IpAddress.TryParse(text[..colon].Trim('[', ']'), out var address) && ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? new Endpoint(address, port) : null;
    }
}
