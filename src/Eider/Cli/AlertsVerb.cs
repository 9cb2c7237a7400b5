// eider alerts: what a running agent has found.

using System.CommandLine;
using System.Globalization;
using Eider.Api;
using Eider.Output;

namespace Eider.Cli;

internal static class AlertsVerb
{
    public static Verb Create()
    {
        var follow = new Option<bool>("--follow", "-F") { Description = "go on with alerts as they are told, until interrupted" };
        var last = new Option<int?>("--last", "-n") { Description = $"the newest N findings, at most {EventRequest.MostAlerts}; default is 20 without --follow and --since", HelpName = "N" };
        var since = new Option<string?>("--since") { Description = "what was found from this time on: 10m, 2h, or 2026-01-31T12:00:00Z", HelpName = "TIME" };
        last.Validators.Add(static result => ObserveVerb.Require(result, static text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= EventRequest.MostAlerts, $"a number up to {EventRequest.MostAlerts}", "alerts"));
        since.Validators.Add(static result => ObserveVerb.Require(result, static text => Rfc3339.TryParse(text, TimeProvider.System.GetUtcNow(), out _), "a time such as 10m or 2026-01-31T12:00:00Z", "alerts"));
        var format = new FormatOption("table, compact or json; default is table on a terminal and json in a pipe", "table", "compact", "json");
        var view = new ViewOptions(alertsOnly: true);
        var agent = new AgentOption();
        var verb = new Verb(
            "alerts",
            "Show, explain and mute what a running agent has found: each finding once, with the times it was found.",
            ("eider alerts", "the last 20 findings"),
            ("eider alerts --since 1h --severity high", "what somebody should look at, of the last hour"),
            ("eider alerts --follow --workload 'shop/*'", "of these pods, as it happens"),
            ("eider alerts explain k3x81yq2", "one of them, with its evidence and what it means"),
            ("eider alerts mute k3x81yq2 --until 30d --reason 'moves to internal'", "do not tell of it for a month"))
        { HasFilter = true };
        verb.Add(AlertsExplainVerb.Create());
        verb.Add(AlertsMuteVerb.Create());
        verb.Add(AlertsMutesVerb.Create());
        verb.Add(follow);
        verb.Add(last);
        verb.Add(since);
        format.AddTo(verb);
        view.AddTo(verb);
        agent.AddTo(verb);
        verb.Does(async (parsed, interruption) =>
        {
            using var client = agent.Connect(parsed);
            var isFollowing = parsed.GetValue(follow);
            await using var body = await client.Get(ObserveVerb.Query(view, parsed, isFollowing, parsed.GetValue(last), parsed.GetValue(since)), interruption.Token);
            using var lines = new EventLines(body);
            return await ObserveVerb.Guard(
                form => form == OutputFormat.Table ? Write(lines, isFollowing, interruption.Token) : ObserveVerb.Write(lines, form, interruption.Token), lines, format.Read(parsed), isFollowing, interruption);
        });
        return verb;
    }

    private static async Task Write(EventLines lines, bool isFollowing, CancellationToken cancellation)
    {
        await using var output = StandardOutput.OpenText();
        var table = new AlertTable(StandardOutput.TableWidth == 0 ? PipeWidth : StandardOutput.TableWidth, Style.ForStandardOutput, TimeZoneInfo.Local);
        var hasHeader = false;
        while (await lines.ReadRowsAsync(cancellation) is { Count: > 0 } rows)
        {
            if (!hasHeader)
            {
                await output.WriteLineAsync(table.Header());
                hasHeader = true;
            }

            foreach (var row in rows)
            {
                await output.WriteLineAsync(table.Format(row));
            }

            await output.FlushAsync(cancellation);
        }

        if (!hasHeader && !isFollowing)
        {
            await output.WriteLineAsync("nothing was found");
        }
    }

    /// <summary>Columns of a table in a pipe or file.</summary>
    private const int PipeWidth = 200;
}
