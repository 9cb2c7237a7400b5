// eider observe: events of a running agent, from its history and live.

using System.Buffers;
using System.CommandLine;
using System.Globalization;
using Eider.Api;
using Eider.Core;
using Eider.Output;

namespace Eider.Cli;

internal static class ObserveVerb
{
    public static Verb Create()
    {
        var follow = new Option<bool>("--follow", "-F") { Description = "go on with live events until interrupted" };
        var last = new Option<int?>("--last", "-n") { Description = $"the newest N events of the history, at most {EventRequest.MostLast}; default is 20 without --follow and --since", HelpName = "N" };
        var since = new Option<string?>("--since") { Description = "events of the history from this time on: 10m, 2h, or 2026-01-31T12:00:00Z", HelpName = "TIME" };
        last.Validators.Add(static result => Require(result, static text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= EventRequest.MostLast, $"a number up to {EventRequest.MostLast}"));
        since.Validators.Add(static result => Require(result, static text => Rfc3339.TryParse(text, TimeProvider.System.GetUtcNow(), out _), "a time such as 10m or 2026-01-31T12:00:00Z"));
        var format = new FormatOption("table, compact or json; default is table on a terminal and json in a pipe", "table", "compact", "json");
        var view = new ViewOptions();
        var agent = new AgentOption();
        var verb = new Verb(
            "observe",
            "Show events of a running agent: its history, live events, or both.",
            ("eider observe", "the last 20 events"),
            ("eider observe --follow", "live, from now on"),
            ("eider observe --since 10m --rcode SERVFAIL,NXDOMAIN", "what failed in the last ten minutes"),
            ("eider observe --last 100 --follow -o compact --pod 'shop/*'", "the last 100 of these pods, and then live"))
        { HasFilter = true };
        verb.Add(follow);
        verb.Add(last);
        verb.Add(since);
        format.AddTo(verb);
        view.AddTo(verb);
        agent.AddTo(verb);
        verb.Does(async (parsed, interruption) =>
        {
            using var client = agent.Connect(parsed);
            var query = Query(view, parsed, parsed.GetValue(follow), parsed.GetValue(last), parsed.GetValue(since));
            await using var body = await client.Get(query, interruption.Token);
            using var lines = new EventLines(body);
            var isFollowing = parsed.GetValue(follow);
            return await Guard(
                form => isFollowing && form == OutputFormat.Table && StandardOutput.IsTerminal ? Live(lines, interruption.Token) : Write(lines, form, interruption.Token),
                lines, format.Read(parsed), isFollowing, interruption);
        });
        return verb;
    }

    internal static string Query(ViewOptions view, ParseResult parsed, bool follow, int? last, string? since)
    {
        var filter = view.Read(parsed).Filter.Text;
        var newest = last ?? (follow || since is not null ? null : 20);
        return $"/v1/events?follow={(follow ? "true" : "false")}&kind={Uri.EscapeDataString(view.KindText(parsed))}&role={Uri.EscapeDataString(view.RoleText(parsed))}"
            + (newest is { } number ? string.Create(CultureInfo.InvariantCulture, $"&last={number}") : "")
            + (since is not null ? $"&since={Uri.EscapeDataString(since)}" : "")
            + (view.SeverityText(parsed) is not "low" and var severity ? $"&severity={Uri.EscapeDataString(severity)}" : "")
            + (view.DetectionText(parsed) is { Length: > 0 } detection ? $"&detection={Uri.EscapeDataString(detection)}" : "")
            + (filter.Length > 0 ? $"&filter={Uri.EscapeDataString(filter)}" : "");
    }

    /// <summary>Shows lines to their end: as they are for JSON, else by <paramref name="show"/>.</summary>
    /// <exception cref="CliException">The agent ended while it was followed.</exception>
    internal static async Task<int> Guard(Func<OutputFormat, Task> show, EventLines lines, OutputFormat format, bool follow, Interruption interruption)
    {
        try
        {
            await (format == OutputFormat.Json ? Copy(lines, interruption.Token) : show(format));

            return follow && !interruption.IsInterrupted
                ? throw new CliException(ExitCode.AgentNotRunning, "agent", "it has ended", "start it again with `eider run`")
                : ExitCode.Ok;
        }
        catch (OperationCanceledException) when (follow)
        {
            return ExitCode.Ok;
        }
    }

    private static async Task Copy(EventLines lines, CancellationToken cancellation)
    {
        await using var output = StandardOutput.Open();
        var goesOn = true;
        while (goesOn)
        {
            goesOn = await lines.ReadAsync(Write, cancellation);
            output.Flush();
        }

        void Write(ReadOnlySequence<byte> line)
        {
            foreach (var part in line)
            {
                output.Write(part.Span);
            }

            output.WriteByte((byte)'\n');
        }
    }

    private static async Task Live(EventLines lines, CancellationToken cancellation)
    {
        using var output = StandardOutput.OpenText();
        var table = new LiveTable<EventRow>(output, StandardOutput.Size, Style.ForStandardOutput, TimeZoneInfo.Local, TimeProvider.System, static row => row);
        await LiveLoop.Run(table, lines.ReadRowsAsync, static row => row.Kind == EventKind.Loss ? row.LossCount : 0, cancellation);
    }

    internal static async Task Write(EventLines lines, OutputFormat format, CancellationToken cancellation)
    {
        await using var output = StandardOutput.Open();
        using var writer = new EventWriter(output, format, node: null, StandardOutput.TableWidth, Style.ForStandardOutput, TimeZoneInfo.Local);
        while (await lines.ReadRowsAsync(cancellation) is { Count: > 0 } rows)
        {
            foreach (var row in rows)
            {
                writer.Write(row);
            }

            writer.Flush();
        }
    }

    internal static void Require(System.CommandLine.Parsing.OptionResult result, Func<string, bool> isRight, string expected, string verb = "observe")
    {
        if (result.Tokens is [var token] && !isRight(token.Value))
        {
            result.AddError($"{result.Option.Name}: \"{token.Value}\" is not {expected}; see `eider {verb} --help`");
        }
    }
}
