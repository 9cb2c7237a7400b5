// Disks and files that fail: what cannot be kept is counted, one line says why, and recording resumes by itself.

using Eider.Core;
using Eider.Core.Store;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Eider.Tests.Store;

public sealed class HistoryTroubleTests : IDisposable
{
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);

    private readonly HistoryFolder _history = new();

    public void Dispose() => _history.Dispose();

    [Fact]
    public async Task Full_disk_costs_counted_rows_and_heals()
    {
        using var disk = new Tmpfs(mebibytes: 4);
        var history = new HistoryFolder(disk.Folder);
        var ballast = Path.Combine(disk.Folder, "ballast");
        using (var store = history.Open(history.Options with { MaxFileSystemShare = 1, FreeSpaceFloor = 0 }))
        {
            await PublishAsync(store, 0, 100);
            FillUp(ballast);
            var published = 100;
            while (store.Statistics.Dropped["disk_full"] == 0)
            {
                Assert.InRange(published, 0, 1_000_000);
                await PublishAsync(store, published, 1_000);
                published += 1_000;
            }

            Assert.Equal("the disk is full; free some space or lower history.maxSize", store.Statistics.Trouble);
            File.Delete(ballast);
            history.Time.Advance(LongestRetry);
            await PublishAsync(store, published, 100);

            var statistics = store.Statistics;
            Assert.Null(statistics.Trouble);
            Assert.Equal(published + 100 + 1, statistics.Written + statistics.Dropped["disk_full"]);
            var loss = Assert.Single(history.Read().OfType<LossEvent>());
            Assert.Equal(("history_disk_full", statistics.Dropped["disk_full"]), (loss.Reason, loss.Count));
            Assert.Equal(2, history.Log.Count);
            Assert.StartsWith($"history: events are not being recorded to {history.Path}: the disk is full", history.Log[0], StringComparison.Ordinal);
            Assert.StartsWith($"history: recording to {history.Path} again; {loss.Count} events", history.Log[1], StringComparison.Ordinal);
        }

        Assert.Equal("ok", history.Sql("PRAGMA integrity_check"));
    }

    [Fact]
    public async Task Read_only_file_system_costs_counted_rows_and_heals()
    {
        using var disk = new Tmpfs(mebibytes: 16);
        var history = new HistoryFolder(disk.Folder);
        disk.MakeReadOnly();
        using var store = history.Open(history.Options with { MaxFileSystemShare = 1 });
        await PublishAsync(store, 0, 10);

        Assert.Equal((0, 10), (store.Statistics.Written, store.Statistics.Dropped["read_only"]));
        disk.MakeWritable();
        history.Time.Advance(LongestRetry);
        await PublishAsync(store, 10, 10);
        Assert.Equal(11, store.Statistics.Written);
    }

    [Fact]
    public async Task Directory_without_permission_is_told_apart()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "permissions do not bind root; the read-only file system is tested instead");
        File.SetUnixFileMode(_history.Folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var store = _history.Open();
        await PublishAsync(store, 0, 10);
        File.SetUnixFileMode(_history.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        Assert.Equal(10, store.Statistics.Dropped["read_only"]);
    }

    [Fact]
    public async Task Text_file_is_set_aside_whole()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_history.Path)!);
        var text = string.Concat(Enumerable.Repeat("not a database\n", 100));
        File.WriteAllText(_history.Path, text);
        using var store = _history.Open();
        await PublishAsync(store, 0, 10);

        Assert.Equal(10, store.Statistics.Written);
        var aside = _history.Path + ".damaged-20260131T120000Z";
        Assert.Equal(text, File.ReadAllText(aside));
        Assert.Equal($"history: {_history.Path} could not be used (file is not a database); it is now {aside} and a new history begins", Assert.Single(_history.Log));
    }

    [Fact]
    public async Task Damage_is_set_aside_and_a_new_history_begins()
    {
        using (var store = _history.Open())
        {
            await PublishAsync(store, 0, 10_000);
        }

        // Every page but the first: the file opens, and fails where it is used.
        using (var file = File.OpenWrite(_history.Path))
        {
            file.Position = HistorySchema.PageSize;
            file.Write(new byte[(int)file.Length - HistorySchema.PageSize]);
        }

        using var again = _history.Open();
        await PublishAsync(again, 10_000, 10);
        await PublishAsync(again, 10_010, 10);

        var statistics = again.Statistics;
        Assert.Null(statistics.Trouble);
        Assert.Equal(20, _history.Read().OfType<DnsEvent>().Count() + statistics.Dropped["corrupt"]);
        Assert.NotEqual(20, statistics.Dropped["corrupt"]);
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(_history.Path)!, "*.damaged-*"));
    }

    [Fact]
    public async Task Repeated_damage_does_not_fill_the_disk()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_history.Path)!);
        for (var round = 0; round < 4; round++)
        {
            File.WriteAllText(_history.Path, new string('x', 10_000));
            using var store = _history.Open();
            await PublishAsync(store, 0, 1);
            _history.Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(2, Directory.GetFiles(Path.GetDirectoryName(_history.Path)!, "*.damaged-*").Length);
        Assert.Contains("2 damaged files are already beside it", _history.Log[^1], StringComparison.Ordinal);
        Assert.Equal(new string('x', 10_000), File.ReadAllText(_history.Path));
    }

    [Fact]
    public async Task Newer_schema_is_refused_and_left_alone()
    {
        using (var store = _history.Open())
        {
            await PublishAsync(store, 0, 10);
        }

        _history.Sql("PRAGMA user_version=99");
        using var again = _history.Open();
        await PublishAsync(again, 10, 10);

        Assert.Equal((0, 10), (again.Statistics.Written, again.Statistics.Dropped["refused"]));
        Assert.Contains($"{_history.Path} has schema 99 and this Eider knows up to {HistorySchema.Version}; run the newer Eider that wrote it", Assert.Single(_history.Log), StringComparison.Ordinal);
        Assert.Contains("has schema 99", Assert.Throws<HistoryException>(() => HistoryReader.Open(_history.Path)).Message, StringComparison.Ordinal);
        Assert.Equal(10L, _history.Sql("SELECT count(*) FROM event"));
    }

    [Fact]
    public async Task Database_of_another_program_is_refused_and_left_alone()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_history.Path)!);
        _history.Sql("CREATE TABLE theirs(a); INSERT INTO theirs VALUES(42)");
        using var store = _history.Open();
        await PublishAsync(store, 0, 10);

        Assert.Equal(10, store.Statistics.Dropped["refused"]);
        Assert.Contains($"{_history.Path} is the database of another program; set history.path to another file", Assert.Single(_history.Log), StringComparison.Ordinal);
        Assert.Equal(42L, _history.Sql("SELECT a FROM theirs"));
        Assert.Throws<HistoryException>(() => HistoryReader.Open(_history.Path));
    }

    [Fact]
    public async Task Path_below_a_file_is_an_error_not_a_crash()
    {
        File.WriteAllText(Path.Combine(_history.Folder, "state"), "");
        using var store = _history.Open();
        await PublishAsync(store, 0, 10);
        Assert.Equal(10, store.Statistics.Dropped["io_error"]);
    }

    [Fact]
    public async Task Removed_file_is_begun_anew()
    {
        using var store = _history.Open();
        await PublishAsync(store, 0, 10);
        File.Delete(_history.Path);
        await store.FlushAsync();
        await PublishAsync(store, 10, 10);

        Assert.Equal(10, _history.Read().Count);
        Assert.Equal($"history: {_history.Path} was removed; a new history begins", Assert.Single(_history.Log));
    }

    [Fact]
    public async Task Slow_disk_costs_counted_rows_and_never_the_publisher()
    {
        using var store = _history.Open(_history.Options with { QueueRows = 2_000 });
        await PublishAsync(store, 0, 10);
        using (var other = new SqliteConnection($"Data Source={_history.Path};Pooling=False"))
        {
            other.Open();
            SqlStatement.Execute(other, "BEGIN IMMEDIATE");
            for (var number = 10; number < 10_010; number++)
            {
                store.Publish(HistoryFolder.Numbered(number));
            }

            // The lock is still held: had one call waited for the disk, we would not be here.
            SqlStatement.Execute(other, "ROLLBACK");
        }

        await store.FlushAsync();
        var statistics = store.Statistics;
        Assert.InRange(statistics.Dropped["queue_full"], 10_000 - 2_000 - store.Statistics.QueueCapacity, 10_000 - 2_000);
        Assert.Equal(10_010, _history.Read().OfType<DnsEvent>().Count() + statistics.Dropped["queue_full"]);
        Assert.Equal(statistics.Dropped["queue_full"], _history.Read().OfType<LossEvent>().Sum(loss => loss.Count));
    }

    private static async Task PublishAsync(HistoryStore store, int first, int count)
    {
        for (var number = first; number < first + count; number++)
        {
            store.Publish(HistoryFolder.Numbered(number));
        }

        await store.FlushAsync();
    }

    /// <summary>Leaves no room but what a file system keeps for itself.</summary>
    private static void FillUp(string path)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        var octets = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(octets);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }
}
