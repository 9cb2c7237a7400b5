// Names in presentation form taken apart at their labels, where a dot within a label is written "\.".

namespace Eider.Core.Transactions;

internal static class DottedName
{
    /// <summary>Dots between labels, as ndots counts them.</summary>
    public static int Dots(ReadOnlySpan<char> name)
    {
        var dots = 0;
        for (var at = 0; at < name.Length; at++)
        {
            if (name[at] == '\\')
            {
                at++;
            }
            else if (name[at] == '.')
            {
                dots++;
            }
        }

        return dots;
    }

    /// <summary>Whether the first labels of a longer name are those of <paramref name="start"/>.</summary>
    public static bool StartsWith(string name, string start) =>
        name.Length > start.Length + 1 && name.StartsWith(start, StringComparison.OrdinalIgnoreCase) && SeparatesAt(name, start.Length);

    /// <returns>The labels before the suffix; null when the name does not end with it, or is nothing else.</returns>
    public static string? WithoutSuffix(string name, string suffix)
    {
        var dot = name.Length - suffix.Length - 1;
        return dot > 0 && name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase) && SeparatesAt(name, dot) ? name[..dot] : null;
    }

    private static bool SeparatesAt(string name, int at)
    {
        if (name[at] != '.')
        {
            return false;
        }

        var escapes = 0;
        while (escapes < at && name[at - 1 - escapes] == '\\')
        {
            escapes++;
        }

        return escapes % 2 == 0;
    }
}
