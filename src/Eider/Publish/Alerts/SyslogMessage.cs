// An alert as a syslog message (RFC 5424).

using System.Globalization;
using System.Text;
using Eider.Core;
using Eider.Core.Config;
using Eider.Core.Decode;
using Eider.Core.Detect;
using Eider.Output;

namespace Eider.Publish.Alerts;

internal static class SyslogMessage
{
    /// <summary>Octets that every receiver on a network should take in a datagram (RFC 5426 3.2).</summary>
    public const int DatagramLength = 2048;

    /// <summary>Octets that every receiver of today takes over a connection.</summary>
    public const int StreamLength = 8192;

    /// <summary>Names of structured data that no standard has need the number of an enterprise. Eider has none: this one is set aside for examples (RFC 5612).</summary>
    private const string Enterprise = "32473";

    private const int MaxParameterName = 32;

    /// <summary>ASCII throughout but for values of structured data, which are UTF-8 by definition: the text needs no byte order mark then, which few receivers expect.</summary>
    /// <param name="mostOctets">What is longer is given without evidence, and then cut.</param>
    public static byte[] Format(Alert alert, SyslogFacility facility, string node, int mostOctets)
    {
        var whole = Encoding.UTF8.GetBytes(Text(alert, facility, node, withEvidence: true));
        if (whole.Length <= mostOctets)
        {
            return whole;
        }

        var brief = Encoding.UTF8.GetBytes(Text(alert, facility, node, withEvidence: false));
        return brief.Length <= mostOctets ? brief : brief[..mostOctets];
    }

    private static string Text(Alert alert, SyslogFacility facility, string node, bool withEvidence)
    {
        var text = new StringBuilder(1024);
        var priority = ((int)facility * 8) + Level(alert.Severity);
        text.Append(CultureInfo.InvariantCulture, $"<{priority}>1 {Rfc3339.Format(alert.TimeNs, 6)} {Header(node, 255)} eider {Environment.ProcessId} {Header(alert.Detection, 32)} ");
        AppendFacts(text, alert);
        if (withEvidence && alert.Evidence.Count > 0)
        {
            text.Append("[evidence@" + Enterprise);
            foreach (var (key, value) in alert.Evidence)
            {
                Append(text, key, value);
            }

            text.Append(']');
        }

        text.Append(' ').Append(Ascii(alert.Summary));
        return alert.Count > 1 ? text.Append(CultureInfo.InvariantCulture, $" ({alert.Count} times)").ToString() : text.ToString();
    }

    private static void AppendFacts(StringBuilder text, Alert alert)
    {
        text.Append("[eider@" + Enterprise);
        Append(text, "id", alert.Id);
        Append(text, "severity", JsonFormat.NameOf(alert.Severity));
        Append(text, "confidence", alert.Confidence.ToString(CultureInfo.InvariantCulture));
        Append(text, "action", JsonFormat.NameOf(alert.Action));
        Append(text, "count", alert.Count.ToString(CultureInfo.InvariantCulture));
        Append(text, "first", Rfc3339.Format(alert.FirstNs, 6));
        Append(text, "name", alert.About.Name);
        Append(text, "qtype", alert.About.QueryType is { } type ? RecordType.Name(type) : null);
        Append(text, "client", alert.About.Client.ToString());
        Append(text, "server", alert.Server.ToString());
        Append(text, "source", alert.Source.ToString());
        Append(text, "workload", WorkloadName.Of(alert.Identity));
        Append(text, "process", alert.Identity.Process?.Comm);
        Append(text, "pid", alert.Identity.Process?.Pid.ToString(CultureInfo.InvariantCulture));
        text.Append(']');
    }

    /// <summary>RFC 5424 6.2.1, table 2.</summary>
    private static int Level(AlertSeverity severity) => severity switch
    {
        AlertSeverity.Critical => 2,
        AlertSeverity.High => 3,
        AlertSeverity.Medium => 4,
        _ => 5,
    };

    /// <summary>A field of the header: printable ASCII without blanks, or a hyphen where there is none.</summary>
    private static string Header(string text, int most)
    {
        var field = string.Concat(text.Where(static c => c is > ' ' and <= '~').Take(most));
        return field.Length == 0 ? "-" : field;
    }

    /// <summary>Control characters are shown, not sent: a line break in a name must not begin a message. Then RFC 5424 6.3.3: a backslash before quotes, backslashes and brackets.</summary>
    private static void Append(StringBuilder text, string name, string? value)
    {
        if (value is null)
        {
            return;
        }

        text.Append(' ').Append(string.Concat(name.Where(static c => c is > ' ' and <= '~' and not ('=' or ']' or '"')).Take(MaxParameterName))).Append("=\"");
        foreach (var c in TerminalText.Escape(value))
        {
            text.Append(c is '"' or '\\' or ']' ? "\\" : "").Append(c);
        }

        text.Append('"');
    }

    private static string Ascii(string text) => string.Concat(TerminalText.Escape(text).EnumerateRunes().Select(static rune => rune.IsAscii ? rune.ToString() : $"\\u{{{rune.Value:x}}}"));
}
