// The fields of the filter language: the one table that the parser, its errors and the help text read.

using System.Globalization;
using Eider.Core.Config;
using Eider.Core.Decode;
using Eider.Core.Detect;

namespace Eider.Core.Filters;

/// <summary>One field of the filter language.</summary>
public sealed class FilterField
{
    internal FilterField(string name, string[] aliases, string meaning, string example, bool isOrdered, Func<string, FilterToken, Predicate<DnsEvent>> compile) =>
        (Name, Aliases, Meaning, Example, IsOrdered, Compile) = (name, aliases, meaning, example, isOrdered, compile);

    public string Name { get; }

    public string Meaning { get; }

    /// <summary>A condition with this field.</summary>
    public string Example { get; }

    /// <summary>True when the field can be compared by &lt; and &gt;.</summary>
    internal bool IsOrdered { get; }

    /// <summary>Other names that are understood; not shown in help.</summary>
    internal string[] Aliases { get; }

    /// <summary>Makes a condition of a comparison and one value; != is compiled as = and negated by the parser.</summary>
    internal Func<string, FilterToken, Predicate<DnsEvent>> Compile { get; }
}

public static class FilterFields
{
    /// <summary>Denied; denied were the policy enforced; let through by a policy; let through because no policy has a say.</summary>
    private static readonly string[] VerdictWords = ["deny", "audit", "allow", "none"];

    public static IReadOnlyList<FilterField> All { get; } =
    [
        new("name", ["qname"], "name asked: exact, *.suffix (any depth below) or with * and ?", "name=*.example.com", false, (_, value) => Name(value)),
        new("type", ["qtype"], "query type", "type=A,AAAA", false, (_, value) => Type(value)),
        new("rcode", [], "response code", "rcode=NXDOMAIN", false, (_, value) => ResponseCode(value)),
        new("process", ["comm", "exe"], "name or, with a slash, path of the executable", "process=curl", false, (_, value) => Process(value)),
        new("pid", [], "process id", "pid=1234", true, Pid),
        new("user", ["uid"], "user name or uid", "user=www-data", false, (_, value) => User(value)),
        new("cgroup", [], "cgroup path (* and ?) or id", "cgroup=/system.slice/*", false, (_, value) => Cgroup(value)),
        new("unit", [], "systemd unit", "unit=nginx.service", false, (_, value) => Text(value, static dns => dns.Identity.Unit)),
        new("container", [], "container id or its first digits", "container=4f1c0a", false, (_, value) => Container(value)),
        new("pod", [], "pod UID, name or namespace/name", "pod=shop/web-*", false, (_, value) => Pod(value)),
        new("workload", [], "the pod as namespace/name, else the container's id, the unit or the user", "workload=shop/*", false, (_, value) => Text(value, static dns => WorkloadName.Of(dns.Identity))),
        new("client", [], "address or range of who asked", "client=10.244.0.0/16", false, (_, value) => Address(value, static dns => dns.Client)),
        new("server", [], "address or range of who was asked", "server=10.96.0.10", false, (_, value) => Address(value, static dns => dns.Server)),
        new("transport", [], "udp or tcp", "transport=tcp", false, (_, value) => ProtocolOf(value)),
        new("latency", [], "time to the answer", "latency>50ms", true, Latency),
        new("unanswered", [], "no answer came in time: true or false", "unanswered=true", false, (_, value) => Flag(value, static dns => dns.Unanswered)),
        new("standalone", [], "why no transaction speaks for a message", "standalone=conflicting,late", false, (_, value) => Standalone(value)),
        new("verdict", [], $"what policy made of it: {string.Join(", ", VerdictWords)}", "verdict=deny,audit", false, (_, value) => JudgedAs(value)),
        new("policy", [], "policy that decided, with its namespace where it has one", "policy=shop/web", false, (_, value) => Text(value, static dns => dns.Verdict?.Policy)),
        new("list", [], "domain list by which it was decided", "list=threat-*", false, (_, value) => Text(value, static dns => dns.Verdict?.List)),
        new("malformed", [], "the message breaks the protocol: true or false", "malformed=true", false, (_, value) => Flag(value, static dns => dns.Malformed is not null)),
    ];

