// What a running agent does about alerts, for verbs that explain.

using System.Text.Json;
using Eider.Core.Policy;
using Eider.Output;

namespace Eider.Cli;

internal static class ResponsesInForce
{
    /// <param name="cgroups">Of the workload that is asked about, with those around it.</param>
    /// <returns>Null where no agent answers.</returns>
    /// <exception cref="CliException">It answers something else, or refuses.</exception>
    public static async Task<IReadOnlyList<ResponseInForce>?> Of(string socket, IReadOnlySet<ulong> cgroups, CancellationToken cancellation)
    {
        using var client = new ApiClient(socket);
        try
        {
            await using var body = await client.Get("/v1/responses", cancellation);
            using var reader = new StreamReader(body);
            var found = new List<ResponseInForce>();
            while (await reader.ReadLineAsync(cancellation) is { } line)
            {
                if (line.Length > 0 && Read(line, cgroups) is { } response)
                {
                    found.Add(response);
                }
            }

            return found;
        }
        catch (CliException none) when (none.ExitCode == ExitCode.AgentNotRunning)
        {
            return null;
        }
    }

    private static ResponseInForce? Read(string line, IReadOnlySet<ulong> cgroups)
    {
        using var json = RespondVerb.Parse(line);
        var response = json.RootElement;
        if (!response.TryGetProperty("workload_cgroup", out var cgroup) || !cgroup.TryGetUInt64(out var id) || !cgroups.Contains(id))
        {
            return null;
        }

        var resolvers = response.TryGetProperty("resolvers", out var servers) ? string.Join(" and ", servers.EnumerateArray().Select(static server => server.GetString())) : "";
        return new ResponseInForce(
            Text(response, "action_id"), Text(response, "step") == "dry_run", response.TryGetProperty("name", out var name) ? name.GetString() : null, resolvers, Text(response, "policy"),
            Text(response, "rule"), Text(response, "detection"), Text(response, "alert_id"), Time(response, "started"), Time(response, "until"));
    }

    private static string Text(JsonElement json, string key) => json.TryGetProperty(key, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";

    private static DateTimeOffset Time(JsonElement json, string key) =>
        Rfc3339.TryParseUtc(Text(json, key), out var unixNs) ? DateTimeOffset.UnixEpoch.AddTicks(unixNs / TimeSpan.NanosecondsPerTick) : default;
}
