// kill -9 in the middle of writing: nothing that was acknowledged is lost, nothing is torn, and writing goes on.

using Eider.Core.Store;
using Xunit;

namespace Eider.Tests.Store;

public sealed class KillNineTests : IDisposable
{
    private readonly HistoryFolder _history = new();

    public void Dispose() => _history.Dispose();

    [Theory]
    [InlineData(100)]
    [InlineData(2_300)]
    [InlineData(20_000)]
    public async Task Killed_writer_leaves_a_whole_history_with_all_it_acknowledged(long killAfter)
    {
        using var writer = KilledWriter.Start(_history.Path);
        var acknowledged = await writer.KillAfterAsync(killAfter);

        var kept = _history.Read().Select(HistoryFolder.NumberOf).ToList();
        Assert.Equal(Enumerable.Range(0, kept.Count).Select(number => (long)number), kept);
        Assert.InRange(kept.Count, acknowledged, long.MaxValue);
        Assert.Equal("ok", _history.Sql("PRAGMA integrity_check"));

        using (var store = _history.Open(_history.Options with { MaxAge = TimeSpan.FromDays(36_500) }))
        {
            store.Publish(HistoryFolder.Numbered(kept.Count));
            await store.FlushAsync();
        }

        Assert.Empty(_history.Log);
        Assert.Equal(kept.Count + 1, _history.Read().Count);
        Assert.Equal("ok", _history.Sql("PRAGMA integrity_check"));
    }
}
