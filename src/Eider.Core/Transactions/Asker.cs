// Who asks, as far as it can be told: the key for what is remembered across exchanges.

namespace Eider.Core.Transactions;

/// <summary>A process of this node, or, where that is not known (captures, queries that this node serves), an address.</summary>
internal readonly record struct Asker(Role Role, ulong Scope, int Pid, long StartTicks, IpAddress Address)
{
    public bool IsProcess => Pid != 0;

    public static Asker Of(DnsEvent query, ulong scope) =>
        query is { Role: Role.Client, Identity.Process: { } process }
            ? new(Role.Client, 0, process.Pid, process.StartTime.UtcTicks, default)
            : new(query.Role, scope, 0, 0, query.Client.Address);

    public override int GetHashCode() => (int)KeyedHash.Mix(KeyedHash.Mix(KeyedHash.Mix(KeyedHash.Key, Scope ^ ((ulong)Role << 63)), (uint)Pid ^ ((ulong)StartTicks << 16)), Address);
}

/// <summary>A question that has waited for long enough that the next one like it is a resend.</summary>
internal sealed record WaitingQuestion(Asker Asker, ushort Id, string? Name, ushort QueryType, ushort QueryClass)
{
    /// <summary>An address may stand for many processes; there only the same id tells a resend from somebody else's question.</summary>
    public static WaitingQuestion Of(DnsEvent query, ulong scope, ushort queryClass)
    {
        var asker = Asker.Of(query, scope);
        return new(asker, asker.IsProcess ? (ushort)0 : query.Id ?? 0, query.Name, query.QueryType ?? 0, queryClass);
    }

    public bool Equals(WaitingQuestion? other) =>
        other is not null && QueryType == other.QueryType && QueryClass == other.QueryClass && Id == other.Id && Asker == other.Asker
        && string.Equals(Name, other.Name, StringComparison.OrdinalIgnoreCase);

    public override int GetHashCode() => HashCode.Combine(Asker, Id, QueryType, Name is null ? 0 : StringComparer.OrdinalIgnoreCase.GetHashCode(Name));
}
