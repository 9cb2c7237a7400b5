// A question put to the kernel's program, and its verdict put into words.

using System.Collections.Immutable;
using Eider.Core.Abi;
using Eider.Core.Decode;
using Eider.Core.Lists;

namespace Eider.Core.Policy;

internal sealed class Explainer(ExplainProgram program, ListStore lists)
{
    /// <summary>Above every cgroup's id: an explanation spends no workload's rate, nor that of the one before.</summary>
    private const ulong FirstAsker = 1UL << 63;

    private static ulong askers = FirstAsker;

    /// <param name="Posture">For the subject's user.</param>
    internal sealed record Asked(PolicyQuestion Question, CompiledPolicies Compiled, uint Posture, PostureRecord Record, ImmutableArray<DnsPolicy> Selected, byte[] Wire, IpAddress Server);

    /// <summary>Finds, or adds to the tables, the posture of who asks.</summary>
    public static Asked Prepare(PolicyQuestion question, CompiledPolicies compiled)
    {
        var selection = default(Selection);
        foreach (var workload in question.Subject.Around)
        {
            var own = compiled.Select(workload);
            selection = own with { Selecting = own.Selecting | selection.Selecting };
        }

        var userClass = question.Subject.Uid is { } uid ? compiled.ClassOf(uid) : 0;
        var posture = compiled.FirstPosture(selection) + userClass;
        var record = compiled.Tables.Postures[(int)posture];
        return ExplainProgram.TryWrite(question.Name, question.Type, out var wire)
            ? new Asked(question, compiled, posture, record, compiled.PoliciesOf(selection, userClass), wire, question.Server ?? AllowedServer(record, compiled))
            : throw new ArgumentException($"\"{question.Name}\" is no name; labels have 1 to 63 octets, letters beyond ASCII as A-labels (xn--…)", nameof(question));
    }

    public VerdictRecord Ask(Asked asked) => program.Ask(asked.Posture, asked.Wire, asked.Server, Interlocked.Increment(ref askers));

    public PolicyExplanation Describe(Asked asked, VerdictRecord verdict)
    {
        var rule = Find(asked, verdict.Rule);
        var audited = verdict.AuditAction == 0 ? null : Find(asked, verdict.AuditRule);
        var reason = VerdictNames.RuleOf(verdict.Rule, asked.Compiled)?.Reason ?? (VerdictReason)verdict.Reason;
        var explanation = new PolicyExplanation(
            (VerdictAction)verdict.Action, reason, rule, verdict.AuditAction == 0 ? null : (VerdictAction)verdict.AuditAction, audited, asked.Selected, RedirectsOf(asked.Record),
            (asked.Record.Flags & PostureFlags.Resolvers) != 0, OtherPortsOf(asked.Record.Flags), [])
        {
            Answers = AnswerTreatment.Of(asked.Record, asked.Compiled),
            Responses = ExplainedResponse.Of(asked.Selected),
            ResponseRule = asked.Record.ResponseRule == 0 ? null : Find(asked, asked.Record.ResponseRule),
        };
        return explanation with { Lines = [.. ExplainedLines.Of(asked.Question, explanation)] };
    }

    private static IpAddress AllowedServer(in PostureRecord posture, CompiledPolicies compiled)
    {
        foreach (var entry in compiled.Tables.Resolvers)
        {
            if ((posture.Flags & PostureFlags.Resolvers) != 0 && entry.Resolvers == posture.Resolvers)
            {
                return IpAddress.FromOctets(entry.Address);
            }
        }

        return default;
    }

    private static OtherPorts OtherPortsOf(PostureFlags flags) =>
        (flags & PostureFlags.JudgePorts) != 0 ? OtherPorts.Judge : (flags & PostureFlags.WatchPorts) != 0 ? OtherPorts.Watch : OtherPorts.Ignore;

    private static ImmutableArray<Endpoint> RedirectsOf(PostureRecord posture)
    {
        var targets = ImmutableArray.CreateBuilder<Endpoint>();
        if ((posture.Flags & PostureFlags.RedirectV4) != 0)
        {
            targets.Add(new Endpoint(IpAddress.FromOctets(posture.RedirectV4), posture.RedirectV4Port));
        }

        if ((posture.Flags & PostureFlags.RedirectV6) != 0)
        {
            targets.Add(new Endpoint(IpAddress.FromOctets(posture.RedirectV6), posture.RedirectV6Port));
        }

        return targets.ToImmutable();
    }

    private ExplainedRule? Find(Asked asked, ushort number)
    {
        if (VerdictNames.RuleOf(number, asked.Compiled) is not { } rule)
        {
            return null;
        }

        var policy = asked.Compiled.PolicyOf(rule);
        var written = rule.Part == RulePart.Rule ? policy.Rules[rule.Index] : null;
        var name = asked.Question.Name.TrimEnd('.').ToLowerInvariant();
        var (pattern, line) = written is { IsForEveryName: true } ? ("*", 0) : written is null ? (null, 0) : rule.List is null ? (OwnPattern(written, name), 0) : ListPattern(asked.Compiled.Policies, rule.List, name);
        return new ExplainedRule(policy, rule.PartName, written?.Place ?? policy.Place, rule.List, pattern, line, rule.Reply, ErrorOf(rule)) { IsRedirect = rule.Part == RulePart.Redirect };
    }

