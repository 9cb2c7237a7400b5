// Which events a person wants to see. Used by every view: terminal, API, replay.

namespace Eider.Core.Filters;

/// <summary>A compiled filter expression, e.g. <c>name=*.example.com and rcode=NXDOMAIN and latency>50ms</c>. Immutable and safe to use from any thread.
/// <para>Conditions are <c>field operator value</c>, several values by comma mean any of them, and combine with <c>and</c>, <c>or</c>, <c>not</c> and
/// parentheses. A field that the event has not got (a latency without an answer) equals nothing; <c>a != b</c> is <c>not a = b</c>.</para></summary>
public sealed class EventFilter
{
    /// <summary>Shows everything.</summary>
    public static readonly EventFilter Everything = new("", static _ => true);

    private readonly Predicate<DnsEvent> _condition;

    private EventFilter(string text, Predicate<DnsEvent> condition)
    {
        Text = text;
        _condition = condition;
    }

    /// <summary>The expression it was made from; empty when it shows everything.</summary>
    public string Text { get; }

    /// <exception cref="FilterException">The expression cannot be understood.</exception>
    public static EventFilter Parse(string text) =>
        string.IsNullOrWhiteSpace(text) ? Everything : new(text, new FilterParser(text).Parse());

    /// <summary>One condition as expression text, values quoted: <c>name="a","b"</c>. For command line options, which then are checked and sent as any filter.</summary>
    public static string Condition(string field, string comparison, IEnumerable<string> values) =>
        field + comparison + string.Join(",", values.Select(static value => $"\"{value.Replace("\\", "\\\\").Replace("\"", "\\\"")}\""));

    /// <summary>An expression that is true when all of <paramref name="expressions"/> are.</summary>
    public static string All(IReadOnlyCollection<string> expressions) =>
        expressions.Count == 1 ? expressions.First() : string.Join(" and ", expressions.Select(static expression => $"({expression})"));

    /// <summary>Evaluates without allocation. An alert matches when the message that it is about does, a response to it by its name and workload. A loss always matches: what was missed might have.</summary>
    public bool Matches(Event candidate) => candidate switch
    {
        DnsEvent dns => _condition(dns),
        Alert alert => _condition(alert.About),
        ActionEvent action => this == Everything || _condition(action.AsMessage),
        _ => true,
    };
}
