// What an alert has beside its message: one row of the table `alert`, and back.

using Microsoft.Data.Sqlite;

namespace Eider.Core.Store;

/// <summary>Writes the part of alerts that their rows in `event` have no columns for. For the writer's thread.</summary>
internal sealed class AlertRow(SqliteConnection connection) : IDisposable
{
    /// <summary>Of the schema, from which on there are alerts.</summary>
    public const int Version = 4;

    /// <summary>In the order in which <see cref="Read"/> takes them.</summary>
    public const string Columns =
        "alert_id, detection, severity, confidence, summary, action, asked, asked_port, evidence, times, first_ns, mute, about_kind, about_ns";

    /// <summary>Of the first of them, in a row of all columns.</summary>
    private const int First = 33;

    private readonly SqlStatement _insert = new(
        connection, $"INSERT INTO alert(event_id, told_ns, {Columns}) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)");

    /// <summary>Where rows with all columns come from.</summary>
    /// <param name="alertsOnly">By way of the alerts, however many other events there are.</param>
    public static string Source(int version, bool alertsOnly) => (version >= Version, alertsOnly) switch
    {
        (true, true) => "alert CROSS JOIN event ON id = event_id",
        (true, false) => "event LEFT JOIN alert ON kind = 4 AND event_id = id",
        (false, true) => "(SELECT *, NULL AS alert_id FROM event WHERE FALSE)",
        (false, false) => "event",
    };

    public static EventKind AboutKind(SqlStatement row) => (EventKind)(row.Int64(First + 12) ?? (long)EventKind.Response);

    public static long? AboutNs(SqlStatement row) => row.Int64(First + 13);

    /// <summary>Whatever another program may have written there, this returns an alert.</summary>
    public static Alert Read(SqlStatement row, long timeNs, DnsEvent about) => new()
    {
        TimeNs = timeNs,
        Id = row.Text(First) ?? "",
        Detection = row.Text(First + 1) ?? "",
        Severity = (AlertSeverity)Math.Clamp(row.Int64(First + 2) ?? 0, (long)AlertSeverity.Low, (long)AlertSeverity.Critical),
        Confidence = (int)(row.Int64(First + 3) ?? 0),
        Summary = row.Text(First + 4) ?? "",
        Action = Enum.TryParse<AlertAction>(row.Text(First + 5), out var action) ? action : AlertAction.None,
        About = about,
        Identity = about.Identity,
        Server = EventRow.ReadEndpoint(row, First + 6),
        Source = about.Server,
        Evidence = ColumnJson.ReadEvidence(row.Text(First + 8)),
        Count = row.Int64(First + 9) ?? 1,
        FirstNs = row.Int64(First + 10) ?? timeNs,
        Mute = row.Text(First + 11) ?? "",
    };

    public void Insert(Alert alert, long eventId) => _insert
        .Bind(1, eventId).Bind(2, alert.TimeNs).Bind(3, alert.Id).Bind(4, alert.Detection).Bind(5, (long)alert.Severity).Bind(6, alert.Confidence)
        .Bind(7, alert.Summary).Bind(8, alert.Action == AlertAction.None ? null : alert.Action.ToString())
        .Bind(9, alert.Server.Address.ToString()).Bind(10, alert.Server.Port).Bind(11, ColumnJson.Evidence(alert.Evidence))
        .Bind(12, alert.Count).Bind(13, alert.FirstNs).Bind(14, alert.Mute)
        .Bind(15, (long)alert.About.Kind).Bind(16, alert.About.TimeNs == alert.TimeNs ? null : alert.About.TimeNs)
        .Run();

    public void Dispose() => _insert.Dispose();
}
