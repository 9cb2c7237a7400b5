namespace Eider.Core.Filters;

/// <summary>A filter that cannot be understood: where, what, and how to mend it.</summary>
public sealed class FilterException(int column, string what, string mend) : Exception($"column {column}: {what}; {mend}")
{
    /// <summary>Place in the expression, from 1.</summary>
    public int Column { get; } = column;

    public string What { get; } = what;

    public string Mend { get; } = mend;
}
