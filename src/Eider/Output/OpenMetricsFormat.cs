// An agent's status as OpenMetrics text, for Prometheus and its kin.

using System.Globalization;
using System.Text;
using Eider.Core.Policy;
using Eider.Status;

namespace Eider.Output;

/// <summary>OpenMetrics 1.0 exposition. Names, labels and help come from the status, so that the two never differ.</summary>
public static class OpenMetricsFormat
{
    public const string ContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    public static string Format(AgentStatus status)
    {
        var text = new StringBuilder(4096);
        Family(text, "eider_build", "info", "The agent's version.");
        text.Append(CultureInfo.InvariantCulture, $"eider_build_info{{version=\"{Escape(status.Version)}\",abi=\"{status.AbiVersion}\"}} 1\n");
        Gauge(text, "eider_start_time_seconds", "Start of the agent, Unix time.", status.StartedAt.ToUnixTimeMilliseconds() / 1000.0);
        Gauge(text, "eider_resident_memory_bytes", "Resident memory of the agent.", status.ResidentBytes);
        Counter(text, "eider_cpu_seconds", "Processor time of the agent.", status.CpuSeconds);
        foreach (var count in status.Counts)
        {
            Counter(text, $"eider_{count.Name}", count.Meaning, count.Count);
        }

        Labelled(text, "eider_lost", "counter", "What was missed, by reason.", "_total", "reason", status.Losses);
        Verdicts(text, status.Verdicts);
        if (status.Policy is { } policy)
        {
            Policies(text, policy);
        }

        if (status.Wire is { } wire)
        {
            Gauge(text, "eider_wire_devices", "Network devices on which denied queries are answered.", wire.Devices);
        }

        foreach (var gauge in status.Gauges)
        {
            Gauge(text, $"eider_{gauge.Name}", gauge.Meaning, gauge.Count);
        }

        AlertOutputs(text, status.AlertOutputs);
        Gauge(text, "eider_api_subscribers", "Readers of the event stream.", status.Api.Subscribers);
        Maps(text, status.Maps);
        if (status.History is { } history)
        {
            Gauge(text, "eider_history_bytes", "Size of the history on disk.", history.FileBytes);
            Gauge(text, "eider_history_queued", "Events that wait for the disk.", history.Queued);
            Gauge(text, "eider_history_recording", "1 while events are being recorded.", history.Trouble is null ? 1 : 0);
        }

        return text.Append("# EOF\n").ToString();
    }

    private static void Verdicts(StringBuilder text, IReadOnlyList<VerdictStatus> verdicts)
    {
        Family(text, "eider_verdicts", "counter", "Queries and answers that policies had a say on, by what they said and why.");
        foreach (var verdict in verdicts)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"eider_verdicts_total{{action=\"{Escape(verdict.Action)}\",mode=\"{Escape(verdict.Mode)}\",reason=\"{Escape(verdict.Reason)}\"}} {verdict.Count}\n");
        }
    }

    private static void Policies(StringBuilder text, PolicyStatus policies)
    {
        Gauge(text, "eider_policy_generation", "Counted up by each change of what is in force; 0: nothing is.", policies.Generation);
        Gauge(text, "eider_policies", "Policies in force.", policies.Policies);
        Gauge(text, "eider_policy_names", "Different names of all lists and rules.", policies.Names);
        Gauge(text, "eider_policy_names_bytes", "Kernel memory of the table of names.", policies.NamesOctets);
        Gauge(text, "eider_policy_trouble", "1 while the last change of the policies is not in force.", policies.Trouble is null ? 0 : 1);
    }

    private static void AlertOutputs(StringBuilder text, IReadOnlyList<AlertOutputStatus> outputs)
    {
        if (outputs.Count == 0)
        {
            return;
        }

        Family(text, "eider_alert_output_sent", "counter", "Alerts that a receiver has taken.");
        foreach (var output in outputs)
        {
            text.Append(CultureInfo.InvariantCulture, $"eider_alert_output_sent_total{{output=\"{Escape(output.Name)}\"}} {output.Sent}\n");
        }

        Family(text, "eider_alert_output_retries", "counter", "Tries that did not end in a delivery or a refusal.");
        foreach (var output in outputs)
        {
            text.Append(CultureInfo.InvariantCulture, $"eider_alert_output_retries_total{{output=\"{Escape(output.Name)}\"}} {output.Retries}\n");
        }

        Family(text, "eider_alert_output_dropped", "counter", "Alerts that a receiver has not got, by reason.");
        foreach (var (output, drop) in outputs.SelectMany(static output => output.Dropped.Select(drop => (output, drop))))
        {
            text.Append(CultureInfo.InvariantCulture, $"eider_alert_output_dropped_total{{output=\"{Escape(output.Name)}\",reason=\"{Escape(drop.Reason)}\"}} {drop.Count}\n");
        }

        Family(text, "eider_alert_output_queued", "gauge", "Alerts that wait for a receiver.");
        foreach (var output in outputs)
        {
            text.Append(CultureInfo.InvariantCulture, $"eider_alert_output_queued{{output=\"{Escape(output.Name)}\"}} {output.Queued}\n");
        }
    }

    private static void Maps(StringBuilder text, IReadOnlyList<MapStatus> maps)
    {
        Family(text, "eider_map_used", "gauge", "Entries in use, or octets that wait in a ring.");
        foreach (var map in maps.Where(static map => map.Used is not null))
        {
            text.Append(CultureInfo.InvariantCulture, $"eider_map_used{{map=\"{Escape(map.Name)}\"}} {map.Used}\n");
        }

        Family(text, "eider_map_capacity", "gauge", "Most entries, or octets of a ring.");
        foreach (var map in maps)
        {
            text.Append(CultureInfo.InvariantCulture, $"eider_map_capacity{{map=\"{Escape(map.Name)}\"}} {map.Capacity}\n");
        }
    }

    private static void Labelled(StringBuilder text, string name, string type, string help, string suffix, string label, IReadOnlyList<CountStatus> counts)
    {
        Family(text, name, type, help);
        foreach (var count in counts)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}{suffix}{{{label}=\"{Escape(count.Name)}\"}} {count.Count}\n");
        }
    }

    private static void Counter(StringBuilder text, string name, string help, double value)
    {
        Family(text, name, "counter", help);
        text.Append(CultureInfo.InvariantCulture, $"{name}_total {value}\n");
    }

    private static void Gauge(StringBuilder text, string name, string help, double value)
    {
        Family(text, name, "gauge", help);
        text.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
    }

    private static void Family(StringBuilder text, string name, string type, string help) =>
        text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {type}\n# HELP {name} {Escape(help)}\n");

    private static string Escape(string text) => text.Replace("\\", "\\\\").Replace("\n", "\\n").Replace("\"", "\\\"");
}
