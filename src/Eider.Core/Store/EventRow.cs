// One event to one row of the table `event`, and back.

using System.Text;
using Microsoft.Data.Sqlite;

namespace Eider.Core.Store;

/// <summary>Writes events as rows. For the writer's thread.</summary>
internal sealed class EventRow : IDisposable
{
    /// <summary>Those that each version of the schema added.</summary>
    private static readonly string[] ColumnsByVersion =
    [
        "id, time_ns, kind, role, transport, client, client_port, server, server_port, identity_id, dns_id, name, qtype, rcode, message, wire_length, " +
        "malformed, malformed_offset, latency_ns, retries, unanswered, searched_name, query_length, loss_reason, loss_count",
        "standalone, not_followed",
        "verdict, verdict_mode, verdict_reason, policy, rule, list",
        AlertRow.Columns,
        "response",
        "undelivered, fragmented",
    ];

    private const int MaxAddresses = 4_096;

    private readonly SqliteConnection _connection;
    private readonly SqlStatement _insertDns;
    private readonly SqlStatement _insertLoss;
    private readonly SqlStatement _insertAction;
    private readonly long _alertsForNs;
    private readonly AlertRow _alerts;
    private readonly IdentityRows _identities;
    private readonly Dictionary<IpAddress, byte[]> _addresses = [];

