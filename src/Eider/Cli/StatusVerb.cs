// eider status: how a running agent does.

using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Eider.Core.Filters;
using Eider.Output;
using Eider.Status;

namespace Eider.Cli;

internal static class StatusVerb
{
    private const string Indent = "  ";
    private const int MostNotes = 10;

    public static Verb Create()
    {
        var measure = new Option<string>("--measure") { Description = "how long the kernel measures the programs' cost; 0s leaves it out", HelpName = "TIME", DefaultValueFactory = static _ => "500ms" };
        measure.Validators.Add(static result =>
        {
            if (result.Tokens is [var token] && !Duration.TryParse(token.Value, out _))
            {
                result.AddError($"--measure: \"{token.Value}\" is no length of time; write e.g. 500ms");
            }
        });
        var format = new FormatOption("text (default) or json", "text", "json");
        var agent = new AgentOption();
        var verb = new Verb(
            "status",
            "Show what a running agent does, costs and misses.",
            ("eider status", "programs and their cost, maps, counts, losses by reason, history"),
            ("eider status -o json | jq .losses", "for another program"));
        verb.Add(measure);
        format.AddTo(verb);
        agent.AddTo(verb);
        verb.Does(async (parsed, interruption) =>
        {
            using var client = agent.Connect(parsed);
            await using var body = await client.Get($"/v1/status?measure={Uri.EscapeDataString(parsed.GetValue(measure)!)}", interruption.Token);
            await using var output = StandardOutput.Open();
            if (format.Word(parsed) == "json")
            {
                await body.CopyToAsync(output, interruption.Token);
                return ExitCode.Ok;
            }

            var status = await JsonSerializer.DeserializeAsync(body, StatusJson.Default.AgentStatus, interruption.Token)
                ?? throw new CliException(ExitCode.Failed, "agent", "it sent no status", "check that the socket is an agent's");
            await using var text = new StreamWriter(output) { NewLine = "\n" };
            Write(text, status, Style.ForStandardOutput);
            return ExitCode.Ok;
        });
        return verb;
    }

    internal static void Write(TextWriter output, AgentStatus status, Style style)
    {
        WriteAgent(output, status, style);
        WritePolicies(output, status, style);
        WriteDetection(output, status.Detect, style);
        WriteAlertOutputs(output, status.AlertOutputs, style);
        WritePrograms(output, status, style);
        WriteMaps(output, status, style);
        WriteCounts(output, "Seen", status.Counts, style, style.Bold);
        WriteCounts(output, "Held", status.Gauges, style, style.Bold);
        var lost = status.Losses.Where(static loss => loss.Count > 0).ToList();
        if (lost.Count == 0)
        {
            output.WriteLine($"{style.Bold("Lost")}\n{Indent}{style.Green("nothing")}");
        }
        else
        {
            WriteCounts(output, "Lost", lost, style, style.Red);
        }
    }

    private static void WriteAgent(TextWriter output, AgentStatus status, Style style)
    {
        output.WriteLine(style.Bold($"eider {status.Version} on {TerminalText.Escape(status.Node)}"));
        var table = new TextTable("", "");
        table.Add("running", $"{Duration.FormatLong((long)(status.UptimeSeconds * 1e9))}, pid {status.Pid}, since {Rfc3339.Format(Rfc3339.ToUnixNs(status.StartedAt), 3)}");
        table.Add("kernel", TerminalText.Escape(status.Kernel));
        table.Add("memory", $"{Size(status.ResidentBytes)} resident");
        table.Add("processor", string.Create(CultureInfo.InvariantCulture, $"{status.CpuSeconds:0.00} s, {100 * status.CpuSeconds / Math.Max(status.UptimeSeconds, 0.001):0.0} % of one core"));
        table.Add("api", TerminalText.Escape($"{status.Api.Socket}{(status.Api.Listen is { } listen ? $", {listen}" : "")}; {status.Api.Subscribers} reading events"));
        table.Add("history", History(status.History, style));
        table.Write(output, style, 0, Indent);
        output.WriteLine();
    }

    private static string History(HistoryStatus? history, Style style) => history switch
    {
        null => "off",
        { Trouble: { } trouble } => style.Red(TerminalText.Escape($"not recording: {trouble}")),
        _ => TerminalText.Escape($"{history.Path}, {Size(history.FileBytes)}, {Number(history.WrittenRows)} written since start, {Number(history.Queued)} of {Number(history.QueueCapacity)} queued")
            + (history.Oldest is { } oldest ? $", oldest {Rfc3339.Format(Rfc3339.ToUnixNs(oldest), 3)}" : ""),
    };

