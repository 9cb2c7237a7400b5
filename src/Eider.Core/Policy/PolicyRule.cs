// A rule of a policy: names and lists, and what becomes of queries for them.

namespace Eider.Core.Policy;

public sealed record PolicyRule
{
    /// <summary><see cref="PolicyAction.Pass"/> in cluster policies only.</summary>
    public required PolicyAction Action { get; init; }

    public IReadOnlyList<NamePattern> Names { get; init; } = [];

    /// <summary>Of each of <see cref="Names"/>.</summary>
    public IReadOnlyList<Place> NamePlaces { get; init; } = [];

    /// <summary>Names of <see cref="PolicySet.Lists"/>; each exists.</summary>
    public IReadOnlyList<string> Lists { get; init; } = [];

    /// <summary>Of each of <see cref="Lists"/>.</summary>
    public IReadOnlyList<Place> ListPlaces { get; init; } = [];

    /// <summary>Question types the rule is for; empty: every type.</summary>
    public IReadOnlyList<ushort> Types { get; init; } = [];

    /// <summary>It speaks of types alone, whatever the name; any rule that names one is more specific.</summary>
    public bool IsForEveryName => Names.Count == 0 && Lists.Count == 0;

    /// <summary>In place of the policy's, where <see cref="Action"/> is <see cref="PolicyAction.Deny"/>; null: the policy's.</summary>
    public Reply? Reply { get; init; }

    public required Place Place { get; init; }
}

/// <param name="Name">Lower-case A-labels (RFC 5890) with dots between, no dot at the end; never the root.</param>
/// <param name="Suffix">Any name below <paramref name="Name"/>, at any depth, but not <paramref name="Name"/> itself: <c>*.example.com</c>.</param>
public readonly record struct NamePattern(string Name, bool Suffix)
{
    public override string ToString() => Suffix ? $"*.{Name}" : Name;
}
