// Where something stands in a policy file; kept by everything that was read, so that a verdict can point at the line that decided.

namespace Eider.Core.Policy;

/// <param name="File">As the user named it, or below the folder the user named.</param>
/// <param name="Line">From 1; 0 when the file as a whole is meant.</param>
/// <param name="Column">From 1, in characters; 0 when the file as a whole is meant.</param>
public readonly record struct Place(string File, int Line, int Column)
{
    public override string ToString() => Line == 0 ? File : $"{File}:{Line}:{Column}";
}