    private static void WritePolicies(TextWriter output, AgentStatus status, Style style)
    {
        output.WriteLine(style.Bold("Policies"));
        if (status.Policy is not { } policy)
        {
            output.WriteLine($"{Indent}{(status.Pinned ? style.Yellow("those that an earlier agent left are in force; `eider uninstall` removes them") : "none: observing only")}\n");
            return;
        }

        var table = new TextTable("", "");
        var applied = policy.AppliedAt is { } at ? $", since {Rfc3339.Format(Rfc3339.ToUnixNs(at), 3)}" : ", left by an earlier agent";
        table.Add("in force", policy.Generation == 0 ? style.Red("nothing") : $"{Number(policy.Policies)} policies, generation {policy.Generation}{applied}");
        table.Add("names", $"{Number(policy.Names)} of {Number(policy.Lists)} lists and {Number(policy.Rules)} rules, in {Number(policy.Sets)} sets, {Size(policy.NamesOctets)}"
            + (policy.ApplyTime is { } took ? $", put in force in {Duration.Format((long)took.TotalNanoseconds)}" : ""));
        table.Add("workloads", $"{Number(policy.Assigned)} of {Number(policy.Workloads)} cgroups with policies of their own, {Number(policy.Postures)} combinations"
            + (policy.Forgotten > 0 ? style.Red($", {Number(policy.Forgotten)} not known for want of room") : ""));
        if (status.Wire is { } wire)
        {
            table.Add("wire", $"{Number(wire.Devices)} devices{(wire.Waiting > 0 ? $", {Number(wire.Waiting)} more follow" : "")}, {Number(wire.Workloads)} workloads behind them"
                + (wire.Vanished > 0 ? $"; {Number(wire.Vanished)} vanished before their turn" : ""));
        }

        if (status.Respond is { } respond)
        {
            table.Add("responses", $"{Number(respond.InForce)} in force and {Number(respond.DryRuns)} dry runs of {Number(respond.Capacity)}" + (respond.Refused > 0 ? $", {Number(respond.Refused)} refused" : ""));
        }

        if (policy.Trouble is { } trouble)
        {
            table.Add("error", style.Red(TerminalText.Escape($"the last change is not in force: {trouble}")));
        }

        table.Write(output, style, 0, Indent);
        foreach (var note in policy.Notes.Take(MostNotes))
        {
            output.WriteLine(style.Yellow($"{Indent}{TerminalText.Escape(note)}"));
        }

        if (policy.Notes.Count > MostNotes)
        {
            output.WriteLine(style.Yellow($"{Indent}and {Number(policy.Notes.Count - MostNotes)} more: `eider status -o json`"));
        }

        output.WriteLine();
        WriteVerdicts(output, status.Verdicts, style);
    }

    private static void WriteDetection(TextWriter output, DetectStatus? detect, Style style)
    {
        output.WriteLine(style.Bold("Detection"));
        if (detect is null)
        {
            output.WriteLine($"{Indent}off\n");
            return;
        }

        var table = new TextTable("", "");
        table.Add("names", $"{Number(detect.ProtectedNames)} protected, {Number(detect.InternalZones)} internal zones");
        if (detect.Off.Count > 0)
        {
            table.Add("off", TerminalText.Escape(string.Join(", ", detect.Off)));
        }

        foreach (var file in detect.Mutes)
        {
            table.Add("mutes", TerminalText.Escape($"{file.Path}: {(file.IsThere ? $"{Number(file.Mutes - file.Expired)} in force, {Number(file.Expired)} over" : "not there; nothing is muted by it")}"));
            AddTrouble(file.Trouble);
        }

        foreach (var list in detect.Lists)
        {
            table.Add("addresses", TerminalText.Escape($"{list.Name}: {Number(list.Ranges)} ranges{(list.Fetched is { } fetched ? $" of {Rfc3339.Format(Rfc3339.ToUnixNs(fetched), 3)}" : "")}"));
            AddTrouble(list.Trouble);
        }

        if (detect.CrossCheck is { } check)
        {
            var failed = check.Failed.Where(static failure => failure.Count > 0).Select(static failure => $"{Number(failure.Count)} {failure.Reason}").ToList();
            table.Add("compared", TerminalText.Escape(
                $"with {check.Resolver}{(check.Tls is { } tls ? $" ({tls})" : "")}: {Number(check.Compared)}, of which {Number(check.Differed)} differ; {Number(check.Names)} names, {Number(check.Skipped)} skipped for the rate"
                + (failed.Count == 0 ? "" : $", {string.Join(", ", failed)}")));
            AddTrouble(check.Trouble is { } trouble ? $"{check.Resolver}: {trouble}" : null);
        }

        table.Write(output, style, 0, Indent);
        output.WriteLine();

        void AddTrouble(string? trouble)
        {
            if (trouble is not null)
            {
                table.Add("error", style.Red(TerminalText.Escape(trouble)));
            }
        }
    }

