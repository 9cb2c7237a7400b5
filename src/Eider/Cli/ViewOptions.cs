// The options that say which events a view shows: the same for run, observe, top and replay.

using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using Eider.Core.Decode;
using Eider.Core.Filters;

namespace Eider.Cli;

internal sealed class ViewOptions
{
    private readonly Option<string?> _filter = new("--filter", "-f") { Description = "show only what this expression matches, e.g. 'name=*.example.com and latency>50ms'", HelpName = "EXPRESSION" };

    private readonly Option<string> _kind = new("--kind")
    {
        Description = "kinds of events: query, response, transaction, standalone, loss, alert; default is transaction,standalone,loss,alert",
        HelpName = "KINDS",
        DefaultValueFactory = _ => "default",
    };

    private readonly Option<string> _role = new("--role")
    {
        Description = "side of an exchange: client, server or all",
        HelpName = "ROLE",
        DefaultValueFactory = _ => "client",
    };

    private readonly Option<string?> _severity = new("--severity") { Description = "of alerts, the least that is shown: low, medium, high or critical", HelpName = "SEVERITY" };

    private readonly Option<string[]> _detection = new("--detection") { Description = "of alerts, the detection: dns.answer.rebinding, dns.hijack.*", HelpName = "DETECTION", Arity = ArgumentArity.OneOrMore };

    private readonly bool _alertsOnly;

    // Each is a condition of the filter language: the option's name, the field and the comparison.
    private readonly (Option<string[]> Option, string Field, string Comparison)[] _conditions =
    [
        Condition("--name", "name", "=", "PATTERN", "name asked: exact, *.suffix, or with * and ?"),
        Condition("--type", "type", "=", "TYPE", "query type", RecordType.Mnemonics.Values),
        Condition("--rcode", "rcode", "=", "RCODE", "response code", Rcode.Mnemonics.Values),
        Condition("--process", "process", "=", "NAME", "name or path of the executable"),
        Condition("--pid", "pid", "=", "PID", "process id"),
        Condition("--cgroup", "cgroup", "=", "PATH", "cgroup path or id"),
        Condition("--unit", "unit", "=", "UNIT", "systemd unit"),
        Condition("--pod", "pod", "=", "POD", "pod UID, name or namespace/name"),
        Condition("--workload", "workload", "=", "WORKLOAD", "namespace/name of the pod, else the container's id, the unit or the user"),
        Condition("--client", "client", "=", "ADDRESS", "address or range of who asked"),
        Condition("--server", "server", "=", "ADDRESS", "address or range of who was asked"),
        Condition("--verdict", "verdict", "=", "VERDICT", "what policy made of it: deny, audit (would be denied), allow, none", ["deny", "audit", "allow", "none"]),
        Condition("--min-latency", "latency", ">=", "TIME", "answered no sooner than after this time, e.g. 50ms"),
    ];

    /// <param name="alertsOnly">For verbs that show nothing else.</param>
    public ViewOptions(bool alertsOnly = false)
    {
        _alertsOnly = alertsOnly;
        _severity.CompletionSources.Add("low", "medium", "high", "critical");
        _detection.CompletionSources.Add([.. Core.Detect.Detections.All.Select(static kind => kind.Id)]);
        _severity.Validators.Add(Checked(EventView.ParseSeverity, WithoutColumn));
        _detection.Validators.Add(Checked(EventView.ParseDetections, WithoutColumn));
        _kind.CompletionSources.Add("query", "response", "transaction", "standalone", "loss", "alert", "default", "all");
        _role.CompletionSources.Add("client", "server", "all");
        _filter.Validators.Add(Checked(EventFilter.Parse, static mistake => mistake.Message));
        _kind.Validators.Add(Checked(EventView.ParseKinds, static mistake => mistake.Message));
        _role.Validators.Add(Checked(EventView.ParseRole, WithoutColumn));
        foreach (var (option, field, comparison) in _conditions)
        {
            option.Validators.Add(Checked(value => EventFilter.Parse(EventFilter.Condition(field, comparison, Several(value))), WithoutColumn));
        }
    }

    public void AddTo(Command command)
    {
        command.Add(_filter);
        foreach (var (option, _, _) in _conditions)
        {
            command.Add(option);
        }

        command.Add(_severity);
        command.Add(_detection);
        if (!_alertsOnly)
        {
            command.Add(_kind);
            command.Add(_role);
        }
    }

    /// <summary>What the options ask for, checked already. <see cref="EventFilter.Text"/> holds the filter for an agent.</summary>
    public EventView Read(ParseResult parsed)
    {
        var expressions = _conditions
            .Where(condition => parsed.GetValue(condition.Option) is { Length: > 0 })
            .Select(condition => EventFilter.Condition(condition.Field, condition.Comparison, parsed.GetValue(condition.Option)!.SelectMany(Several)))
            .ToList();
        if (parsed.GetValue(_filter) is { } filter && !string.IsNullOrWhiteSpace(filter))
        {
            expressions.Add(filter);
        }

        return new(EventView.ParseKinds(KindText(parsed)), EventView.ParseRole(RoleText(parsed)), expressions.Count == 0 ? EventFilter.Everything : EventFilter.Parse(EventFilter.All(expressions)))
        {
            LeastSeverity = EventView.ParseSeverity(SeverityText(parsed)),
            Detections = EventView.ParseDetections(DetectionText(parsed)),
        };
    }

    public string KindText(ParseResult parsed) => _alertsOnly ? "alert" : parsed.GetValue(_kind) ?? "default";

    public string RoleText(ParseResult parsed) => _alertsOnly ? "all" : parsed.GetValue(_role) ?? "client";

    public string SeverityText(ParseResult parsed) => parsed.GetValue(_severity) ?? "low";

    public string DetectionText(ParseResult parsed) => string.Join(',', parsed.GetValue(_detection) ?? []);

    private static (Option<string[]> Option, string Field, string Comparison) Condition(
        string name, string field, string comparison, string valueName, string meaning, IEnumerable<string>? values = null)
    {
        var option = new Option<string[]>(name) { Description = meaning, HelpName = valueName, Arity = ArgumentArity.OneOrMore };
        option.CompletionSources.Add(values?.ToArray() ?? []);
        return (option, field, comparison);
    }

    /// <summary>A list by comma, as in expressions; a value with a comma in it needs one.</summary>
    private static string[] Several(string value) => value.Split(',');

    private static string WithoutColumn(FilterException mistake) => $"{mistake.What}; {mistake.Mend}";

    /// <summary>Reports what <paramref name="parse"/> refuses as an error of the option.</summary>
    private static Action<OptionResult> Checked<T>(Func<string, T> parse, Func<FilterException, string> describe) => result =>
    {
        foreach (var token in result.Tokens)
        {
            try
            {
                parse(token.Value);
            }
            catch (FilterException mistake)
            {
                result.AddError($"{result.Option.Name}: {describe(mistake)}");
            }
        }
    };
}
