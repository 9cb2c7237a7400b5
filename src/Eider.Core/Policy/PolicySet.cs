// Everything one load of policy files says.

namespace Eider.Core.Policy;

/// <summary>Policies and the lists they name, checked against each other. Immutable.</summary>
/// <param name="Policies">In the order of files and documents; kind, namespace and name are unique.</param>
/// <param name="Lists">In the order of files and documents; names are unique.</param>
public sealed record PolicySet(IReadOnlyList<DnsPolicy> Policies, IReadOnlyList<DomainListSpec> Lists)
{
    public static readonly PolicySet Empty = new([], []);
}