    private static void WriteAlertOutputs(TextWriter output, IReadOnlyList<AlertOutputStatus> outputs, Style style)
    {
        if (outputs.Count == 0)
        {
            return;
        }

        output.WriteLine(style.Bold("Alerts go to"));
        var table = new TextTable("RECEIVER", "FROM", ">SENT", ">RETRIES", ">QUEUED", ">DROPPED", "");
        foreach (var receiver in outputs)
        {
            var dropped = receiver.Dropped.Where(static drop => drop.Count > 0).Select(static drop => $"{Number(drop.Count)} {drop.Reason}");
            table.Add(
                TerminalText.Escape(receiver.Name), TerminalText.Escape(receiver.Severity), Number(receiver.Sent), Number(receiver.Retries),
                $"{Number(receiver.Queued)}/{Number(receiver.QueueCapacity)}", Number(receiver.Dropped.Sum(static drop => drop.Count)), TerminalText.Escape(string.Join(", ", dropped)));
        }

        table.Write(output, style, 0, Indent, (_, column, cell) => column == 5 && cell.Trim() != "0" ? style.Red(cell) : cell);
        foreach (var receiver in outputs.Where(static receiver => receiver.Trouble is not null))
        {
            output.WriteLine(style.Red(TerminalText.Escape($"{Indent}{receiver.Name}: {receiver.Trouble}")));
        }

        output.WriteLine();
    }

    private static void WriteVerdicts(TextWriter output, IReadOnlyList<VerdictStatus> verdicts, Style style)
    {
        if (verdicts.Count == 0)
        {
            return;
        }

        output.WriteLine(style.Bold("Verdicts"));
        var table = new TextTable(">", "", "");
        foreach (var verdict in verdicts)
        {
            var word = TerminalText.Escape(verdict.Mode == "audit" ? $"would {verdict.Action}" : verdict.Action);
            table.Add(Number(verdict.Count), word, TerminalText.Escape($"by {verdict.Reason}"));
        }

        table.Write(output, style, StandardOutput.TableWidth, Indent, (row, column, cell) => column == 0 && verdicts[row].Action == "deny" ? style.Red(cell) : cell);
        output.WriteLine();
    }

    private static void WritePrograms(TextWriter output, AgentStatus status, Style style)
    {
        output.WriteLine(style.Bold("Programs"));
        var table = new TextTable("NAME", "HOOK", ">RUNS/S", ">NS/RUN", ">MEMORY");
        foreach (var program in status.Programs)
        {
            table.Add(
                TerminalText.Escape(program.Name), TerminalText.Escape(program.Section),
                program.RunsPerSecond?.ToString("n0", CultureInfo.InvariantCulture) ?? "-",
                program.NsPerRun?.ToString("n0", CultureInfo.InvariantCulture) ?? "-", Size(program.MemoryBytes));
        }

        table.Write(output, style, StandardOutput.TableWidth, Indent);
        output.WriteLine();
    }

    private static void WriteMaps(TextWriter output, AgentStatus status, Style style)
    {
        output.WriteLine(style.Bold("Maps"));
        var table = new TextTable("NAME", "TYPE", ">USED", ">CAPACITY", ">MEMORY");
        foreach (var map in status.Maps)
        {
            table.Add(TerminalText.Escape(map.Name), TerminalText.Escape(map.Type), map.Used is { } used ? Number(used) : "-", map.Capacity > 0 ? Number(map.Capacity) : "-", Size(map.MemoryBytes));
        }

        table.Write(output, style, StandardOutput.TableWidth, Indent);
        output.WriteLine();
    }

    private static void WriteCounts(TextWriter output, string heading, IReadOnlyList<CountStatus> counts, Style style, Func<string, string> colour)
    {
        output.WriteLine(style.Bold(heading));
        var table = new TextTable(">", "", "");
        foreach (var count in counts)
        {
            table.Add(Number(count.Count), TerminalText.Escape(count.Name), TerminalText.Escape(count.Meaning));
        }

        table.Write(output, style, StandardOutput.TableWidth, Indent, (_, column, cell) => column == 0 ? colour(cell) : column == 2 ? style.Dim(cell) : cell);
        output.WriteLine();
    }

    private static string Number(long number) => number.ToString("n0", CultureInfo.InvariantCulture);

    private static string Size(long bytes) => bytes < 1 << 20
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0} KiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB");
}
