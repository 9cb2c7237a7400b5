// eider alerts mute: puts the mute of one finding into the agent's file, and sees it taken.

using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Eider.Core.Detect;
using Eider.Core.Filters;
using Eider.Core.Lists;
using Eider.Output;
using Eider.Status;

namespace Eider.Cli;

internal static class AlertsMuteVerb
{
    /// <summary>An agent looks every second, twice.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public static Verb Create()
    {
        var id = AlertsExplainVerb.IdOfAlert();
        var until = new Option<string?>("--until") { Description = "when it is to be told again: a date, 2027-01-31T12:00:00Z, or after a time such as 30d; default is never", HelpName = "TIME" };
        var reason = new Option<string?>("--reason") { Description = "why, for whoever reads the file", HelpName = "TEXT" };
        var agent = new AgentOption();
        until.Validators.Add(static result =>
        {
            if (result.Tokens is [var token] && !TryReadUntil(token.Value, TimeProvider.System.GetUtcNow(), out _))
            {
                result.AddError($"--until: \"{token.Value}\" is no time to come; write e.g. 30d, 2027-01-31 or 2027-01-31T12:00:00Z");
            }
        });
        var verb = new Verb(
            "mute",
            "Silence one finding and nothing else: its mute is added to the first file of detect.mutes, and holds in the running agent.",
            ("eider alerts mute k3x81yq2 --until 30d --reason 'moves to internal'", "for a month"),
            ("eider alerts mute k3x81yq2", "for good; take the line out of the file to hear of it again"))
        { id, until, reason };
        agent.AddTo(verb);
        verb.Does(async (parsed, interruption) =>
        {
            using var client = agent.Connect(parsed);
            TryReadUntil(parsed.GetValue(until) ?? "", TimeProvider.System.GetUtcNow(), out var end);
            return await Mute(client, parsed.GetValue(id)!, end, parsed.GetValue(reason), interruption.Token);
        });
        return verb;
    }

    /// <summary>As files of mutes have it, from that or from a length of time.</summary>
    internal static bool TryReadUntil(string text, DateTimeOffset now, out string? until)
    {
        if (Duration.TryParse(text, out var wait) && wait > 0 && wait < TimeSpan.FromDays(36_500).TotalNanoseconds)
        {
            until = now.AddTicks(wait / TimeSpan.NanosecondsPerTick).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
            return true;
        }

        until = MuteFile.TryReadTime(text, out var timeNs) && timeNs > Rfc3339.ToUnixNs(now) ? text : null;
        return until is not null;
    }

    private static async Task<int> Mute(ApiClient client, string id, string? until, string? reason, CancellationToken cancellation)
    {
        // 1. What to write, and where the agent looks.
        using var alert = AlertsExplainVerb.Parse(await AlertsExplainVerb.Fetch(client, id, cancellation));
        var entry = MuteEditor.Compose(alert.RootElement.GetProperty("mute").GetString() ?? "", until, reason);
        var path = (await Status(client, cancellation))?.Mutes is [var first, ..] ? first.Path
            : throw new CliException(ExitCode.BadInput, "detect.mutes", "the agent reads no file of mutes", "name one in the configuration and start the agent again");

        // 2. Write it.
        var added = Add(path, entry);
        await using var output = StandardOutput.OpenText();
        await output.WriteLineAsync(TerminalText.Escape($"{(added.IsNew ? "added" : "there already")}: {added.Mute.Place}{(added.IsNew ? $": {entry}" : "")}"));
        await output.FlushAsync(cancellation);

        // 3. See it taken.
        for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < Patience; await Task.Delay(Pause, cancellation))
        {
            var file = (await Status(client, cancellation))?.Mutes.FirstOrDefault(file => file.Path == path);
            if (file is { Trouble: null, IsThere: true } && file.Mutes == added.Mutes)
            {
                await output.WriteLineAsync("in force");
                return ExitCode.Ok;
            }
        }

        throw new CliException(ExitCode.Failed, path, "the agent has not taken it", "`eider status` says why, where it is the agent that reads this file");
    }

    private static MuteAddition Add(string path, string entry)
    {
        try
        {
            if (MuteEditor.Add(path, entry, Rfc3339.ToUnixNs(TimeProvider.System.GetUtcNow()), out var errors) is { } added)
            {
                return added;
            }

            foreach (var error in errors.SkipLast(1))
            {
                Console.Error.WriteLine($"eider: {TerminalText.Escape(error.ToString())}");
            }

            throw new CliException(ExitCode.BadInput, "mutes", errors[^1].ToString(), "nothing was changed");
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new CliException(ExitCode.MissingPrivilege, path, "may not be written", "run as root, as the agent does", refused);
        }
        catch (Exception failed) when (failed is IOException or ListStoreException)
        {
            throw new CliException(ExitCode.Failed, path, failed.Message, "nothing was changed; where somebody else was adding to it, try again", failed);
        }
    }

    private static async Task<DetectStatus?> Status(ApiClient client, CancellationToken cancellation)
    {
        await using var body = await client.Get("/v1/status", cancellation);
        return (await JsonSerializer.DeserializeAsync(body, StatusJson.Default.AgentStatus, cancellation))?.Detect;
    }
}
