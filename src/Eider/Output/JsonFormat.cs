// Events as JSON, one object a line: the form for programs. docs/events.schema.json describes it.

using System.Buffers;
using System.Text.Json;
using Eider.Core;
using Eider.Core.Decode;

namespace Eider.Output;

/// <summary>Writes events as JSON lines. What an event has not got is left out. Not safe for concurrent use.</summary>
/// <param name="node">Name of the host that the events come from; null leaves it out (a capture file).</param>
public sealed partial class JsonFormat(string? node) : IDisposable
{
    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private readonly Utf8JsonWriter _json = new(Stream.Null, JsonText.Line);

    /// <summary>Appends one line, with its newline.</summary>
    public void Write(Event published, IBufferWriter<byte> output)
    {
        _line.ResetWrittenCount();
        _json.Reset(_line);
        _json.WriteStartObject();
        _json.WriteString("time"u8, Rfc3339.Format(published.TimeNs));
        _json.WriteString("kind"u8, NameOf(published.Kind));
        if (published is DnsEvent dns)
        {
            WriteExchange(dns);
            WriteFlags(dns);
            WriteVerdict(dns.Verdict);
            WriteIdentity(dns.Identity);
            WriteMalformed(dns.Malformed);
        }
        else if (published is LossEvent loss)
        {
            _json.WriteString("reason"u8, loss.Reason);
            _json.WriteNumber("count"u8, loss.Count);
        }
        else if (published is Alert alert)
        {
            WriteAlert(alert);
            WriteIdentity(alert.Identity);
        }
        else if (published is ActionEvent action)
        {
            WriteAction(action);
            WriteIdentity(action.Identity);
        }

        if (node is not null)
        {
            _json.WriteString("node"u8, node);
        }

        _json.WriteEndObject();
        _json.Flush();
        output.Write(_line.WrittenSpan);
        output.Write("\n"u8);
    }

    public void Dispose() => _json.Dispose();

    public static string NameOf(EventKind kind) => kind switch
    {
        EventKind.Query => "query",
        EventKind.Response => "response",
        EventKind.Transaction => "transaction",
        EventKind.Alert => "alert",
        EventKind.Action => "action",
        _ => "loss",
    };

    public static string NameOf(AlertSeverity severity) => severity switch
    {
        AlertSeverity.Low => "low",
        AlertSeverity.Medium => "medium",
        AlertSeverity.High => "high",
        _ => "critical",
    };

    public static string NameOf(AlertAction action) => action switch
    {
        AlertAction.None => "none",
        _ => JsonNamingPolicy.SnakeCaseLower.ConvertName(action.ToString()),
    };

    public static string NameOf(StandaloneReason reason) => reason switch
    {
        StandaloneReason.Malformed => "malformed",
        StandaloneReason.Multicast => "multicast",
        StandaloneReason.Duplicate => "duplicate",
        StandaloneReason.Conflicting => "conflicting",
        StandaloneReason.Late => "late",
        StandaloneReason.Unsolicited => "unsolicited",
        StandaloneReason.Denied => "denied",
        StandaloneReason.OtherPort => "other_port",
        StandaloneReason.Encrypted => "encrypted",
        _ => "other",
    };

    /// <summary><c>deny_name</c>, <c>dry_run</c>.</summary>
    public static string WordOf<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private void WriteAction(ActionEvent action)
    {
        _json.WriteString("action_id"u8, action.Id);
        _json.WriteString("step"u8, WordOf(action.Step));
        _json.WriteString("action"u8, WordOf(action.Action));
        WriteOptional("name"u8, action.Name);
        if (action.Resolvers.Count > 0)
        {
            _json.WriteStartArray("resolvers"u8);
            foreach (var resolver in action.Resolvers)
            {
                _json.WriteStringValue(resolver.ToString());
            }

            _json.WriteEndArray();
        }

        _json.WriteString("workload"u8, action.Workload);
        if (action.WorkloadCgroup != 0)
        {
            _json.WriteNumber("workload_cgroup"u8, action.WorkloadCgroup);
        }

        _json.WriteString("policy"u8, action.Policy);
        _json.WriteString("rule"u8, action.Rule);
        _json.WriteString("detection"u8, action.Detection);
        _json.WriteString("alert_id"u8, action.AlertId);
        _json.WriteString("started"u8, Rfc3339.Format(action.StartedNs));
        _json.WriteString("until"u8, Rfc3339.Format(action.UntilNs));
        WriteOptional("reason"u8, action.Why);
    }

    private void WriteAlert(Alert alert)
    {
        var about = alert.About;
        _json.WriteString("alert_id"u8, alert.Id);
        _json.WriteString("detection"u8, alert.Detection);
        _json.WriteString("severity"u8, NameOf(alert.Severity));
        _json.WriteNumber("confidence"u8, alert.Confidence);
        _json.WriteString("summary"u8, alert.Summary);
        WriteOptional("name"u8, about.Name);
        WriteOptional("qtype"u8, about.QueryType is { } type ? RecordType.Name(type) : null);
        _json.WriteString("transport"u8, about.Transport == Transport.Udp ? "udp"u8 : "tcp"u8);
        WriteEndpoint("client"u8, about.Client);
        WriteEndpoint("server"u8, alert.Server);
        WriteEndpoint("source"u8, alert.Source);
        _json.WriteStartObject("evidence"u8);
        foreach (var (key, value) in alert.Evidence)
        {
            _json.WriteString(key, value);
        }

        _json.WriteEndObject();
        _json.WriteString("action"u8, NameOf(alert.Action));
        _json.WriteNumber("count"u8, alert.Count);
        _json.WriteString("first_time"u8, Rfc3339.Format(alert.FirstNs));
        _json.WriteString("mute"u8, alert.Mute);
    }

