// Where alerts go besides history, API and terminal, and how it is written.

using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Eider.Core.Policy.Language;

namespace Eider.Core.Config;

public sealed record AlertsConfig
{
    public ImmutableArray<WebhookConfig> Webhooks { get; init; } = [];

    public ImmutableArray<SyslogConfig> Syslog { get; init; } = [];

    /// <summary>By value, as records are, though an ImmutableArray compares by reference.</summary>
    public bool Equals(AlertsConfig? other) => other is not null && Webhooks.SequenceEqual(other.Webhooks) && Syslog.SequenceEqual(other.Syslog);

    public override int GetHashCode() => HashCode.Combine(Webhooks.Length, Syslog.Length);
}

/// <param name="SecretFile">Holds the key that deliveries are signed with.</param>
/// <param name="LeastSeverity">Alerts below it are not sent.</param>
public sealed record WebhookConfig(Uri Url, string SecretFile, AlertSeverity LeastSeverity);

public sealed record SyslogConfig(SyslogTarget To, SyslogFacility Facility, AlertSeverity LeastSeverity);

public enum SyslogTransport : byte
{
    /// <summary>Datagrams to a socket of this machine.</summary>
    Unix,

    /// <summary>RFC 5426.</summary>
    Udp,

    /// <summary>Octet counting, RFC 6587 3.4.1.</summary>
    Tcp,
}

/// <summary>RFC 5424 6.2.1; those that software on a host has a use for.</summary>
public enum SyslogFacility : byte
{
    User = 1,
    Daemon = 3,
    Auth = 4,
    Authpriv = 10,
    Local0 = 16,
    Local1,
    Local2,
    Local3,
    Local4,
    Local5,
    Local6,
    Local7,
}

/// <param name="Address">A path, or a host's name or address.</param>
/// <param name="Port">0 for a path.</param>
public sealed record SyslogTarget(SyslogTransport Transport, string Address, ushort Port)
{
    private const int MaxSocketPath = 107;

    /// <summary>Reads <c>unix:/dev/log</c>, <c>udp://192.0.2.5:514</c> or <c>tcp://[2001:db8::5]:601</c>.</summary>
    public static SyslogTarget? Parse(string text)
    {
        if (text.StartsWith("unix:/", StringComparison.Ordinal))
        {
            var path = text["unix:".Length..];
            return System.Text.Encoding.UTF8.GetByteCount(path) <= MaxSocketPath && !path.Any(char.IsControl) ? new(SyslogTransport.Unix, path, 0) : null;
        }

        var transport = text.StartsWith("udp://", StringComparison.Ordinal) ? SyslogTransport.Udp : SyslogTransport.Tcp;
        if (transport == SyslogTransport.Tcp && !text.StartsWith("tcp://", StringComparison.Ordinal))
        {
            return null;
        }

        var colon = text.LastIndexOf(':');
        var host = text["udp://".Length..Math.Max(colon, "udp://".Length)];
        var isAddress = host.StartsWith('[') && host.EndsWith(']') ? IPAddress.TryParse(host[1..^1], out _) : Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4;
        return isAddress && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0
            ? new(transport, host.Trim('[', ']'), port) : null;
    }

    public override string ToString() => Transport == SyslogTransport.Unix ? $"unix:{Address}"
        : $"{(Transport == SyslogTransport.Udp ? "udp" : "tcp")}://{(Address.Contains(':') ? $"[{Address}]" : Address)}:{Port}";
}

internal static class AlertsTypes
{
    private const int MaxOutputs = 8;

    public static readonly ConfigType<ImmutableArray<WebhookConfig>> Webhooks = ConfigTypes.ListOf(
        "webhooks, each {url, secretFile, severity}",
        new ObjectSyntax<WebhookConfig>(
            "a webhook",
            [
                Field<WebhookConfig>.Of("url", Url(), "", static (target, url) => target with { Url = url }, required: true),
                Field<WebhookConfig>.Of("secretFile", DetectTypes.Path(), "", static (target, file) => target with { SecretFile = file }, required: true),
                Field<WebhookConfig>.Of("severity", Values.Word<AlertSeverity>(), "", static (target, severity) => target with { LeastSeverity = severity }),
            ]).From(static _ => new WebhookConfig(new Uri("http://localhost"), "", AlertSeverity.Low)),
        static hook => $"{{url: {ConfigTypes.Quoted(hook.Url.AbsoluteUri)}, secretFile: {ConfigTypes.Quoted(hook.SecretFile)}, severity: {Values.WordOf(hook.LeastSeverity)}}}",
        MaxOutputs,
        static hook => hook.Url.AbsoluteUri);

    public static readonly ConfigType<ImmutableArray<SyslogConfig>> Syslog = ConfigTypes.ListOf(
        "receivers, each {to, facility, severity}",
        new ObjectSyntax<SyslogConfig>(
            "a syslog receiver",
            [
                Field<SyslogConfig>.Of("to", Target(), "", static (target, to) => target with { To = to }, required: true),
                Field<SyslogConfig>.Of("facility", Values.Word<SyslogFacility>(), "", static (target, facility) => target with { Facility = facility }),
                Field<SyslogConfig>.Of("severity", Values.Word<AlertSeverity>(), "", static (target, severity) => target with { LeastSeverity = severity }),
            ]).From(static _ => new SyslogConfig(new SyslogTarget(SyslogTransport.Unix, "", 0), SyslogFacility.Authpriv, AlertSeverity.Low)),
        static log => $"{{to: {ConfigTypes.Quoted(log.To.ToString())}, facility: {Values.WordOf(log.Facility)}, severity: {Values.WordOf(log.LeastSeverity)}}}",
        MaxOutputs,
        static log => log.To.ToString());

    private static Syntax<SyslogTarget> Target() => Values.Scalar<SyslogTarget>(
        "a place such as unix:/dev/log, udp://192.0.2.5:514 or tcp://[2001:db8::5]:601", DetectTypes.Nothing,
        static text => SyslogTarget.Parse(text) is { } target ? new ConfigValue<SyslogTarget>(target) : null,
        static text => text.StartsWith('/') ? $"did you mean \"unix:{text}\"?" : null);

    /// <summary>Without a password: it would stand in logs and in status.</summary>
    private static Syntax<Uri> Url() => Values.Scalar<Uri>(
        "an http or https URL without user and password", DetectTypes.Nothing,
        static text => ListSyntax.IsUrl(text, out var url) && url.UserInfo.Length == 0 && url.Fragment.Length == 0 ? new ConfigValue<Uri>(url) : null);
}
