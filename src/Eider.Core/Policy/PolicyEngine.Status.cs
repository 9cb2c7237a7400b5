// What the policies' part of an agent says of itself.

namespace Eider.Core.Policy;

/// <summary>A snapshot.</summary>
/// <param name="Generation">0: nothing is in force.</param>
/// <param name="Names">Different names of all lists and rules.</param>
/// <param name="Sets">Combinations of lists and rules that share names.</param>
/// <param name="NamesOctets">Kernel memory of their table.</param>
/// <param name="Workloads">Cgroups known.</param>
/// <param name="Assigned">Of them those with a posture of their own; the others inherit.</param>
/// <param name="Forgotten">Cgroups that came when there was no room; they inherit.</param>
/// <param name="AppliedAt">When the tables in force were put there; null: not by this agent.</param>
/// <param name="ApplyTime">From reading the first name to the change of sides and the release of the old tables.</param>
/// <param name="Trouble">Why the last change was not put in force; null when it was.</param>
/// <param name="TroubleAt">When that was.</param>
/// <param name="Notes">Warnings, lists that could not be brought up to date, conflicts that were settled by precedence.</param>
public sealed record PolicyStatus(
    uint Generation,
    int Policies,
    int Lists,
    long Names,
    int Sets,
    int Postures,
    int Rules,
    int Decisions,
    long NamesOctets,
    int Workloads,
    int Assigned,
    long Forgotten,
    DateTimeOffset? AppliedAt,
    TimeSpan? ApplyTime,
    string? Trouble,
    DateTimeOffset? TroubleAt,
    IReadOnlyList<string> Notes);

public sealed partial class PolicyEngine
{
    private IReadOnlyList<PolicyDiagnostic> diagnostics = [];
    private string? trouble;
    private DateTimeOffset? troubleAt;
    private DateTimeOffset? appliedAt;
    private TimeSpan? applyTime;

    /// <summary>Any thread.</summary>
    public PolicyStatus Status
    {
        get
        {
            lock (gate)
            {
                var tables = inForce?.Tables;
                return new PolicyStatus(
                    maps.Generation,
                    inForce?.Policies.Policies.Count ?? 0,
                    inForce?.Policies.Lists.Count ?? 0,
                    inForce?.NameCount ?? 0,
                    inForce?.SetCount ?? 0,
                    tables?.Postures.Count ?? 0,
                    tables?.Rules.Count - 1 ?? 0,
                    tables?.Decisions.Count ?? 0,
                    maps.NamesOctets,
                    workloads.Count,
                    workloads.EntryCount,
                    forgotten,
                    appliedAt,
                    applyTime,
                    trouble,
                    troubleAt,
                    [.. Notes()]);
            }
        }
    }

    private IEnumerable<string> Notes()
    {
        foreach (var diagnostic in diagnostics.Concat(inForce?.Diagnostics ?? []))
        {
            yield return diagnostic.ToString();
        }

        lock (listTrouble)
        {
            foreach (var line in listTrouble.Values)
            {
                yield return line;
            }
        }
    }

    private void Report(CompiledPolicies compiled, TimeSpan took)
    {
        lock (gate)
        {
            (trouble, troubleAt) = (null, null);
            (appliedAt, applyTime) = (time.GetUtcNow(), took);
        }

        options.Log($"policies in force: {compiled.Policies.Policies.Count:N0}, with {compiled.NameCount:N0} names, after {took.TotalMilliseconds:N0} ms");
        foreach (var diagnostic in compiled.Diagnostics)
        {
            options.Log(diagnostic.ToString());
        }
    }

    private void Trouble(string what)
    {
        lock (gate)
        {
            (trouble, troubleAt) = (what, time.GetUtcNow());
        }

        options.Log(maps.Generation == 0 ? what : $"{what}; what was in force before stays in force");
    }
}
