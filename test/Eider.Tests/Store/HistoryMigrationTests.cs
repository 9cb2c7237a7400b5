// A history that an earlier version left is read as it is, and brought to this version by the agent that goes on with it.

using Eider.Core;
using Eider.Core.Store;
using Eider.Tests.Filters;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Eider.Tests.Store;

public sealed class HistoryMigrationTests : IDisposable
{
    private readonly HistoryFolder _history = new();

    public void Dispose() => _history.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Reader_leaves_a_file_of_an_earlier_version_as_it_is(int version)
    {
        WriteVersion(version);

        var read = Assert.IsType<DnsEvent>(Assert.Single(_history.Read()));

        Assert.Equal(("old.example", null, StandaloneReason.None), (read.Name, read.Verdict, read.StandaloneReason));
        Assert.Equal((long)version, _history.Sql("PRAGMA user_version"));
        Assert.Empty(_history.Read(new HistoryQuery { AlertsOnly = true }));
        Assert.Empty(_history.Read(new HistoryQuery { AlertId = "k3x81yq2" }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Agent_goes_on_with_it_and_keeps_verdicts_and_alerts_from_then_on(int version)
    {
        WriteVersion(version);

        using (var store = _history.Open())
        {
            store.Publish(SampleEvents.Judged(SampleEvents.Denied));
            store.Publish(SampleEvents.Broken());
            store.Publish(SampleEvents.Found());
            store.Publish(SampleEvents.Denies());
            await store.FlushAsync();
        }

        EventEquality.AssertSame(SampleEvents.Denies(), Assert.Single(_history.Read().OfType<ActionEvent>()));
        EventEquality.AssertSame(SampleEvents.Found(), Assert.Single(_history.Read(new HistoryQuery { AlertsOnly = true })));
        Assert.Equal([null, SampleEvents.Denied, null], _history.Read().OfType<DnsEvent>().Select(static dns => dns.Verdict));
        Assert.Equal((long)HistorySchema.Version, _history.Sql("PRAGMA user_version"));
        Assert.Equal("deny by shop/web rules[0] of threat-intel", _history.Sql("SELECT verdict || ' by ' || policy || ' ' || rule || ' of ' || list FROM events WHERE verdict IS NOT NULL"));
        Assert.Equal("malformed", _history.Sql("SELECT standalone FROM events WHERE standalone IS NOT NULL"));
    }

    /// <summary>As that version wrote: its own tables, a row by the columns of the first.</summary>
    private void WriteVersion(int version)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_history.Path)!);
        using var connection = new SqliteConnection($"Data Source={_history.Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            PRAGMA auto_vacuum=INCREMENTAL;
            {string.Join('\n', HistorySchema.Steps[..version])}
            CREATE VIEW events AS SELECT id, name FROM event;
            PRAGMA application_id={HistorySchema.ApplicationId};
            PRAGMA user_version={version};
            PRAGMA journal_mode=WAL;
            INSERT INTO event(time_ns, kind, role, transport, client, client_port, server, server_port, name, qtype, rcode, message, retries, unanswered, query_length)
            VALUES({HistoryFolder.StartNs - 1}, 2, 0, 0, '10.0.0.1', 4000, '10.0.0.53', 53, 'old.example', 1, 0, x'', 0, 0, 0);
            """;
        command.ExecuteNonQuery();
    }
}