    private static ushort? ErrorOf(KernelRule rule) => rule.ToRecord().ExtendedError is var error and not RuleRecord.NoExtendedError ? error : null;

    private static string? OwnPattern(PolicyRule rule, string name) =>
        rule.Names.Where(pattern => pattern.Suffix ? name.EndsWith("." + pattern.Name, StringComparison.Ordinal) : name == pattern.Name)
            .OrderByDescending(pattern => pattern.Name.Length).Select(pattern => pattern.ToString()).FirstOrDefault();

    private (string? Pattern, long Line) ListPattern(PolicySet policies, string list, string name)
    {
        if (!lists.TryOpen(policies.Lists.First(spec => spec.Name == list), out var reader, out _))
        {
            return default;
        }

        using (reader)
        {
            var hits = ListSearch.Find(reader, list, name);
            var hit = hits.OrderByDescending(hit => hit.Entry.Length).FirstOrDefault();
            return hit.Entry is null ? default : (hit.Entry.Length < name.Length ? $"*.{hit.Entry}" : hit.Entry, hit.Line);
        }
    }
}

/// <summary>An explanation as a person reads it.</summary>
internal static class ExplainedLines
{
    /// <param name="now">For the time that responses have left.</param>
    public static IEnumerable<string> Of(PolicyQuestion question, PolicyExplanation explained, DateTimeOffset now = default)
    {
        var type = RecordType.Name(question.Type);
        yield return $"{question.Name} {type}{(question.Server is { } server ? $" of {server}" : "")} for {question.Subject.Text}: {(explained.Action == VerdictAction.Deny ? "denied" : "allowed")}";
        yield return explained.Rule is { } rule ? $"  by {Decider(rule)}"
            : explained.Reason == VerdictReason.Response ? "  in response to an alert"
            : explained.Selected.IsEmpty ? "  no policy selects it" : "  no rule of the policies that select it says anything, and none denies by default";
        if (explained.Action == VerdictAction.Deny && explained.Rule?.Reply is { } reply)
        {
            yield return $"  answered: {Answer(reply)}{(explained.Rule.ExtendedError is { } error ? $", extended error {error}" : "")}";
        }

        if (explained.AuditAction is { } action && explained.AuditRule is { } audited && (audited.Policy.Mode == PolicyMode.Audit || action != explained.Action))
        {
            yield return $"  were audited policies enforced: {(action == VerdictAction.Deny ? "denied" : audited.IsRedirect ? "led to another server" : "allowed")} by {Decider(audited)}";
        }

        foreach (var target in explained.RedirectedTo)
        {
            yield return $"  its queries go to {target} in place of any other server of that family";
        }

        if (explained.Pinned)
        {
            yield return "  encrypted DNS (port 853) goes to its resolvers alone";
        }

        if (explained.OtherPorts != OtherPorts.Ignore)
        {
            yield return $"  queries on other ports are {(explained.OtherPorts == OtherPorts.Judge ? "judged alike" : "shown, and not judged")}";
        }

        foreach (var treatment in explained.Answers)
        {
            yield return $"  {treatment.Text}";
        }

        foreach (var response in explained.InForce)
        {
            yield return $"  {response.Text(now)}";
        }

        foreach (var response in explained.Responses)
        {
            yield return $"  {response.Text(explained.IsAllowedByName)}";
        }

        foreach (var policy in explained.Selected)
        {
            yield return $"  selected by {(policy.Tier == PolicyTier.Cluster ? "cluster policy" : "policy")} {policy.FullName} ({policy.Place}){(policy.Mode == PolicyMode.Audit ? ", audit" : "")}";
        }
    }

    private static string Decider(ExplainedRule rule) =>
        $"policy {rule.Policy.FullName}, {rule.Rule} ({rule.Place}){(rule.Pattern is null ? "" : $": {rule.Pattern}")}{(rule.List is null ? "" : $" of list {rule.List}")}{(rule.ListLine > 0 ? $", line {rule.ListLine}" : "")}";

    private static string Answer(Reply reply) => reply.Kind switch
    {
        ReplyKind.Nxdomain => "NXDOMAIN",
        ReplyKind.Nodata => "no data",
        ReplyKind.Refused => "REFUSED",
        ReplyKind.Truncate => "truncated",
        ReplyKind.Drop => "not at all",
        _ => $"{string.Join(" and ", new[] { reply.V4, reply.V6 }.OfType<IpAddress>())} for addresses, else no data",
    };
}
