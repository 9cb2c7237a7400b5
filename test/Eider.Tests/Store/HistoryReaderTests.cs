// Reading the history: order, bounds and conditions, while it is written or not.

using Eider.Core;
using Eider.Core.Store;
using Eider.Tests.Filters;
using Xunit;

namespace Eider.Tests.Store;

public sealed class HistoryReaderTests : IDisposable
{
    private readonly HistoryFolder _history = new();
    private readonly HistoryStore _store;

    public HistoryReaderTests() => _store = _history.Open();

    public void Dispose()
    {
        _store.Dispose();
        _history.Dispose();
    }

    [Fact]
    public async Task Events_come_by_time_whatever_the_order_of_writing()
    {
        await WriteAsync(5, 3, 9, 1);
        Assert.Equal([1, 3, 5, 9], Read(new HistoryQuery()));
    }

    [Fact]
    public async Task Since_is_included_and_until_is_not()
    {
        await WriteAsync(1, 2, 3, 4);
        Assert.Equal([2, 3], Read(new HistoryQuery { SinceNs = TimeOf(2), UntilNs = TimeOf(4) }));
    }

    [Theory]
    [InlineData(2, new long[] { 3, 4 })]
    [InlineData(0, new long[0])]
    [InlineData(100, new long[] { 1, 2, 3, 4 })]
    public async Task Last_gives_the_newest_with_the_newest_last(int last, long[] expected)
    {
        await WriteAsync(1, 2, 3, 4);
        Assert.Equal(expected, Read(new HistoryQuery { Last = last }));
    }

    [Fact]
    public async Task Last_counts_only_events_that_meet_the_conditions()
    {
        await WriteAsync([.. Enumerable.Range(0, 2_000).Select(number => (long)number)]);
        var query = new HistoryQuery { Last = 3, UntilNs = TimeOf(1_900), Where = read => HistoryFolder.NumberOf(read) % 100 == 0 };
        Assert.Equal([1_600, 1_700, 1_800], Read(query));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Events_of_one_moment_survive_page_boundaries(bool newestFirst)
    {
        for (var number = 0; number < 1_500; number++)
        {
            var timed = HistoryFolder.Numbered(number);
            _store.Publish(new DnsEvent
            {
                TimeNs = HistoryFolder.StartNs, EventKind = timed.EventKind, Role = timed.Role, Transport = timed.Transport,
                Client = timed.Client, Server = timed.Server, Message = timed.Message, WireLength = timed.WireLength,
            });
        }

        await _store.FlushAsync();
        Assert.Equal(Enumerable.Range(0, 1_500).Select(number => (long)number), Read(new HistoryQuery { Last = newestFirst ? 1_500 : null }));
    }

    [Theory]
    [InlineData("example.com", new[] { "example.com", "API.Example.COM" })]
    [InlineData("EXAMPLE.com", new[] { "example.com", "API.Example.COM" })]
    [InlineData("com", new[] { "example.com", "notexample.com", "API.Example.COM" })]
    [InlineData("a_b.test", new[] { "a_b.test" })]
    [InlineData("50%.test", new[] { "x.50%.test" })]
    [InlineData("w!w.test", new[] { "w!w.test" })]
    [InlineData(@"\000.test", new[] { @"\000.test" })]
    [InlineData("other", new string[0])]
    public async Task Name_suffix_is_the_name_or_below_it(string suffix, string[] expected)
    {
        string?[] names = ["example.com", "notexample.com", "API.Example.COM", "a_b.test", "axb.test", "x.50%.test", "50.test", "w!w.test", @"\000.test", null];
        for (var i = 0; i < names.Length; i++)
        {
            _store.Publish(new DnsEvent
            {
                TimeNs = HistoryFolder.StartNs + i, EventKind = EventKind.Transaction, Role = Role.Client, Transport = Transport.Udp, Client = default, Server = default, Name = names[i],
            });
        }

        await _store.FlushAsync();
        Assert.Equal(expected, _history.Read(new HistoryQuery { NameSuffix = suffix }).Select(read => ((DnsEvent)read).Name));
    }

    [Fact]
    public async Task Enumeration_ends_with_the_rows_it_began_with()
    {
        await WriteAsync([.. Enumerable.Range(0, 600).Select(number => (long)number)]);
        using var reader = HistoryReader.Open(_history.Path);
        using var events = reader.Read(new HistoryQuery()).GetEnumerator();
        Assert.True(events.MoveNext());
        await WriteAsync(1_000, 1_001);

        var count = 1;
        while (events.MoveNext())
        {
            count++;
        }

        Assert.Equal(600, count);
    }

    [Fact]
    public async Task Paused_reader_does_not_hold_the_log()
    {
        await WriteAsync([.. Enumerable.Range(0, 600).Select(number => (long)number)]);
        using var reader = HistoryReader.Open(_history.Path);
        using var events = reader.Read(new HistoryQuery()).GetEnumerator();
        Assert.True(events.MoveNext());

        Assert.Equal(0L, _history.Sql("PRAGMA wal_checkpoint(TRUNCATE)"));
        Assert.Equal(0, new FileInfo(_history.Path + "-wal").Length);
    }

    [Fact]
    public async Task Foreign_values_in_a_row_still_make_an_event()
    {
        await WriteAsync(1);
        _history.Sql("UPDATE event SET client = 'nowhere', client_port = 65536, server = x'00ff', qtype = 'A', message = NULL, kind = 77, rcode = -1; UPDATE identity SET parents = '{', pod_labels = '[1]'");

        var read = Assert.IsType<DnsEvent>(Assert.Single(_history.Read()));
        Assert.Equal(default, read.Client);
        Assert.Equal(0, read.Message.Length);
        Assert.Empty(read.Identity.Process!.Parents);
    }

    [Fact]
    public async Task Missing_identity_is_unknown()
    {
        await WriteAsync(1);
        _history.Sql("PRAGMA foreign_keys=OFF; DELETE FROM identity");
        Assert.Equal(Identity.Unknown, ((DnsEvent)Assert.Single(_history.Read())).Identity);

        await WriteAsync(2);
        Assert.Equal("web.service", ((DnsEvent)_history.Read()[1]).Identity.Unit);
    }

    [Fact]
    public void Missing_file_is_one_clear_error()
    {
        var error = Assert.Throws<HistoryException>(() => HistoryReader.Open("/nonexistent/history.db"));
        Assert.Equal("/nonexistent/history.db: there is no history; is the agent running with history.enabled, as a user that may read this path?", error.Message);
    }

    [Theory]
    [InlineData("this is no database at all, however long one looks at it. this is no database at all, however long one looks at it")]
    [InlineData("")]
    public void Foreign_file_is_one_clear_error(string content)
    {
        var path = Path.Combine(_history.Folder, "foreign.db");
        File.WriteAllText(path, content);
        Assert.StartsWith($"{path}: ", Assert.Throws<HistoryException>(() => HistoryReader.Open(path)).Message, StringComparison.Ordinal);
    }

    private static long TimeOf(long number) => HistoryFolder.Numbered(number).TimeNs;

    private IEnumerable<long> Read(HistoryQuery query) => _history.Read(query).Select(HistoryFolder.NumberOf);

    private async Task WriteAsync(params long[] numbers)
    {
        Array.ForEach(numbers, number => _store.Publish(HistoryFolder.Numbered(number)));
        await _store.FlushAsync();
    }
}
