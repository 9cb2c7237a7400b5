// The tables of the history file and the steps between their versions. docs/history.md explains them to people.

using Microsoft.Data.Sqlite;

namespace Eider.Core.Store;

internal static class HistorySchema
{
    /// <summary>"Eidr" in <c>PRAGMA application_id</c>: this SQLite file is a history of ours.</summary>
    public const int ApplicationId = 0x45696472;

    public const int PageSize = 4096;

    /// <summary>Index + 1 = the version (<c>PRAGMA user_version</c>) a step leads to. Append only: files in the field have run the earlier ones.</summary>
    internal static readonly string[] Steps = [FirstTables, WhyStandalone, Verdicts, Alerts, Responses, Delivery];

    public static int Version => Steps.Length;

    /// <summary>Numbers are as in Events.cs: kind 0 query, 1 response, 2 transaction, 3 loss, 4 alert, 5 action; role 0 client, 1 server; transport 0 UDP, 1 TCP.
    /// The identity id is never reused (AUTOINCREMENT), so that a reader may remember it.</summary>
    private const string FirstTables = """
        CREATE TABLE identity (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          digest BLOB NOT NULL UNIQUE,
          until_ns INTEGER NOT NULL,
          pid INTEGER, start_ns INTEGER, comm TEXT, exe TEXT, cmdline TEXT, parents TEXT,
          uid INTEGER, user TEXT,
          cgroup_id INTEGER, cgroup TEXT,
          unit TEXT, container TEXT,
          pod_uid TEXT, pod_namespace TEXT, pod TEXT, pod_labels TEXT);
        CREATE INDEX identity_until ON identity(until_ns);

        CREATE TABLE event (
          id INTEGER PRIMARY KEY,
          time_ns INTEGER NOT NULL,
          kind INTEGER NOT NULL,
          role INTEGER, transport INTEGER,
          client TEXT, client_port INTEGER, server TEXT, server_port INTEGER,
          identity_id INTEGER REFERENCES identity(id),
          dns_id INTEGER, name TEXT, qtype INTEGER, rcode INTEGER,
          message BLOB, wire_length INTEGER,
          malformed TEXT, malformed_offset INTEGER,
          latency_ns INTEGER, retries INTEGER, unanswered INTEGER,
          searched_name TEXT, query_length INTEGER,
          loss_reason TEXT, loss_count INTEGER);
        CREATE INDEX event_time ON event(time_ns);

        CREATE TABLE record_type (value INTEGER PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE response_code (value INTEGER PRIMARY KEY, name TEXT NOT NULL);
        """;

    /// <summary>Why a message belongs to no exchange, numbers as in Events.cs, and exchanges whose end is not known.</summary>
    private const string WhyStandalone = """
        ALTER TABLE event ADD COLUMN standalone INTEGER;
        ALTER TABLE event ADD COLUMN not_followed INTEGER;
        """;

    /// <summary>What policy made of the query, numbers as in Events.cs; NULL where nothing was judged.</summary>
    private const string Verdicts = """
        ALTER TABLE event ADD COLUMN verdict INTEGER;
        ALTER TABLE event ADD COLUMN verdict_mode INTEGER;
        ALTER TABLE event ADD COLUMN verdict_reason INTEGER;
        ALTER TABLE event ADD COLUMN policy TEXT;
        ALTER TABLE event ADD COLUMN rule TEXT;
        ALTER TABLE event ADD COLUMN list TEXT;
        """;

    /// <summary>What an alert has beside the message that it is about, whose row in <c>event</c> has kind 4. Severity is as in Alert.cs; about_ns is NULL where the message
    /// came when the alert did. Rows go with their events.</summary>
    private const string Alerts = """
        CREATE TABLE alert (
          event_id INTEGER PRIMARY KEY REFERENCES event(id),
          told_ns INTEGER NOT NULL,
          alert_id TEXT NOT NULL,
          detection TEXT NOT NULL, severity INTEGER NOT NULL, confidence INTEGER, summary TEXT,
          action TEXT, asked TEXT, asked_port INTEGER, evidence TEXT,
          times INTEGER, first_ns INTEGER, mute TEXT,
          about_kind INTEGER, about_ns INTEGER);
        CREATE INDEX alert_told ON alert(told_ns);
        CREATE INDEX alert_known_as ON alert(alert_id);
        CREATE TRIGGER alert_goes AFTER DELETE ON event WHEN old.kind = 4 BEGIN DELETE FROM alert WHERE event_id = old.id; END;
        """;

    /// <summary>What was done about an alert: the rest of a row of kind 5, as JSON.</summary>
    private const string Responses = """
        ALTER TABLE event ADD COLUMN response TEXT;
        CREATE INDEX event_response ON event(time_ns) WHERE kind = 5;
        """;

    /// <summary>Responses that no socket waited for, and those that came in fragments.</summary>
    private const string Delivery = """
        ALTER TABLE event ADD COLUMN undelivered INTEGER;
        ALTER TABLE event ADD COLUMN fragmented INTEGER;
        """;

