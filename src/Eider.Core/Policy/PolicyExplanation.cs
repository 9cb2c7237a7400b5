// What would become of a query, and why: in words for people, in parts for programs.

using System.Collections.Immutable;

namespace Eider.Core.Policy;

/// <param name="Subject">Who asks.</param>
/// <param name="Name">As people write names: any case, with or without a dot at the end.</param>
/// <param name="Server">Null: one that may be asked.</param>
public sealed record PolicyQuestion(PolicySubject Subject, string Name, ushort Type, IpAddress? Server = null);

/// <summary>A rule that has its say on the query.</summary>
/// <param name="Pattern">Of the rule, or of its list, that the name matches; null where it is not about names, or the list has changed since.</param>
/// <param name="ListLine">Of the list, from 1; 0 where it is no list's.</param>
/// <param name="Reply">Null where it denies nothing.</param>
public sealed record ExplainedRule(DnsPolicy Policy, string Rule, Place Place, string? List, string? Pattern, long ListLine, Reply? Reply, ushort? ExtendedError)
{
    /// <summary>It neither allows nor denies: it has another server asked.</summary>
    public bool IsRedirect { get; init; }
}

/// <param name="Action">What is done.</param>
/// <param name="Reason">What decided.</param>
/// <param name="Rule">That decided; null: no policy says anything, and the query is allowed.</param>
/// <param name="AuditAction">What would be done were the audited policies enforced; null where none selects the subject.</param>
/// <param name="AuditRule">That would have decided.</param>
/// <param name="Selected">Policies that hold for the subject, in order of precedence.</param>
/// <param name="RedirectedTo">Where queries of the subject go, whichever server they are meant for.</param>
/// <param name="Pinned">Whether the servers that may be asked are listed: those alone may be spoken to over TLS and QUIC, too.</param>
/// <param name="OtherPorts">What becomes of queries on ports that are none of DNS.</param>
/// <param name="Lines">All of it for people.</param>
public sealed record PolicyExplanation(
    VerdictAction Action,
    VerdictReason Reason,
    ExplainedRule? Rule,
    VerdictAction? AuditAction,
    ExplainedRule? AuditRule,
    ImmutableArray<DnsPolicy> Selected,
    ImmutableArray<Endpoint> RedirectedTo,
    bool Pinned,
    OtherPorts OtherPorts,
    ImmutableArray<string> Lines)
{
    /// <summary>What becomes of answers.</summary>
    public ImmutableArray<AnswerTreatment> Answers { get; init; } = [];

    /// <summary>What policies do about alerts, in order of precedence.</summary>
    public ImmutableArray<ExplainedResponse> Responses { get; init; } = [];

    /// <summary>Responses that concern the query: see <see cref="During"/>.</summary>
    public ImmutableArray<ResponseInForce> InForce { get; init; } = [];

    /// <summary>Which names are denied in response to alerts, with what answer; null where none are.</summary>
    internal ExplainedRule? ResponseRule { get; init; }

    /// <summary>Whether a rule that names it, or a list, allows the name: no response denies it then.</summary>
    public bool IsAllowedByName => Action == VerdictAction.Allow && Reason == VerdictReason.Name && Rule is not null;

    /// <summary>The same while an agent does these things about alerts.</summary>
    /// <param name="responses">To alerts about the subject; about whichever names.</param>
    public PolicyExplanation During(PolicyQuestion question, IEnumerable<ResponseInForce> responses, DateTimeOffset now)
    {
        ImmutableArray<ResponseInForce> concerning = [.. responses.Where(response => response.Concerns(question.Name))];
        var isDenied = Action == VerdictAction.Allow && !IsAllowedByName && concerning.Any(static response => !response.IsDryRun && response.Name is not null);
        var during = this with
        {
            InForce = concerning,
            Action = isDenied ? VerdictAction.Deny : Action,
            Reason = isDenied ? VerdictReason.Response : Reason,
            Rule = isDenied ? ResponseRule : Rule,
        };
        return during with { Lines = [.. ExplainedLines.Of(question, during, now)] };
    }
}
