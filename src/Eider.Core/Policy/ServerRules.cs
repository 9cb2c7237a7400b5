// The parts of a policy that are not about names: another server to ask, how often, and what is made of answers.

namespace Eider.Core.Policy;

/// <summary>The server that is asked in place of any other; at least one is given.</summary>
/// <param name="V4">In place of servers with IPv4 addresses; null: those are not redirected.</param>
/// <param name="V6">In place of servers with IPv6 addresses; null: those are not redirected.</param>
public sealed record Redirect(Endpoint? V4, Endpoint? V6);

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

/// <summary>What is made of answers. Rebinding and hold-on are read and kept; not enforced yet.</summary>
/// <param name="HoldOn">Holds an early, suspicious answer back while a better one may come.</param>
public sealed record AnswersSpec(ForgedAnswers Forged, RebindingAnswers Rebinding, bool HoldOn)
{
    public static readonly AnswersSpec None = new(ForgedAnswers.Alert, RebindingAnswers.Allow, HoldOn: false);
}
