// Events as one line of text each: the form for logs and grep.

using System.Globalization;
using System.Text;
using Eider.Core;
using Eider.Core.Decode;
using Eider.Core.Filters;

namespace Eider.Output;

/// <summary>E.g. <c>2026-01-31T12:00:00.123456Z PID: 1234, IP: 10.244.0.1, Query: example.org A, Process: curl, Answer: 192.0.2.7, Rcode: NOERROR, Latency: 1.24ms</c>.</summary>
public static class CompactFormat
{
    /// <summary>One line without its newline, safe for a terminal.</summary>
    public static string Format(Event published)
    {
        var line = new StringBuilder(160).Append(Rfc3339.Format(published.TimeNs, 6)).Append(' ');
        if (published is LossEvent loss)
        {
            return line.Append(CultureInfo.InvariantCulture, $"Lost: {loss.Count} ({TerminalText.Escape(loss.Reason)})").ToString();
        }

        var dns = (DnsEvent)published;
        line.Append(CultureInfo.InvariantCulture, $"PID: {EventText.Pid(dns)}, IP: {dns.Client.Address}, ")
            .Append(dns.Kind == EventKind.Response ? "Response: " : "Query: ").Append(EventText.Name(dns)).Append(' ').Append(EventText.Type(dns))
            .Append(", Process: ").Append(EventText.Comm(dns));
        Append(line, "From: ", EventText.Workload(dns));
        if (dns.Role == Role.Server)
        {
            line.Append(", Role: server");
        }

        if (dns.Rcode is { } rcode)
        {
            line.Append(", Answer: ").Append(EventText.Answers(dns)).Append(", Rcode: ").Append(Rcode.Name(rcode));
        }

        if (dns.LatencyNs is { } latency)
        {
            line.Append(", Latency: ").Append(Duration.Format(latency));
        }

        if (dns.Unanswered)
        {
            line.Append(", Unanswered");
        }

        if (dns.Retries > 0)
        {
            line.Append(CultureInfo.InvariantCulture, $", Retries: {dns.Retries}");
        }

        return dns.Malformed is null ? line.ToString() : line.Append(", Malformed: ").Append(EventText.Fault(dns.Malformed)).ToString();
    }

    private static void Append(StringBuilder line, string label, string value)
    {
        if (value.Length > 0)
        {
            line.Append(", ").Append(label).Append(value);
        }
    }
}