    /// <summary>Of the tables as the last step leaves them; made anew after the steps.</summary>
    private const string Views = """
        DROP VIEW IF EXISTS events;
        DROP VIEW IF EXISTS alerts;
        DROP VIEW IF EXISTS responses;
        CREATE VIEW events AS SELECT
          e.id,
          strftime('%Y-%m-%dT%H:%M:%S', e.time_ns / 1000000000, 'unixepoch') || printf('.%09dZ', e.time_ns % 1000000000) AS time,
          CASE e.kind WHEN 0 THEN 'query' WHEN 1 THEN 'response' WHEN 2 THEN 'transaction' WHEN 3 THEN 'loss' WHEN 4 THEN 'alert'
            WHEN 5 THEN 'action' END AS kind,
          CASE e.role WHEN 0 THEN 'client' WHEN 1 THEN 'server' END AS role,
          e.name,
          coalesce(t.name, 'TYPE' || e.qtype) AS qtype,
          coalesce(r.name, 'RCODE' || e.rcode) AS rcode,
          e.latency_ns / 1000.0 AS latency_us,
          e.unanswered, e.not_followed, e.retries,
          CASE e.standalone WHEN 1 THEN 'malformed' WHEN 2 THEN 'multicast' WHEN 3 THEN 'duplicate' WHEN 4 THEN 'conflicting' WHEN 5 THEN 'late'
            WHEN 6 THEN 'unsolicited' WHEN 7 THEN 'denied' WHEN 8 THEN 'other_port' WHEN 9 THEN 'encrypted' END AS standalone,
          e.undelivered, e.fragmented,
          CASE e.transport WHEN 0 THEN 'udp' WHEN 1 THEN 'tcp' END AS transport,
          e.client, e.client_port, e.server, e.server_port,
          i.pid, i.comm, i.exe, i.cmdline, i.parents, i.uid, i.user, i.unit, i.cgroup, i.container, i.pod_uid, i.pod_namespace, i.pod,
          CASE e.verdict WHEN 1 THEN 'allow' WHEN 2 THEN 'deny' END AS verdict,
          CASE e.verdict_mode WHEN 0 THEN 'enforce' WHEN 1 THEN 'audit' END AS verdict_mode,
          CASE e.verdict_reason WHEN 0 THEN 'none' WHEN 1 THEN 'name' WHEN 2 THEN 'default' WHEN 3 THEN 'resolver' WHEN 4 THEN 'rate'
            WHEN 5 THEN 'malformed' WHEN 6 THEN 'source' WHEN 7 THEN 'question' WHEN 8 THEN 'unasked' WHEN 9 THEN 'private' WHEN 10 THEN 'alias'
            WHEN 11 THEN 'held' WHEN 12 THEN 'redirect' WHEN 13 THEN 'guessed' WHEN 14 THEN 'response' WHEN 15 THEN 'quarantine' END AS verdict_reason,
          e.policy, e.rule, e.list,
          e.searched_name, e.malformed, e.malformed_offset, e.loss_reason, e.loss_count, e.dns_id, e.message, e.time_ns
        FROM event e
        LEFT JOIN identity i ON i.id = e.identity_id
        LEFT JOIN record_type t ON t.value = e.qtype
        LEFT JOIN response_code r ON r.value = e.rcode;
        CREATE VIEW alerts AS SELECT
          a.alert_id AS id, e.time,
          CASE a.severity WHEN 0 THEN 'low' WHEN 1 THEN 'medium' WHEN 2 THEN 'high' WHEN 3 THEN 'critical' END AS severity,
          a.detection, a.summary, a.confidence, a.action, a.times,
          strftime('%Y-%m-%dT%H:%M:%S', a.first_ns / 1000000000, 'unixepoch') || printf('.%09dZ', a.first_ns % 1000000000) AS first_time,
          e.name, e.qtype, e.client, e.client_port, a.asked AS server, a.asked_port AS server_port, e.server AS source, e.server_port AS source_port,
          e.pid, e.comm, e.exe, e.cmdline, e.user, e.unit, e.container, e.pod_namespace, e.pod,
          a.evidence, a.mute, e.message, e.time_ns, a.event_id
        FROM alert a JOIN events e ON e.id = a.event_id;
        CREATE VIEW responses AS SELECT
          json_extract(r.response, '$.id') AS id, e.time, json_extract(r.response, '$.step') AS step, json_extract(r.response, '$.action') AS action,
          e.name, json_extract(r.response, '$.resolvers') AS resolvers, json_extract(r.response, '$.workload') AS workload,
          strftime('%Y-%m-%dT%H:%M:%SZ', json_extract(r.response, '$.started_ns') / 1000000000, 'unixepoch') AS started,
          strftime('%Y-%m-%dT%H:%M:%SZ', json_extract(r.response, '$.until_ns') / 1000000000, 'unixepoch') AS until,
          e.policy, e.rule, json_extract(r.response, '$.detection') AS detection, json_extract(r.response, '$.alert_id') AS alert_id,
          json_extract(r.response, '$.why') AS why, e.pod_namespace, e.pod, e.unit, e.container, e.cgroup, e.time_ns
        FROM event r JOIN events e ON e.id = r.id WHERE r.kind = 5;
        """;

    /// <summary>Brings a file of ours from its version to this one, in one transaction.</summary>
    /// <exception cref="HistoryException">The file is newer than this program.</exception>
    public static void Migrate(SqliteConnection connection, string path)
    {
        var version = (int)(SqlStatement.QueryInt64(connection, "PRAGMA user_version") ?? 0);
        RefuseNewer(version, path);
        if (version == Version)
        {
            return;
        }

        SqlStatement.Execute(connection, "BEGIN IMMEDIATE");
        foreach (var step in Steps.AsSpan(version))
        {
            SqlStatement.Execute(connection, step);
        }

        SqlStatement.Execute(connection, Views);
        SqlStatement.Execute(connection, $"PRAGMA application_id={ApplicationId}; PRAGMA user_version={Version}; COMMIT");
    }

    public static void RefuseNewer(int version, string path)
    {
        if (version > Version)
        {
            throw new HistoryException(
                $"{path} has schema {version} and this Eider knows up to {Version}; run the newer Eider that wrote it, or set history.path to another file");
        }
    }
}