    internal static FilterField Find(FilterToken word)
    {
        foreach (var field in All)
        {
            if (IsSame(field.Name, word) || field.Aliases.Any(alias => IsSame(alias, word)))
            {
                return field;
            }
        }

        var names = All.Select(static field => field.Name);
        throw new FilterException(
            word.Column,
            $"unknown field \"{word.Text}\"",
            Suggestion.Nearest(word.Text, names) is { } close ? $"did you mean \"{close}\"?" : $"fields are {string.Join(", ", names)}");
    }

    private static bool IsSame(string name, FilterToken word) => name.Equals(word.Text, StringComparison.OrdinalIgnoreCase);

    private static Predicate<DnsEvent> Name(FilterToken value)
    {
        var glob = new Glob(NamePattern.ToAscii(value), ignoreCase: true);
        return dns => dns.Name is { } name && glob.Matches(name);
    }

    private static Predicate<DnsEvent> Type(FilterToken value)
    {
        if (RecordType.TryParse(value.Text, out var type) || IsNumber(value, out type))
        {
            return dns => dns.QueryType == type;
        }

        throw Unknown(value, "record type", RecordType.Mnemonics.Values, "types are named as in RFC 1035, or TYPE123");
    }

    private static Predicate<DnsEvent> ResponseCode(FilterToken value)
    {
        if (Rcode.TryParse(value.Text, out var rcode) || IsNumber(value, out rcode))
        {
            return dns => dns.Rcode == rcode;
        }

        throw Unknown(value, "response code", Rcode.Mnemonics.Values, "codes are named as in RFC 6895, or a number");
    }

    private static Predicate<DnsEvent> Process(FilterToken value)
    {
        var glob = new Glob(value.Text, ignoreCase: false);
        return value.Text.Contains('/')
            ? dns => dns.Identity.Process?.Exe is { } exe && glob.Matches(exe)
            : dns => dns.Identity.Process is { } process
                && (glob.Matches(process.Comm) || (process.Exe is { } exe && glob.Matches(exe.AsSpan(exe.LastIndexOf('/') + 1))));
    }

    private static Predicate<DnsEvent> Pid(string comparison, FilterToken value) =>
        int.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            ? Ordered(comparison, pid, static dns => dns.Identity.Process?.Pid)
            : throw new FilterException(value.Column, $"\"{value.Text}\" is no process id", "write a number, or process=NAME");

