// Label selectors with the meaning that Kubernetes gives them.

namespace Eider.Core.Policy;

public enum LabelOperator : byte
{
    In,

    /// <summary>True as well where the label is missing.</summary>
    NotIn,

    Exists,
    DoesNotExist,
}

/// <param name="Values">Of <see cref="LabelOperator.In"/> and <see cref="LabelOperator.NotIn"/>; empty otherwise.</param>
public sealed record LabelRequirement(string Key, LabelOperator Operator, IReadOnlyList<string> Values)
{
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        var exists = labels.TryGetValue(Key, out var value);
        return Operator switch
        {
            LabelOperator.In => exists && Values.Contains(value),
            LabelOperator.NotIn => !exists || !Values.Contains(value),
            LabelOperator.Exists => exists,
            _ => !exists,
        };
    }
}

/// <summary>All requirements hold; without any it matches everything. <c>matchLabels</c> are requirements of one value each.</summary>
public sealed record LabelSelector(IReadOnlyList<LabelRequirement> Requirements)
{
    public static readonly LabelSelector Everything = new([]);

    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        foreach (var requirement in Requirements)
        {
            if (!requirement.Matches(labels))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A label whose requirements no object can meet together; null when there is none.</summary>
    public string? Contradiction()
    {
        foreach (var key in Requirements.GroupBy(requirement => requirement.Key))
        {
            var needed = key.Where(requirement => requirement.Operator == LabelOperator.In).ToList();
            var exists = needed.Count > 0 || key.Any(requirement => requirement.Operator == LabelOperator.Exists);
            var isPossible = needed.Count > 0
                ? needed[0].Values.Any(value => key.All(requirement => requirement.Matches(new Dictionary<string, string> { [key.Key] = value })))
                : !exists || key.All(requirement => requirement.Operator != LabelOperator.DoesNotExist);
            if (!isPossible)
            {
                return key.Key;
            }
        }

        return null;
    }
}
