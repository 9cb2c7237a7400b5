// eider top: what a running agent's DNS traffic is made of, live.

using System.CommandLine;
using Eider.Core.Filters;
using Eider.Output;
using Eider.Replay;

namespace Eider.Cli;

internal static class TopVerb
{
    private static readonly TimeSpan DefaultSpan = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromSeconds(1);

    public static Verb Create()
    {
        var span = new Option<string?>("--for") { Description = $"end after this time; default is never on a terminal, {DefaultSpan.TotalSeconds}s in a pipe", HelpName = "TIME" };
        span.Validators.Add(static result =>
        {
            if (result.Tokens is [var token] && (!Duration.TryParse(token.Value, out var length) || length <= 0))
            {
                result.AddError($"--for: \"{token.Value}\" is no length of time; write e.g. 30s");
            }
        });
        var view = new ViewOptions();
        var agent = new AgentOption();
        var verb = new Verb(
            "top",
            "Show the most frequent names, processes, types and response codes, and how long answers take, from now on.",
            ("eider top", "live until interrupted"),
            ("eider top --pod 'shop/*' --for 1m", "these pods, for a minute"),
            ("eider top --for 10s > report.txt", "what ten seconds were made of"))
        { HasFilter = true };
        verb.Add(span);
        view.AddTo(verb);
        agent.AddTo(verb);
        verb.Does(async (parsed, interruption) =>
        {
            using var client = agent.Connect(parsed);
            await using var body = await client.Get(ObserveVerb.Query(view, parsed, follow: true, last: null, since: null), interruption.Token);
            using var lines = new EventLines(body);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(interruption.Token);
            var length = parsed.GetValue(span) is { } text && Duration.TryParse(text, out var ns) ? TimeSpan.FromMicroseconds(ns / 1000.0)
                : StandardOutput.IsTerminal ? Timeout.InfiniteTimeSpan : DefaultSpan;
            end.CancelAfter(length);
            await Watch(lines, end.Token);
            return ExitCode.Ok;
        });
        return verb;
    }

    private static async Task Watch(EventLines lines, CancellationToken cancellation)
    {
        using var output = StandardOutput.OpenText();
        var summary = new TrafficSummary();
        var screen = new TopScreen(output, Style.ForStandardOutput, TimeProvider.System);
        var isLive = StandardOutput.IsTerminal && !Style.IsDumb;
        using var redraw = new PeriodicTimer(RedrawInterval);
        var reading = lines.ReadRowsAsync(cancellation).AsTask();
        var tick = redraw.WaitForNextTickAsync(CancellationToken.None).AsTask();
        try
        {
            while (true)
            {
                if (isLive)
                {
                    screen.Draw(summary, StandardOutput.Size());
                }

                await Task.WhenAny(reading, tick);
                while (!tick.IsCompleted)
                {
                    var rows = await reading;
                    if (rows.Count == 0)
                    {
                        throw new CliException(ExitCode.AgentNotRunning, "agent", "it has ended", "start it again with `eider run`");
                    }

                    foreach (var row in rows)
                    {
                        summary.Add(row);
                    }

                    reading = lines.ReadRowsAsync(cancellation).AsTask();
                    await Task.WhenAny(reading, tick);
                }

                tick = redraw.WaitForNextTickAsync(CancellationToken.None).AsTask();
            }
        }
        catch (OperationCanceledException)
        {
            // Its time is over, or Ctrl-C: the usual end.
        }
        finally
        {
            if (isLive)
            {
                screen.Close();
            }
        }

        screen.Print(summary, StandardOutput.TableWidth);
    }
}
