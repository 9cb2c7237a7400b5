// Who a policy is for. A subject is asked once for each cgroup and policy change, never for a query.

namespace Eider.Core.Policy;

/// <summary>Immutable; any thread.</summary>
public abstract record Subject
{
    private protected Subject()
    {
    }

    public required Place Place { get; init; }

    /// <summary>Pure. The policy's namespace is its own question: <see cref="DnsPolicy.Covers"/>.</summary>
    public abstract bool Matches(Workload workload);
}

/// <summary>Processes of a user, whatever their workload. The kernel knows the uid only, so the reader of the policy looks names up.</summary>
/// <param name="Name">Null where the subject names a uid.</param>
/// <param name="Uid">In the initial user namespace; null where the subject names a user.</param>
public sealed record UserSubject(string? Name, uint? Uid, Place Place);
