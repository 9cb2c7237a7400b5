// What is wrong, or suspicious, in policy files: the thing, the place, the mend.

namespace Eider.Core.Policy;

public enum PolicySeverity : byte
{
    /// <summary>The policies hold, but perhaps not as meant.</summary>
    Warning,

    /// <summary>Nothing of the load takes effect.</summary>
    Error,
}

/// <param name="What">A sentence without a final stop: <c>unknown action "blok"</c>.</param>
/// <param name="Mend">What to do about it: <c>did you mean "block"?</c>; null where the sentence says it already.</param>
public sealed record PolicyDiagnostic(PolicySeverity Severity, Place Place, string What, string? Mend)
{
    /// <summary><c>web.yaml:14:9: unknown action "blok"; did you mean "block"?</c></summary>
    public override string ToString() =>
        $"{Place}: {(Severity == PolicySeverity.Warning ? "warning: " : "")}{What}{(Mend is null ? "" : $"; {Mend}")}";
}
