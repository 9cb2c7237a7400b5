// One alert for a person: what was found, the evidence in words, why it matters, what else looks like it, and the mute.

using System.Globalization;
using System.Text.Json;
using Eider.Core.Detect;

namespace Eider.Output;

/// <summary>Reads an alert as <see cref="JsonFormat"/> writes it. Every string of it is escaped.</summary>
/// <param name="width">Columns; 0: as in a file.</param>
internal sealed class AlertReport(TextWriter output, Style style, int width, TimeZoneInfo zone)
{
    private const string Indent = "  ";
    private const int FileWidth = 100;

    private readonly int _width = Math.Max(40, width == 0 ? FileWidth : Math.Min(width, FileWidth));

    public void Write(JsonElement alert)
    {
        var guide = DetectionGuide.Of(Raw(alert, "detection"));
        WriteHeading(alert);
        WriteFacts(alert);
        WriteEvidence(alert);
        if (guide is not null)
        {
            WriteText("Why it matters", guide.Matters);
            WriteText("When it is told", guide.Rule);
            WriteText("What else looks like it", guide.Harmless);
        }

        WriteMute(alert);
    }

    private void WriteHeading(JsonElement alert)
    {
        var severity = Text(alert, "severity");
        var coloured = severity is "critical" or "high" ? style.Red(severity) : style.Yellow(severity);
        output.WriteLine($"{style.Bold(Text(alert, "alert_id"))}  {coloured}  {Text(alert, "detection")}, {Number(alert, "confidence")} % sure");
        foreach (var line in Wrap(Text(alert, "summary")))
        {
            output.WriteLine(Indent + line);
        }

        output.WriteLine();
    }

    private void WriteFacts(JsonElement alert)
    {
        output.WriteLine(style.Bold("What was found"));
        var kind = Detections.All.FirstOrDefault(kind => kind.Id == Raw(alert, "detection"));
        var table = new TextTable("", "");
        table.Add("finding", kind?.Finds ?? Text(alert, "detection"));
        var count = Number(alert, "count");
        table.Add("seen", $"{(count == 1 ? "once" : string.Create(CultureInfo.InvariantCulture, $"{count:n0} times"))}, first {Time(alert, "first_time")}{(count == 1 ? "" : $", last {Time(alert, "time")}")}");
        table.Add("question", $"{(Raw(alert, "name") is { Length: > 0 } ? Text(alert, "name") : "-")} {Text(alert, "qtype")}, {Text(alert, "transport")}");
        table.Add("client", Endpoint(alert, "client"));
        table.Add("asked", Endpoint(alert, "server"));
        table.Add("answer from", Endpoint(alert, "source"));
        table.Add("workload", Who(alert));
        table.Add("done about it", DoneToAll(alert) ?? Raw(alert, "action") switch
        {
            "none" => "nothing: the answer went on to its socket, if one listens there",
            "name_denied" => "the name is denied to the workload; `eider respond` shows until when",
            "quarantined" => "the workload may ask one resolver only; `eider respond` shows until when",
            "denied" => "the answer was denied for what it says",
            "dropped" => "the answer was dropped before its socket received it",
            _ => Text(alert, "action"),
        });
        table.Write(output, style, _width, Indent);
        output.WriteLine();
    }

    /// <summary>Of a finding of several packets, not all of which need have met with the same; null where a response was made to it, or it is of one packet.</summary>
    private static string? DoneToAll(JsonElement alert)
    {
        if (Raw(alert, "action") is "name_denied" or "quarantined" || !alert.TryGetProperty("evidence", out var evidence))
        {
            return null;
        }

        var deeds = PacketDeeds.Told.Where(told => Raw(evidence, told.Key).Length > 0).Select(told => $"{Text(evidence, told.Key)} {told.Words}").ToList();
        return deeds.Count == 0 ? null : string.Join(", ", deeds);
    }

    private void WriteEvidence(JsonElement alert)
    {
        if (!alert.TryGetProperty("evidence", out var evidence) || !evidence.EnumerateObject().Any())
        {
            return;
        }

        output.WriteLine(style.Bold("Evidence"));
        var facts = evidence.EnumerateObject().Select(static fact => (Words: TerminalText.Escape(fact.Name.Replace('_', ' ')), Value: TerminalText.Escape(fact.Value.GetString() ?? ""))).ToList();
        var words = facts.Max(static fact => TerminalText.Width(fact.Words));
        foreach (var (name, value) in facts)
        {
            // Evidence is never cut: it is what the alert stands on.
            var lines = Wrap(value, words + 2).ToList();
            output.WriteLine($"{Indent}{TerminalText.Fit(name, words)}  {lines.FirstOrDefault()}");
            foreach (var line in lines.Skip(1))
            {
                output.WriteLine($"{Indent}{new string(' ', words)}  {line}");
            }
        }

        output.WriteLine();
    }

    private void WriteText(string heading, string text)
    {
        output.WriteLine(style.Bold(heading));
        foreach (var line in Wrap(text))
        {
            output.WriteLine(Indent + line);
        }

        output.WriteLine();
    }

    private void WriteMute(JsonElement alert)
    {
        output.WriteLine(style.Bold("Mute"));
        output.WriteLine($"{Indent}{Text(alert, "mute")}");
        output.WriteLine(style.Dim($"{Indent}silences this and nothing else; `eider alerts mute {Text(alert, "alert_id")} --until 30d --reason '...'` puts it in force"));
    }

    private static string Who(JsonElement alert)
    {
        var row = EventRowReader.Read(alert);
        var exe = alert.TryGetProperty("process", out var process) ? Text(process, "exe") : "";
        var known = new[] { row.Workload, row.Pid is null ? null : row.Process + (exe.Length > 0 ? $" ({exe})" : "") }.Where(static part => part is not null);
        return string.Join(", ", known) is { Length: > 0 } who ? who : "not known";
    }

    private string Time(JsonElement alert, string key) => Rfc3339.TryParseUtc(Raw(alert, key), out var timeNs) ? Rfc3339.FormatDay(timeNs, zone) : Text(alert, key);

    private static string Endpoint(JsonElement alert, string key) => alert.TryGetProperty(key, out var endpoint)
        ? Text(endpoint, "ip") is var ip && ip.Contains(':') ? $"[{ip}]:{Number(endpoint, "port")}" : $"{Text(endpoint, "ip")}:{Number(endpoint, "port")}"
        : "-";

    private static long Number(JsonElement json, string key) => json.TryGetProperty(key, out var number) && number.TryGetInt64(out var value) ? value : 0;

    private static string Raw(JsonElement json, string key) => json.TryGetProperty(key, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";

    private static string Text(JsonElement json, string key) => TerminalText.Escape(Raw(json, key));

    /// <summary>At blanks; words that are longer than a line are cut.</summary>
    private IEnumerable<string> Wrap(string text, int taken = 0)
    {
        var room = Math.Max(20, _width - Indent.Length - taken);
        var line = "";
        foreach (var word in text.Split(' '))
        {
            var rest = word;
            if (line.Length > 0 && TerminalText.Width(line) + 1 + TerminalText.Width(rest) > room)
            {
                yield return line;
                line = "";
            }

            for (; rest.Length > room && line.Length == 0; rest = rest[room..])
            {
                yield return rest[..room];
            }

            line = line.Length == 0 ? rest : $"{line} {rest}";
        }

        yield return line;
    }
}
