// docs/history.md: its SQL runs and answers, its columns and reasons are those of the code.

using System.Text.Json;
using System.Text.RegularExpressions;
using Eider.Core;
using Eider.Core.Store;
using Eider.Tests.Filters;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Eider.Tests.Store;

public sealed partial class HistoryDocumentTests : IDisposable
{
    private static readonly string Document = File.ReadAllText(RepositoryFiles.PathOf("docs/history.md"));

    private readonly HistoryFolder _history = new();

    public static TheoryData<string> Examples => [.. SqlBlock().Matches(Document).Select(block => block.Groups[1].Value)];

    public void Dispose() => _history.Dispose();

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task Example_answers(string sql)
    {
        await WriteSamplesAsync(DateTimeOffset.UtcNow);
        Assert.NotNull(_history.Sql(sql));
    }

    [Fact]
    public async Task View_shows_what_people_would_say()
    {
        await WriteSamplesAsync(HistoryFolder.Start);
        using var connection = new SqliteConnection($"Data Source={_history.Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT time, kind, role, name, qtype, rcode, latency_us, transport, client, pid, comm, user, unit, pod FROM events WHERE id = 1";
        using var row = command.ExecuteReader();
        Assert.True(row.Read());

        var values = new object[row.FieldCount];
        row.GetValues(values);
        Assert.Equal<object>(
            ["2026-01-31T12:00:00.000000001Z", "transaction", "client", "API.example.com", "TYPE65280", "NXDOMAIN", 12.5, "udp", "10.244.0.5", 1234L, "curl", "www-data", "web.service", "web-7d9f"],
            values);
    }

    [Theory]
    [InlineData("standalone", typeof(StandaloneReason), 1)]
    [InlineData("verdict_reason", typeof(VerdictReason), 0)]
    [InlineData("kind", typeof(EventKind), 0)]
    public void View_has_a_word_for_every_number(string column, Type numbers, int first)
    {
        using (_history.Open())
        {
        }

        var view = (string)_history.Sql("SELECT sql FROM sqlite_master WHERE name = 'events'")!;
        var words = Word().Matches(Regex.Match(view, $@"CASE e\.{column} (.*?) END AS {column}\b", RegexOptions.Singleline).Groups[1].Value)
            .Select(word => (int.Parse(word.Groups[1].Value), word.Groups[2].Value));
        Assert.Equal(
            Enum.GetValuesAsUnderlyingType(numbers).Cast<byte>().Where(number => number >= first)
                .Select(number => ((int)number, JsonNamingPolicy.SnakeCaseLower.ConvertName(Enum.GetName(numbers, number)!))),
            words);
    }

    [GeneratedRegex(@"WHEN (\d+) THEN '(\w+)'")]
    private static partial Regex Word();

    [Fact]
    public void Documented_columns_are_those_of_the_view()
    {
        using (_history.Open())
        {
        }

        var columns = (string)_history.Sql("SELECT group_concat(name, ' ') FROM pragma_table_info('events')")!;
        var paragraph = ColumnList().Match(Document).Groups[1].Value;
        Assert.Equal(columns.Split(' '), Code().Matches(Parentheses().Replace(paragraph, "")).Select(name => name.Groups[1].Value));
    }

    [Fact]
    public void Documented_reasons_are_those_of_the_code() =>
        Assert.Equal(HistoryDrops.Names, ReasonRow().Matches(Document).Select(row => row.Groups[1].Value));

    [Fact]
    public void Every_reason_has_a_name() =>
        Assert.Equal(
            Enum.GetNames<HistoryDrop>().Select(name => Capital().Replace(name, "_$0").ToLowerInvariant()),
            HistoryDrops.Names);

    private async Task WriteSamplesAsync(DateTimeOffset at)
    {
        var timeNs = (at - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick + 1;
        using var store = _history.Open(_history.Options with { MaxAge = TimeSpan.FromDays(36_500) });
        store.Publish(new DnsEvent
        {
            TimeNs = timeNs,
            EventKind = EventKind.Transaction,
            Role = Role.Client,
            Transport = Transport.Udp,
            Client = SampleEvents.At("10.244.0.5", 40000),
            Server = SampleEvents.At("10.96.0.10", 53),
            Identity = SampleEvents.Curl,
            Name = "API.example.com",
            QueryType = 65280,
            Rcode = 3,
            LatencyNs = 12_500,
            Verdict = SampleEvents.Denied,
        });
        store.Publish(new LossEvent { TimeNs = timeNs, Reason = "ring_full", Count = 1 });
        store.Publish(Alert.Again(SampleEvents.Found(), 3, timeNs));
        store.Publish(SampleEvents.Denies(timeNs: timeNs));
        await store.FlushAsync();
    }

    [GeneratedRegex("```sql\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex SqlBlock();

    [GeneratedRegex("Its columns: (.*?)\n\n", RegexOptions.Singleline)]
    private static partial Regex ColumnList();

    [GeneratedRegex(@"\([^)]*\)")]
    private static partial Regex Parentheses();

    [GeneratedRegex("`([a-z_]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"^\| `([a-z_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex ReasonRow();

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex Capital();
}
