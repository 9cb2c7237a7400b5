// The "did you mean" of every error about a word from a closed set: config keys, policy actions, verbs and filters.

namespace Eider.Core.Config;

/// <summary>Finds the known word that a mistyped one was most likely meant to be.</summary>
public static class Suggestion
{
    /// <summary>Longer words are not compared: nothing known is that long, and the cost is quadratic.</summary>
    private const int MaxLength = 64;

    /// <summary><c>; did you mean "x"?</c>, or nothing when no candidate is near.</summary>
    public static string Phrase(string word, IEnumerable<string> candidates) =>
        Nearest(word, candidates) is { } nearest ? $"; did you mean \"{nearest}\"?" : "";

    /// <summary>The candidate with the fewest edits, at most a third of the word and at least one allowed; case, <c>_</c> and <c>-</c> are free. Null when none is near.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        if (word.Length is 0 or > MaxLength)
        {
            return null;
        }

        var folded = Fold(word);
        var limit = Math.Max(1, folded.Length / 3);
        string? nearest = null;
        foreach (var candidate in candidates)
        {
            var distance = Distance(folded, Fold(candidate));
            if (distance <= limit)
            {
                nearest = candidate;
                limit = distance - 1;
            }
        }

        return nearest;
    }

    private static string Fold(string word) => word.Replace("_", "").Replace("-", "").ToLowerInvariant();

    /// <summary>Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours cost one each.</summary>
    private static int Distance(string a, string b)
    {
        var beforeLast = new int[b.Length + 1];
        var last = new int[b.Length + 1];
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            last[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.Min(substituted, Math.Min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
                }
            }

            (beforeLast, last, row) = (last, row, beforeLast);
        }

        return last[b.Length];
    }
}
