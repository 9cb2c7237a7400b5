// eider respond: what is done about alerts now, and how to end it.

using System.Globalization;
using System.Text.Json;
using Eider.Core.Filters;
using Eider.Output;

namespace Eider.Cli;

internal static class RespondVerb
{
    public static Verb Create()
    {
        var format = new FormatOption("text (default) or json", "text", "json");
        var agent = new AgentOption();
        var verb = new Verb(
            "respond",
            "Show what policies have done about alerts and is in force: names that are denied, and workloads in quarantine.",
            ("eider respond", "each with the time that it has left, and why"),
            ("eider respond lift 0k3x81yq", "end one now"),
            ("eider observe --since 1d --kind action", "what began and ended, of the last day"));
        verb.Add(RespondLiftVerb.Create());
        format.AddTo(verb);
        agent.AddTo(verb);
        verb.Does(async (parsed, interruption) =>
        {
            using var client = agent.Connect(parsed);
            await using var body = await client.Get("/v1/responses", interruption.Token);
            using var reader = new StreamReader(body);
            var lines = await reader.ReadToEndAsync(interruption.Token);
            await using var output = StandardOutput.OpenText();
            if (format.Word(parsed) == "json")
            {
                await output.WriteAsync(lines);
                return ExitCode.Ok;
            }

            Write(output, lines, Style.ForStandardOutput, StandardOutput.TableWidth, TimeProvider.System.GetUtcNow());
            return ExitCode.Ok;
        });
        return verb;
    }

    /// <param name="lines">As the API gives them.</param>
    internal static void Write(TextWriter output, string lines, Style style, int width, DateTimeOffset now)
    {
        var table = new TextTable("ID", "ENDS IN", "WORKLOAD", "WHAT", "BY", "BECAUSE OF", "ALERT");
        foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var json = Parse(line);
            var response = json.RootElement;
            var resolvers = response.TryGetProperty("resolvers", out var servers) ? string.Join(' ', servers.EnumerateArray().Select(static server => server.GetString())) : "";
            var what = ActionText.WhatOf(Text(response, "action"), Text(response, "name"), resolvers);
            table.Add(
                Text(response, "action_id"), Left(Text(response, "until"), now), Text(response, "workload"), Text(response, "step") == "dry_run" ? $"dry run: {what}" : what,
                $"{Text(response, "policy")} {Text(response, "rule")}", Text(response, "detection"), Text(response, "alert_id"));
        }

        if (table.Rows == 0)
        {
            output.WriteLine("nothing is in force");
            return;
        }

        table.Write(output, style, width);
    }

    internal static JsonDocument Parse(string line)
    {
        try
        {
            return JsonDocument.Parse(line);
        }
        catch (JsonException broken)
        {
            throw new CliException(ExitCode.Failed, "agent", "it sent no response", "check that the socket is an agent's", broken);
        }
    }

    private static string Left(string until, DateTimeOffset now) =>
        Rfc3339.TryParseUtc(until, out var untilNs) ? Duration.FormatLong(Math.Max(0, untilNs - Rfc3339.ToUnixNs(now))) : "-";

    private static string Text(JsonElement json, string key) =>
        json.TryGetProperty(key, out var text) && text.ValueKind == JsonValueKind.String ? TerminalText.Escape(text.GetString()!) : "";
}
