// eider run: observe this machine, and show what is seen.

using System.CommandLine;
using Eider.Core;
using Eider.Core.Config;
using Eider.Core.Filters;
using Eider.Output;
using Eider.Publish;

namespace Eider.Cli;

internal static class RunVerb
{
    public static Verb Create()
    {
        var format = new FormatOption("table, compact, json or none; default is table on a terminal and json in a pipe", "table", "compact", "json", "none");
        var view = new ViewOptions();
        var config = new ConfigOption();
        var policies = new PolicyOptions("policy files, or folders of them, to enforce; they are watched");
        var verb = new Verb(
            "run",
            "Observe this machine until interrupted: every DNS query with the process that asked. Needs root.",
            ("eider run", "a live table of every exchange"),
            ("eider run --name '*.example.com' --rcode NXDOMAIN", "only names below example.com that do not exist"),
            ("eider run -f 'latency>100ms or unanswered=true'", "only what is slow"),
            ("eider run -o json | jq 'select(.process.comm == \"curl\")'", "for another program"),
            ("eider run --policy /etc/eider/policies", "enforce what the policies in a folder say"),
            ("eider run -o none", "as a service: `eider observe`, `eider top` and `eider status` ask it"))
        { HasFilter = true };
        format.AddTo(verb);
        config.AddTo(verb);
        policies.AddTo(verb);
        view.AddTo(verb);
        verb.Does((parsed, interruption) =>
        {
            var effective = config.Read(parsed).Config;
            return Run(effective, policies.Read(parsed, effective), view.Read(parsed), format.Word(parsed) == "none" ? null : format.Read(parsed), interruption);
        });
        return verb;
    }

    private static async Task<int> Run(EiderConfig config, PolicySource? policies, EventView view, OutputFormat? format, Interruption interruption)
    {
        using var output = StandardOutput.OpenText();
        var table = format == OutputFormat.Table && StandardOutput.IsTerminal
            ? new LiveTable<Event>(output, StandardOutput.Size, Style.ForStandardOutput, TimeZoneInfo.Local, TimeProvider.System, EventRow.From)
            : null;
        await using var host = await AgentHost.StartAsync(config, policies, TimeProvider.System, table is null ? Complain : line => table.Note($"eider: {TerminalText.Escape(line)}"));
        using var subscription = format is null ? null : host.Feed.Subscribe(view);
        Console.Error.WriteLine($"eider: watching DNS on ports {string.Join(", ", config.Dns.Ports)} of {TerminalText.Escape(config.Node)}; API on {config.Api.Socket}");

        // The readers below go on to the end of the feed, so that what was seen up to the signal is shown.
        using var stop = interruption.Token.Register(host.StopSensing);
        await (subscription is null ? host.Sensing
            : table is not null ? LiveLoop.Run(table, subscription.ReadAsync, LossOf, CancellationToken.None)
            : Write(subscription, output.BaseStream, format ?? OutputFormat.Json, config.Node));

        return host.Failure is { } failure
            ? throw new CliException(ExitCode.Failed, "run", $"the sensor stopped: {failure.Message}", "start it again, and report it", failure)
            : ExitCode.Ok;
    }

    private static void Complain(string line) => Console.Error.WriteLine($"eider: {TerminalText.Escape(line)}");

    private static long LossOf(Event published) => published is LossEvent loss ? loss.Count : 0;

    private static async Task Write(EventSubscription subscription, Stream output, OutputFormat format, string node)
    {
        using var writer = new EventWriter(output, format, node, StandardOutput.TableWidth, Style.ForStandardOutput, TimeZoneInfo.Local);
        while (await subscription.ReadAsync(CancellationToken.None) is { Count: > 0 } batch)
        {
            foreach (var published in batch)
            {
                writer.Write(published);
            }

            writer.Flush();
        }
    }
}