    private void WriteExchange(DnsEvent dns)
    {
        _json.WriteString("role"u8, dns.Role == Role.Client ? "client"u8 : "server"u8);
        WriteOptional("name"u8, dns.Name);
        WriteOptional("searched_name"u8, dns.SearchedName);
        WriteOptional("qtype"u8, dns.QueryType is { } type ? RecordType.Name(type) : null);
        WriteOptional("rcode"u8, dns.Rcode is { } rcode ? Rcode.Name(rcode) : null);
        if (dns.Rcode is not null)
        {
            WriteAnswers(dns.Message.Span);
        }

        if (dns.LatencyNs is { } latency)
        {
            _json.WriteNumber("latency_us"u8, latency / 1000m);
        }

        _json.WriteString("transport"u8, dns.Transport == Transport.Udp ? "udp"u8 : "tcp"u8);
        WriteEndpoint("client"u8, dns.Client);
        WriteEndpoint("server"u8, dns.Server);
        if (dns.Id is { } id)
        {
            _json.WriteNumber("id"u8, id);
        }

        _json.WriteNumber("size"u8, dns.WireLength);
        if (dns.QueryLength > 0)
        {
            _json.WriteNumber("query_size"u8, dns.QueryLength);
        }
    }

    private void WriteAnswers(ReadOnlySpan<byte> message)
    {
        _json.WriteStartArray("answers"u8);
        foreach (var answer in AnswerRecord.ReadAll(message))
        {
            _json.WriteStartObject();
            _json.WriteString("name"u8, answer.Name);
            _json.WriteString("type"u8, RecordType.Name(answer.Type));
            _json.WriteNumber("ttl"u8, answer.Ttl);
            _json.WriteString("data"u8, answer.Data);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void WriteFlags(DnsEvent dns)
    {
        WriteWhenTrue("cut"u8, dns.WireLength > dns.Message.Length);
        WriteOptional("standalone"u8, dns.Standalone ? NameOf(dns.StandaloneReason) : null);
        WriteWhenTrue("undelivered"u8, dns.IsUndelivered);
        WriteWhenTrue("fragmented"u8, dns.IsFragmented);
        WriteWhenTrue("unanswered"u8, dns.Unanswered);
        WriteWhenTrue("not_followed"u8, dns.NotFollowed);
        if (dns.Retries > 0)
        {
            _json.WriteNumber("retries"u8, dns.Retries);
        }

        if (dns.Message.Length < DnsHeader.Length)
        {
            return;
        }

        var header = new DnsHeader(dns.Message.Span);
        _json.WriteStartArray("flags"u8);
        WriteFlag("aa"u8, header.Authoritative);
        WriteFlag("tc"u8, header.Truncated);
        WriteFlag("rd"u8, header.RecursionDesired);
        WriteFlag("ra"u8, header.RecursionAvailable);
        WriteFlag("ad"u8, header.AuthenticData);
        WriteFlag("cd"u8, header.CheckingDisabled);
        _json.WriteEndArray();
        if (header.Opcode != Opcode.Query)
        {
            _json.WriteString("opcode"u8, Opcode.Name(header.Opcode));
        }
    }

    private void WriteVerdict(Verdict? verdict)
    {
        if (verdict is null)
        {
            return;
        }

        _json.WriteStartObject("verdict"u8);
        _json.WriteString("action"u8, verdict.Action.ToString().ToLowerInvariant());
        _json.WriteString("mode"u8, verdict.Mode.ToString().ToLowerInvariant());
        _json.WriteString("reason"u8, VerdictText.WordOf(verdict.Reason));
        WriteOptional("policy"u8, verdict.Policy);
        WriteOptional("rule"u8, verdict.Rule);
        WriteOptional("list"u8, verdict.List);
        _json.WriteEndObject();
    }

    private void WriteMalformed(Malformed? malformed)
    {
        if (malformed is not null)
        {
            _json.WriteStartObject("malformed"u8);
            _json.WriteString("what"u8, malformed.What);
            _json.WriteNumber("offset"u8, malformed.Offset);
            _json.WriteEndObject();
        }
    }

    private void WriteEndpoint(ReadOnlySpan<byte> key, Endpoint endpoint)
    {
        _json.WriteStartObject(key);
        _json.WriteString("ip"u8, endpoint.Address.ToString());
        _json.WriteNumber("port"u8, endpoint.Port);
        _json.WriteEndObject();
    }

    private void WriteOptional(ReadOnlySpan<byte> key, string? value)
    {
        if (value is not null)
        {
            _json.WriteString(key, value);
        }
    }

    private void WriteWhenTrue(ReadOnlySpan<byte> key, bool value)
    {
        if (value)
        {
            _json.WriteBoolean(key, true);
        }
    }

    private void WriteFlag(ReadOnlySpan<byte> flag, bool isSet)
    {
        if (isSet)
        {
            _json.WriteStringValue(flag);
        }
    }
}
