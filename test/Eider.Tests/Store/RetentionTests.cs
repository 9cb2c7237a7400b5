// The history stays within its age and size, and its files really shrink.

using Eider.Core;
using Eider.Core.Store;
using Eider.Tests.Filters;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Eider.Tests.Store;

public sealed class RetentionTests : IDisposable
{
    private const long SmallLimit = 4 << 20;

    private readonly HistoryFolder _history = new();

    public void Dispose() => _history.Dispose();

    [Fact]
    public async Task Old_events_go_and_the_file_shrinks()
    {
        using var store = _history.Open();
        await PublishAsync(store, 0, 30_000, perIdentity: 3);
        var large = store.Statistics.FileBytes;
        _history.Time.Advance(_history.Options.MaxAge + TimeSpan.FromSeconds(1));
        await PublishAsync(store, 300_000_000, 10, perIdentity: 300_000_000);
        await SettleAsync(store);

        Assert.Equal(10, _history.Read().Count);
        Assert.Equal(1L, _history.Sql("SELECT count(*) FROM identity"));
        Assert.Equal(HistoryFolder.Numbered(300_000_000).TimeNs, store.Statistics.OldestTimeNs);
        _history.Sql("PRAGMA wal_checkpoint(TRUNCATE)");
        Assert.InRange(store.Statistics.FileBytes, 1, large / 4);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(4_000)]
    [InlineData(65_535)]
    public async Task Size_is_never_passed_and_the_newest_stay(int messageLength)
    {
        using var store = _history.Open(_history.Options with { MaxBytes = SmallLimit });
        var published = 0;
        var most = 0L;
        while (published * (200L + messageLength) < 4 * SmallLimit)
        {
            var count = Math.Max(10, 200_000 / messageLength);
            await PublishAsync(store, published, count, messageLength: messageLength);
            published += count;
            most = Math.Max(most, store.Statistics.FileBytes);
        }

        Assert.InRange(most, SmallLimit / 4, SmallLimit);
        Assert.Equal(0, store.Statistics.Dropped["size_limit"]);
        var kept = _history.Read().Select(HistoryFolder.NumberOf).ToList();
        Assert.Equal(published - 1, kept[^1]);
        Assert.Equal(Enumerable.Range((int)kept[0], kept.Count).Select(number => (long)number), kept);
        Assert.InRange(kept.Count * (100L + messageLength), SmallLimit / 5, SmallLimit);
    }

    [Fact]
    public async Task Identities_of_deleted_events_do_not_pile_up()
    {
        using var store = _history.Open(_history.Options with { MaxBytes = SmallLimit });
        for (var first = 0; first < 70_000; first += 5_000)
        {
            // A millisecond apart, so that the whole run is longer than the minute for which an identity is kept at least.
            await PublishAsync(store, first, 5_000, perIdentity: 10, spacing: 1_000);
        }

        await SettleAsync(store);
        var events = (long)_history.Sql("SELECT count(*) FROM event")!;
        Assert.InRange((long)_history.Sql("SELECT count(*) FROM identity")!, events / 10, events / 10 + 60_000 / 10 + 1);
        Assert.Equal(0L, _history.Sql("SELECT count(*) FROM event e WHERE identity_id IS NULL OR NOT EXISTS (SELECT 1 FROM identity WHERE id = e.identity_id)"));
    }

    [Fact]
    public async Task Lowered_limit_takes_effect_on_an_existing_file()
    {
        using (var store = _history.Open())
        {
            await PublishAsync(store, 0, 100_000);
            Assert.InRange(store.Statistics.FileBytes, 2 * SmallLimit, long.MaxValue);
        }

        using var again = _history.Open(_history.Options with { MaxBytes = SmallLimit });
        await PublishAsync(again, 100_000, 1_000);

        Assert.InRange(again.Statistics.FileBytes, 1, SmallLimit);
        Assert.Equal(1_000, again.Statistics.Written);
    }

    [Fact]
    public async Task Share_of_the_file_system_bounds_a_larger_limit()
    {
        using var disk = new Tmpfs(mebibytes: 50);
        var history = new HistoryFolder(disk.Folder);
        using var store = history.Open(history.Options with { MaxBytes = 1L << 40 });
        for (var first = 0; first < 40_000; first += 1_000)
        {
            await PublishAsync(store, first, 1_000);
            Assert.InRange(store.Statistics.FileBytes, 1, 5 << 20);
        }

        Assert.Equal(40_000, store.Statistics.Written);
    }

    [Fact]
    public async Task Below_the_free_space_floor_new_rows_replace_the_oldest()
    {
        using var disk = new Tmpfs(mebibytes: 64);
        var history = new HistoryFolder(disk.Folder);
        using var store = history.Open(history.Options with { MaxFileSystemShare = 1, FreeSpaceFloor = 0.5 });
        await PublishAsync(store, 0, 10_000);
        File.WriteAllBytes(Path.Combine(disk.Folder, "ballast"), new byte[40 << 20]);
        var before = store.Statistics.FileBytes;
        for (var first = 10_000; first < 40_000; first += 1_000)
        {
            await PublishAsync(store, first, 1_000);
        }

        var kept = history.Read().Select(HistoryFolder.NumberOf).ToList();
        Assert.Equal(39_999, kept[^1]);
        Assert.InRange(kept.Count, 2_000, 12_000);
        Assert.InRange(new FileInfo(history.Path).Length, 1, before + (1 << 20));
    }

    [Fact]
    public async Task Log_held_by_a_reader_costs_counted_rows_not_the_disk()
    {
        using var store = _history.Open(_history.Options with { MaxBytes = SmallLimit });
        await PublishAsync(store, 0, 100);
        using (var other = new SqliteConnection($"Data Source={_history.Path};Pooling=False"))
        {
            other.Open();
            SqlStatement.Execute(other, "BEGIN");
            SqlStatement.QueryInt64(other, "SELECT count(*) FROM event");
            for (var first = 100; store.Statistics.Dropped["size_limit"] == 0; first += 1_000)
            {
                Assert.InRange(first, 0, 1_000_000);
                await PublishAsync(store, first, 1_000);
                Assert.InRange(store.Statistics.FileBytes, 1, SmallLimit);
            }

            Assert.StartsWith("it is at its size limit", store.Statistics.Trouble, StringComparison.Ordinal);
        }

        _history.Time.Advance(TimeSpan.FromHours(1));
        await PublishAsync(store, 2_000_000, 10);
        Assert.Null(store.Statistics.Trouble);
        Assert.Equal(2_000_009, HistoryFolder.NumberOf(_history.Read().OfType<DnsEvent>().Last()));
        Assert.Equal(store.Statistics.Dropped["size_limit"], _history.Read().OfType<LossEvent>().Sum(loss => loss.Count));
    }

    /// <param name="spacing">Numbers between two events, each 1 us.</param>
    private static async Task PublishAsync(
        HistoryStore store, int first, int count, int perIdentity = int.MaxValue, int messageLength = 60, int spacing = 1)
    {
        for (var number = first; number < first + count; number++)
        {
            var identity = SampleEvents.Curl with { Unit = $"unit-{number / perIdentity}.service" };
            store.Publish(HistoryFolder.Numbered((long)number * spacing, identity, messageLength));
            if (number % 5_000 == 0)
            {
                await store.FlushAsync();
            }
        }

        await store.FlushAsync();
    }

    /// <summary>As many turns as retention may need: each takes a bounded number of steps.</summary>
    private static async Task SettleAsync(HistoryStore store)
    {
        for (var turn = 0; turn < 50; turn++)
        {
            await store.FlushAsync();
        }
    }
}