    private static Predicate<DnsEvent> User(FilterToken value) =>
        uint.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var uid)
            ? dns => dns.Identity.User?.Uid == uid
            : Text(value, static dns => dns.Identity.User?.Name);

    private static Predicate<DnsEvent> Cgroup(FilterToken value) =>
        ulong.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? dns => dns.Identity.Cgroup?.Id == id
            : Text(value, static dns => dns.Identity.Cgroup?.Path);

    private static Predicate<DnsEvent> Container(FilterToken value)
    {
        var glob = new Glob(value.Text + "*", ignoreCase: true);
        return dns => dns.Identity.ContainerId is { } id && glob.Matches(id);
    }

    private static Predicate<DnsEvent> Pod(FilterToken value)
    {
        var slash = value.Text.IndexOf('/');
        if (slash < 0)
        {
            var glob = new Glob(value.Text, ignoreCase: true);
            return dns => dns.Identity.Pod is { } pod && (glob.Matches(pod.Uid) || (pod.Name is { } name && glob.Matches(name)));
        }

        var (space, podName) = (new Glob(value.Text[..slash], ignoreCase: true), new Glob(value.Text[(slash + 1)..], ignoreCase: true));
        return dns => dns.Identity.Pod is { Namespace: { } at, Name: { } name } && space.Matches(at) && podName.Matches(name);
    }

    private static Predicate<DnsEvent> Address(FilterToken value, Func<DnsEvent, Endpoint> side) =>
        IpPrefix.TryParse(value.Text, out var prefix)
            ? dns => prefix.Contains(side(dns).Address)
            : throw new FilterException(value.Column, $"\"{value.Text}\" is no address or range", "write e.g. 10.0.0.53, 10.0.0.0/8 or 2001:db8::/32");

    private static Predicate<DnsEvent> ProtocolOf(FilterToken value) =>
        Enum.TryParse<Transport>(value.Text, ignoreCase: true, out var transport) && Enum.IsDefined(transport) && !char.IsAsciiDigit(value.Text[0])
            ? dns => dns.Transport == transport
            : throw new FilterException(value.Column, $"unknown transport \"{value.Text}\"", "write udp or tcp");

    private static Predicate<DnsEvent> Latency(string comparison, FilterToken value) =>
        Duration.TryParse(value.Text, out var limit)
            ? Ordered(comparison, limit, static dns => dns.LatencyNs)
            : throw new FilterException(value.Column, $"\"{value.Text}\" is no length of time", $"write a number with its unit, e.g. {Duration.Examples}");

    private static Predicate<DnsEvent> Flag(FilterToken value, Func<DnsEvent, bool> flag) => value.Text.ToLowerInvariant() switch
    {
        "true" or "yes" => dns => flag(dns),
        "false" or "no" => dns => !flag(dns),
        _ => throw new FilterException(value.Column, $"\"{value.Text}\" is neither true nor false", "write true or false"),
    };

    private static Predicate<DnsEvent> Standalone(FilterToken value)
    {
        if (Enum.TryParse<StandaloneReason>(value.Text, ignoreCase: true, out var reason) && reason != StandaloneReason.None && !char.IsAsciiDigit(value.Text[0]))
        {
            return dns => dns.StandaloneReason == reason;
        }

        var known = Enum.GetNames<StandaloneReason>()[1..].Select(static name => name.ToLowerInvariant()).ToArray();
        throw Unknown(value, "reason", known, $"reasons are {string.Join(", ", known)}");
    }

    private static Predicate<DnsEvent> JudgedAs(FilterToken value) => value.Text.ToLowerInvariant() switch
    {
        "deny" => static dns => dns.Verdict is { Action: VerdictAction.Deny, Mode: VerdictMode.Enforce },
        "audit" => static dns => dns.Verdict is { Action: VerdictAction.Deny, Mode: VerdictMode.Audit },
        "allow" => static dns => dns.Verdict is { Action: VerdictAction.Allow },
        "none" => static dns => dns.Verdict is null,
        _ => throw Unknown(value, "verdict", VerdictWords, $"verdicts are {string.Join(", ", VerdictWords)}"),
    };

    private static Predicate<DnsEvent> Text(FilterToken value, Func<DnsEvent, string?> part)
    {
        var glob = new Glob(value.Text, ignoreCase: false);
        return dns => part(dns) is { } text && glob.Matches(text);
    }

    private static Predicate<DnsEvent> Ordered(string comparison, long limit, Func<DnsEvent, long?> part) => comparison switch
    {
        "<" => dns => part(dns) < limit,
        "<=" => dns => part(dns) <= limit,
        ">" => dns => part(dns) > limit,
        ">=" => dns => part(dns) >= limit,
        _ => dns => part(dns) == limit,
    };

    private static bool IsNumber(FilterToken value, out ushort number) => ushort.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static FilterException Unknown(FilterToken value, string what, IEnumerable<string> known, string rule) =>
        new(value.Column, $"unknown {what} \"{value.Text}\"", Suggestion.Nearest(value.Text, known) is { } close ? $"did you mean \"{close}\"?" : rule);
}