    /// <param name="alertsFor">How long alerts are kept, though other events of their time may be gone.</param>
    public EventRow(SqliteConnection connection, IdentityRows identities, TimeSpan alertsFor)
    {
        _alertsForNs = (long)alertsFor.TotalNanoseconds;
        _connection = connection;
        _identities = identities;
        _insertDns = new SqlStatement(connection, """
            INSERT INTO event(time_ns, kind, role, transport, client, client_port, server, server_port, identity_id, dns_id, name, qtype, rcode,
              message, wire_length, malformed, malformed_offset, latency_ns, retries, unanswered, searched_name, query_length, standalone, not_followed,
              verdict, verdict_mode, verdict_reason, policy, rule, list, undelivered, fragmented)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32)
            """);
        _insertLoss = new SqlStatement(connection, "INSERT INTO event(time_ns, kind, loss_reason, loss_count) VALUES(?1, ?2, ?3, ?4)");
        _insertAction = new SqlStatement(connection, "INSERT INTO event(time_ns, kind, identity_id, name, policy, rule, response) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        _alerts = new AlertRow(connection);
    }

    /// <summary>In the order in which <see cref="Read"/> takes them; the name of the table is `event`.</summary>
    /// <param name="version">Of the file's schema: a reader leaves what an agent of an earlier version wrote as it is, and reads NULL for the rest.</param>
    public static string Columns(int version) =>
        string.Join(", ", ColumnsByVersion.Select((columns, at) => at < version ? columns : string.Join(", ", columns.Split(',').Select(static _ => "NULL"))));

    /// <summary>History keeps exchanges and what no exchange speaks for; the halves of an exchange would only say it twice.</summary>
    public static bool IsKept(Event published) =>
        published is LossEvent or Alert or ActionEvent or DnsEvent { EventKind: EventKind.Transaction } or DnsEvent { Standalone: true };

    public void Insert(Event published)
    {
        if (published is LossEvent loss)
        {
            _insertLoss.Bind(1, loss.TimeNs).Bind(2, (long)loss.Kind).Bind(3, loss.Reason).Bind(4, loss.Count).Run();
        }
        else if (published is DnsEvent dns)
        {
            Bind(dns, dns.TimeNs, dns.Kind, dns.TimeNs);
            _insertDns.Run();
        }
        else if (published is ActionEvent action)
        {
            _insertAction.Bind(1, action.TimeNs).Bind(2, (long)action.Kind).Bind(3, _identities.IdOf(action.Identity, NeededByAlerts(action.TimeNs)))
                .Bind(4, action.Name).Bind(5, action.Policy).Bind(6, action.Rule).Bind(7, ResponseJson.Write(action)).Run();
        }
        else if (published is Alert alert)
        {
            // The row of an alert is that of the message that it is about, with more in a table of its own.
            Bind(alert.About, alert.TimeNs, alert.Kind, NeededByAlerts(alert.TimeNs));
            _insertDns.Run();
            _alerts.Insert(alert, SQLitePCL.raw.sqlite3_last_insert_rowid(_connection.Handle));
        }
    }

    /// <summary>A row of <see cref="Columns"/>. Whatever another program may have written there, this returns an event.</summary>
    public static Event Read(SqlStatement row, Func<long, Identity> identityOf)
    {
        var timeNs = row.Int64(1) ?? 0;
        if (row.Int64(2) == (long)EventKind.Loss)
        {
            return new LossEvent { TimeNs = timeNs, Reason = row.Text(23) ?? "", Count = row.Int64(24) ?? 0 };
        }

        if (row.Int64(2) == (long)EventKind.Action)
        {
            return ResponseJson.Read(row.Text(47), timeNs, row.Text(11), row.Text(30), row.Text(31), IdentityOf(row, identityOf));
        }

        return row.Int64(2) == (long)EventKind.Alert
            ? AlertRow.Read(row, timeNs, ReadMessage(row, AlertRow.AboutNs(row) ?? timeNs, AlertRow.AboutKind(row), identityOf))
            : ReadMessage(row, timeNs, (EventKind)(row.Int64(2) ?? 0), identityOf);
    }

    private static DnsEvent ReadMessage(SqlStatement row, long timeNs, EventKind kind, Func<long, Identity> identityOf)
    {
        var message = row.Blob(14);
        var isAbout = row.Int64(2) == (long)EventKind.Alert;
        return new DnsEvent
        {
            TimeNs = timeNs,
            EventKind = kind,
            Standalone = isAbout ? row.Int64(25) is not null : kind != EventKind.Transaction,
            Role = (Role)(row.Int64(3) ?? 0),
            Transport = (Transport)(row.Int64(4) ?? 0),
            Client = ReadEndpoint(row, 5),
            Server = ReadEndpoint(row, 7),
            Identity = IdentityOf(row, identityOf),
            Id = (ushort?)row.Int64(10),
            Name = row.Text(11),
            QueryType = (ushort?)row.Int64(12),
            Rcode = (ushort?)row.Int64(13),
            Message = message,
            WireLength = (int)(row.Int64(15) ?? message.Length),
            Malformed = row.Text(16) is { } what ? new Malformed(what, (int)(row.Int64(17) ?? 0)) : null,
            LatencyNs = row.Int64(18),
            Retries = (int)(row.Int64(19) ?? 0),
            Unanswered = row.Int64(20) is > 0,
            SearchedName = row.Text(21),
            QueryLength = (int)(row.Int64(22) ?? 0),
            StandaloneReason = (StandaloneReason)(row.Int64(25) ?? 0),
            NotFollowed = row.Int64(26) is > 0,
            IsUndelivered = row.Int64(48) is > 0,
            IsFragmented = row.Int64(49) is > 0,
            Verdict = row.Int64(27) is { } action
                ? new Verdict((VerdictAction)action, (VerdictMode)(row.Int64(28) ?? 0), (VerdictReason)(row.Int64(29) ?? 0), row.Text(30), row.Text(31), row.Text(32))
                : null,
        };
    }

    public void Dispose()
    {
        _insertDns.Dispose();
        _insertLoss.Dispose();
        _insertAction.Dispose();
        _alerts.Dispose();
    }

    /// <summary>What is usual is NULL or 0, which take no room in a row: an uncut message's wire length, no retries.</summary>
    /// <param name="neededNs">Until when its identity may be needed.</param>
    private void Bind(DnsEvent dns, long timeNs, EventKind kind, long neededNs)
    {
        _insertDns
            .Bind(1, timeNs).Bind(2, (long)kind).Bind(3, (long)dns.Role).Bind(4, (long)dns.Transport)
            .BindUtf8(5, Text(dns.Client.Address)).Bind(6, dns.Client.Port)
            .BindUtf8(7, Text(dns.Server.Address)).Bind(8, dns.Server.Port)
            .Bind(9, _identities.IdOf(dns.Identity, neededNs))
            .Bind(10, dns.Id).Bind(11, dns.Name).Bind(12, dns.QueryType).Bind(13, dns.Rcode)
            .BindBlob(14, dns.Message.Span).Bind(15, dns.WireLength == dns.Message.Length ? null : dns.WireLength)
            .Bind(16, dns.Malformed?.What).Bind(17, dns.Malformed?.Offset)
            .Bind(18, dns.LatencyNs).Bind(19, dns.Retries).Bind(20, dns.Unanswered ? 1 : 0)
            .Bind(21, dns.SearchedName).Bind(22, dns.QueryLength)
            .Bind(23, dns.StandaloneReason == StandaloneReason.None ? null : (long)dns.StandaloneReason).Bind(24, dns.NotFollowed ? 1 : null)
            .Bind(25, (long?)dns.Verdict?.Action).Bind(26, (long?)dns.Verdict?.Mode).Bind(27, (long?)dns.Verdict?.Reason)
            .Bind(28, dns.Verdict?.Policy).Bind(29, dns.Verdict?.Rule).Bind(30, dns.Verdict?.List)
            .Bind(31, dns.IsUndelivered ? 1 : null).Bind(32, dns.IsFragmented ? 1 : null);
    }

    private long NeededByAlerts(long timeNs) => timeNs < long.MaxValue - _alertsForNs ? timeNs + _alertsForNs : long.MaxValue;

    private static Identity IdentityOf(SqlStatement row, Func<long, Identity> identityOf) => row.Int64(9) is { } identity ? identityOf(identity) : Identity.Unknown;

    private byte[] Text(IpAddress address)
    {
        if (!_addresses.TryGetValue(address, out var text))
        {
            if (_addresses.Count >= MaxAddresses)
            {
                _addresses.Clear();
            }

            _addresses[address] = text = Encoding.ASCII.GetBytes(address.ToString());
        }

        return text;
    }

    internal static Endpoint ReadEndpoint(SqlStatement row, int column) =>
        new(IpAddress.TryParse(row.Text(column), out var address) ? address : default, (ushort)(row.Int64(column + 1) ?? 0));
}
