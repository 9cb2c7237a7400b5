// eider replay: capture files through the same decoding as live traffic.

using System.CommandLine;
using Eider.Core;
using Eider.Core.Capture;
using Eider.Core.Config;
using Eider.Core.Detect;
using Eider.Core.Filters;
using Eider.Output;
using Eider.Replay;

namespace Eider.Cli;

internal static class ReplayVerb
{
    public static Verb Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "pcap or pcapng file, also gzipped; - for standard input", Arity = ArgumentArity.OneOrMore };
        files.Validators.Add(static result =>
        {
            if (result.Tokens.FirstOrDefault(static token => token.Value.Length > 1 && token.Value[0] == '-') is { } option)
            {
                result.AddError($"unknown option \"{option.Value}\"; see `eider replay --help`, or write ./{option.Value} for a file");
            }
        });
        var ports = new Option<string?>("--ports") { Description = "ports that are taken for DNS; default is 53,5353", HelpName = "PORTS" };
        ports.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && ParsePorts(result.Tokens[0].Value) is null)
            {
                result.AddError($"--ports: \"{result.Tokens[0].Value}\" is no list of ports; write e.g. 53,5353");
            }
        });
        var format = new FormatOption("summary (default), summary-json, table, compact or json", "summary", "summary-json", "table", "compact", "json");
        var view = new ViewOptions();
        var config = new ConfigOption();
        var verb = new Verb(
            "replay",
            "Read capture files through the same decoding as live traffic: a summary, or every event.",
            ("eider replay capture.pcap", "what is in it: counts, top names, latencies, damage"),
            ("eider replay -o json --rcode NXDOMAIN capture.pcapng.gz", "every exchange that ended in NXDOMAIN, as JSON lines"),
            ("tcpdump -w - -i any port 53 | eider replay -o compact -", "from a running capture, as it comes"),
            ("eider replay -c eider.yaml --kind alert -o table capture.pcap", "what is found in it, with the mutes, lists and names of this configuration"))
        { HasFilter = true };
        verb.Add(files);
        format.AddTo(verb);
        view.AddTo(verb);
        verb.Add(ports);
        config.AddTo(verb);
        verb.Does((parsed, interruption) => Task.FromResult(Run(
            parsed.GetValue(files)!, format.Word(parsed) ?? "summary", view.Read(parsed), parsed.GetValue(ports) is { } text ? ParsePorts(text)! : DnsPorts.Default,
            config.Read(parsed).Config, interruption)));
        return verb;
    }

    private static int Run(string[] files, string form, EventView view, DnsPorts ports, EiderConfig config, Interruption interruption)
    {
        var exitCode = ExitCode.Ok;
        var detect = config.Detect.Enabled ? DetectSources.Read(config.Detect, TimeProvider.System, out var faults) : Nothing(out faults);
        foreach (var fault in faults)
        {
            Console.Error.WriteLine($"eider: {TerminalText.Escape(fault)}");
            exitCode = ExitCode.BadInput;
        }

        using var output = StandardOutput.Open();
        using var sink = form.StartsWith("summary", StringComparison.Ordinal) ? (ReplaySink)new SummarySink(view) : new WritingSink(view, output, form);
        using var replay = new CaptureReplay(sink, ports, config.Dns.TransactionTimeout, detect);
        foreach (var file in files)
        {
            if (replay.Read(file, interruption.Token) is { } error)
            {
                Console.Error.WriteLine($"eider: {TerminalText.Escape(error.Message)}");
                exitCode = ExitCode.BadInput;
            }
        }

        replay.Finish();
        if (sink is SummarySink { Summary: var summary } && replay.Frames.Frames > 0)
        {
            using var text = new StreamWriter(output, leaveOpen: true) { NewLine = "\n" };
            if (form == "summary-json")
            {
                SummaryJson.Write(output, summary, replay.Frames);
            }
            else
            {
                new SummaryText(text, Style.ForStandardOutput, StandardOutput.TableWidth).Write(summary, replay.Frames, files);
            }
        }

        return exitCode;
    }

    private static DetectOptions? Nothing(out IReadOnlyList<string> faults)
    {
        faults = [];
        return null;
    }

    private static DnsPorts? ParsePorts(string text)
    {
        var ports = text.Split(',').Select(static word => ushort.TryParse(word.Trim(), out var port) ? port : (ushort)0).ToArray();
        return ports.Contains((ushort)0) ? null : new DnsPorts(ports);
    }

    private abstract class ReplaySink(EventView view) : IEventSink, IDisposable
    {
        public void Publish(Event published)
        {
            if (view.Shows(published))
            {
                Take(published);
            }
        }

        public virtual void Dispose()
        {
        }

        protected abstract void Take(Event published);
    }

    /// <summary>A summary counts messages and exchanges alike, whatever kinds are shown otherwise.</summary>
    private sealed class SummarySink(EventView view) : ReplaySink(view with { Kinds = EventKinds.All })
    {
        public TrafficSummary Summary { get; } = new();

        protected override void Take(Event published) => Summary.Add(EventRow.From(published));
    }

    private sealed class WritingSink(EventView view, Stream output, string form) : ReplaySink(view)
    {
        private readonly EventWriter _writer = new(
            output, form switch { "json" => OutputFormat.Json, "compact" => OutputFormat.Compact, _ => OutputFormat.Table }, node: null,
            StandardOutput.TableWidth, Style.ForStandardOutput, TimeZoneInfo.Utc);

        public override void Dispose()
        {
            _writer.Dispose();
            base.Dispose();
        }

        protected override void Take(Event published) => _writer.Write(published);
    }
}
