// Identities in the history: each kept once, with how long it is needed, so that event rows stay small.

using Microsoft.Data.Sqlite;

namespace Eider.Core.Store;

/// <summary>Finds or adds the row of an identity, for the writer's thread. Its memory of row ids is bounded and dropped whenever the rows may have changed.</summary>
internal sealed class IdentityRows : IDisposable
{
    private const int MaxRemembered = 4_096;

    /// <summary>A row is promised to be needed until this long after an event, so that not every event updates it.</summary>
    private const long SlackNs = 60_000_000_000;

    private readonly SqlStatement _upsert;
    private readonly SqlStatement _expire;
    private readonly Dictionary<Identity, (long Id, long UntilNs)> _remembered = new(ReferenceEqualityComparer.Instance);

    public IdentityRows(SqliteConnection connection)
    {
        _upsert = new SqlStatement(connection, """
            INSERT INTO identity(digest, until_ns, pid, start_ns, comm, exe, cmdline, parents, uid, user, cgroup_id, cgroup, unit, container,
              pod_uid, pod_namespace, pod, pod_labels)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
            ON CONFLICT(digest) DO UPDATE SET until_ns = max(until_ns, excluded.until_ns)
            RETURNING id
            """);
        _expire = new SqlStatement(connection, "DELETE FROM identity WHERE id IN (SELECT id FROM identity WHERE until_ns < ?1 ORDER BY until_ns LIMIT ?2)");
    }

    /// <summary>The row's id for an event at <paramref name="timeNs"/>; null for an identity of which nothing is known.</summary>
    public long? IdOf(Identity identity, long timeNs)
    {
        if (ReferenceEquals(identity, Identity.Unknown))
        {
            return null;
        }

        if (_remembered.TryGetValue(identity, out var known) && timeNs <= known.UntilNs)
        {
            return known.Id;
        }

        if (_remembered.Count >= MaxRemembered)
        {
            _remembered.Clear();
        }

        var untilNs = timeNs < long.MaxValue - SlackNs ? timeNs + SlackNs : long.MaxValue;
        var id = Upsert(identity, untilNs);
        _remembered[identity] = (id, untilNs);
        return id;
    }

    /// <summary>To be called after a rollback and after another program wrote: ids may no longer be there.</summary>
    public void Forget() => _remembered.Clear();

    /// <summary>Deletes identities that no event from <paramref name="oldestNs"/> on can need.</summary>
    /// <returns>How many, at most <paramref name="maxRows"/>.</returns>
    public int Expire(long oldestNs, int maxRows)
    {
        var expired = _expire.Bind(1, oldestNs).Bind(2, maxRows).RunChanges();
        foreach (var (identity, known) in _remembered)
        {
            if (known.UntilNs < oldestNs)
            {
                _remembered.Remove(identity);
            }
        }

        return expired;
    }

    public void Dispose()
    {
        _upsert.Dispose();
        _expire.Dispose();
    }

    private long Upsert(Identity identity, long untilNs)
    {
        var process = identity.Process;
        var startNs = process is null ? null : (long?)(process.StartTime - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        var parents = ColumnJson.Parents(process?.Parents);
        var labels = ColumnJson.Labels(identity.Pod?.Labels);
        var digest = ColumnJson.Digest(
        [
            process?.Pid.ToString(), startNs?.ToString(), process?.Comm, process?.Exe, process?.CommandLine, parents,
            identity.User?.Uid.ToString(), identity.User?.Name, identity.Cgroup?.Id.ToString(), identity.Cgroup?.Path,
            identity.Unit, identity.ContainerId, identity.Pod?.Uid, identity.Pod?.Namespace, identity.Pod?.Name, labels,
        ]);

        return _upsert.BindBlob(1, digest).Bind(2, untilNs)
            .Bind(3, process?.Pid).Bind(4, startNs).Bind(5, process?.Comm).Bind(6, process?.Exe).Bind(7, process?.CommandLine).Bind(8, parents)
            .Bind(9, identity.User?.Uid).Bind(10, identity.User?.Name)
            .Bind(11, (long?)identity.Cgroup?.Id).Bind(12, identity.Cgroup?.Path)
            .Bind(13, identity.Unit).Bind(14, identity.ContainerId)
            .Bind(15, identity.Pod?.Uid).Bind(16, identity.Pod?.Namespace).Bind(17, identity.Pod?.Name).Bind(18, labels)
            .RunInt64()!.Value;
    }
}
