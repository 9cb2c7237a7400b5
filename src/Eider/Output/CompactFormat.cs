// Events as one line of text each: the form for logs and grep.

using System.Globalization;
using System.Text;
using Eider.Core;
using Eider.Core.Filters;

namespace Eider.Output;

/// <summary>E.g. <c>2026-01-31T12:00:00.123456Z PID: 1234, IP: 10.244.0.1, Query: example.org A, Process: curl, Answer: 192.0.2.7, Rcode: NOERROR, Latency: 1.24ms</c>.</summary>
public static class CompactFormat
{
    /// <summary>One line without its newline, safe for a terminal.</summary>
    public static string Format(EventRow row)
    {
        var line = new StringBuilder(160).Append(Rfc3339.Format(row.TimeNs, 6)).Append(' ');
        if (row.Kind == EventKind.Loss)
        {
            return line.Append(CultureInfo.InvariantCulture, $"Lost: {row.LossCount} ({row.LossReason})").ToString();
        }

        if (row.Deed is { } deed)
        {
            return line.Append(deed).ToString();
        }

        if (row.Finding is { } finding)
        {
            line.Append(CultureInfo.InvariantCulture, $"Alert: {finding}, Count: {row.FindingCount}, ");
            Append(line, "Action", row.Action, before: false);
            Append(line, "Id", row.AlertId, before: false);
        }

        line.Append(CultureInfo.InvariantCulture, $"PID: {row.Pid?.ToString(CultureInfo.InvariantCulture) ?? "-"}, IP: {row.Client}, ")
            .Append(row.Kind == EventKind.Response ? "Response: " : "Query: ").Append(row.Name ?? "-").Append(' ').Append(row.Type ?? "-");
        Append(line, "Process", row.Comm ?? "-");
        Append(line, "From", row.Workload);
        Append(line, "Role", row.Role == Role.Server ? "server" : null);
        Append(line, "Answer", row.Rcode is null ? null : row.Answer ?? "-");
        Append(line, "Rcode", row.Rcode);
        Append(line, "Latency", row.LatencyNs is { } latency ? Duration.Format(latency) : null);
        line.Append(row.Denial is null ? "" : ", ").Append(row.Denial);
        line.Append(row.Unanswered ? ", Unanswered" : row.NotFollowed ? ", Not followed" : "");
        Append(line, "Retries", row.Retries > 0 ? row.Retries.ToString(CultureInfo.InvariantCulture) : null);
        Append(line, "Standalone", row.Standalone);
        Append(line, "Malformed", row.Fault);
        return line.ToString();
    }

    private static void Append(StringBuilder line, string label, string? value, bool before = true)
    {
        if (value is not null)
        {
            line.Append(before ? ", " : "").Append(label).Append(": ").Append(value).Append(before ? "" : ", ");
        }
    }
}
