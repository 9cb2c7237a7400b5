// What policies do about alerts, in an explanation: what they would do about which finding, and what they do now.

using System.Collections.Immutable;
using System.Globalization;
using Eider.Core.Config;
using Eider.Core.Filters;

namespace Eider.Core.Policy;

/// <summary>A response that a policy of the subject's has.</summary>
/// <param name="Index">Place among the policy's responses.</param>
public sealed record ExplainedResponse(DnsPolicy Policy, int Index)
{
    /// <summary>Detections that are told by name; of more, the number.</summary>
    private const int MostNamed = 3;

    public RespondRule Rule => Policy.Respond[Index];

    /// <summary>It would only be told.</summary>
    public bool IsDryRun => Rule.Mode == RespondMode.DryRun || Policy.Mode == PolicyMode.Audit;

    /// <param name="isAllowedByName">A rule allows the name that is asked for, which no response denies then.</param>
    public string Text(bool isAllowedByName)
    {
        var found = Rule.To.Count <= MostNamed ? string.Join(" or ", Rule.To) : $"{string.Join(", ", Rule.To.Take(MostNamed))} or {Rule.To.Count - MostNamed} more";
        var what = Rule.Action == ResponseAction.DenyName ? $"the name {(IsDryRun ? "would be" : "is")} denied" : $"it {(IsDryRun ? "could" : "may")} ask {Servers(Rule.Resolver)} only,";
        var severity = Rule.Severity == AlertSeverity.Critical ? "critical" : $"{Rule.Severity.ToString().ToLowerInvariant()} or worse";
        return $"after {found} ({severity}, confidence {Rule.Confidence} or more) {what} for {Units.FormatDuration(Rule.For)} by policy {Policy.FullName}, respond[{Index}]"
            + (isAllowedByName && Rule.Action == ResponseAction.DenyName ? "; but not this name, which a rule allows" : "");
    }

    internal static ImmutableArray<ExplainedResponse> Of(IEnumerable<DnsPolicy> selected) =>
        [.. selected.SelectMany(static policy => policy.Respond.Select((_, index) => new ExplainedResponse(policy, index)))];

    private static string Servers(Redirect? resolver) => resolver is null ? "" : string.Join(" and ", new[] { resolver.V4, resolver.V6 }.OfType<Endpoint>());
}

/// <summary>A response that an agent says is in force, or that is a dry run.</summary>
/// <param name="Name">That is denied; null for a quarantine.</param>
/// <param name="Resolvers">That may be asked in a quarantine, for people.</param>
public sealed record ResponseInForce(string Id, bool IsDryRun, string? Name, string Resolvers, string Policy, string Rule, string Detection, string AlertId, DateTimeOffset Started, DateTimeOffset Until)
{
    /// <summary>Whether it says something of a query for this name, with or without a dot at its end.</summary>
    public bool Concerns(string name) => Name is null || string.Equals(Name.TrimEnd('.'), name.TrimEnd('.'), StringComparison.OrdinalIgnoreCase);

    public string Text(DateTimeOffset now)
    {
        var left = Duration.FormatLong(Math.Max(0, (Until - now).Ticks) * TimeSpan.NanosecondsPerTick);
        var what = Name is null ? $"{(IsDryRun ? "it could" : "it may")} ask {Resolvers} only" : $"the name {(IsDryRun ? "would be" : "is")} denied";
        return $"{what} since {At(Started)} and until {At(Until)}, {left} from now, as response {Id} by {Policy} {Rule}, because of alert {AlertId} ({Detection})";
    }

    private static string At(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
