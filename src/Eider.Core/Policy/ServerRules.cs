// The parts of a policy that are not about names: another server to ask, how often, and what is made of answers.

namespace Eider.Core.Policy;

/// <summary>The server that is asked in place of any other; at least one is given.</summary>
/// <param name="V4">In place of servers with IPv4 addresses; null: those are not redirected.</param>
/// <param name="V6">In place of servers with IPv6 addresses; null: those are not redirected.</param>
public sealed record Redirect(Endpoint? V4, Endpoint? V6);

/// <summary>What becomes of queries in the clear on ports that are none of DNS; later ones are stricter.</summary>
public enum OtherPorts : byte
{
    /// <summary>They are not looked for.</summary>
    Ignore,

    /// <summary>They are shown.</summary>
    Watch,

    /// <summary>They are shown, and judged as on the ports of DNS.</summary>
    Judge,
}

public enum RatePer : byte
{
    Workload,
    Process,
}

/// <summary>A token bucket: <paramref name="Burst"/> queries at once, <paramref name="QueriesPerSecond"/> on average.</summary>
/// <param name="QueriesPerSecond">From 0.01 to 1,000,000.</param>
/// <param name="Burst">From 1 to 1,000,000.</param>
/// <param name="Over">What queries past the rate are answered; never a sinkhole.</param>
public sealed record RateLimit(double QueriesPerSecond, int Burst, RatePer Per, Reply Over);

public enum ForgedAnswers : byte
{
    Alert,
    Drop,
}

public enum RebindingAnswers : byte
{
    Allow,
    Alert,
    Deny,
}

public enum AliasAnswers : byte
{
    Deny,
    Allow,
}

/// <summary>What is made of answers.</summary>
/// <param name="Aliases">Of names that the policy's rules deny.</param>
/// <param name="HoldOn">Holds an early, suspicious answer back while a better one may come.</param>
public sealed record AnswersSpec(ForgedAnswers Forged, RebindingAnswers Rebinding, AliasAnswers Aliases, bool HoldOn)
{
    public static readonly AnswersSpec None = new(ForgedAnswers.Alert, RebindingAnswers.Allow, AliasAnswers.Deny, HoldOn: false);

    /// <summary>Names for which private addresses are right, besides <see cref="InternalNames.Everywhere"/>.</summary>
    public IReadOnlyList<NamePattern> Internal { get; init; } = [];
}

/// <summary>Names that are private by their nature.</summary>
public static class InternalNames
{
    /// <summary>Zones, with everything below them: RFC 6761, RFC 6762, RFC 8375, and <c>internal</c>, which ICANN has reserved (resolution 2024.07.29.06); clouds
    /// use it for their hosts. Names of one label are internal too.</summary>
    public static readonly IReadOnlyList<string> Everywhere = ["local", "localhost", "internal", "home.arpa", "in-addr.arpa", "ip6.arpa", "test", "invalid"];
}
