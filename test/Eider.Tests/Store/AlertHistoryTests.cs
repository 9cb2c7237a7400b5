// Alerts in the history: found among any number of events, kept as long as they, and gone with them.

using Eider.Core;
using Eider.Core.Store;
using Eider.Tests.Filters;
using Xunit;

namespace Eider.Tests.Store;

public sealed class AlertHistoryTests : IDisposable
{
    private readonly HistoryFolder _history = new();

    public void Dispose() => _history.Dispose();

    [Fact]
    public async Task Alerts_are_found_by_time_number_and_id_among_other_events()
    {
        using (var store = _history.Open())
        {
            for (var number = 0; number < 3_000; number++)
            {
                store.Publish(HistoryFolder.Numbered(number));
                if (number % 1_000 == 500)
                {
                    store.Publish(Told($"{number:d8}", number));
                    store.Publish(Told("00000000", number + 1));
                }
            }

            await store.FlushAsync();
        }

        Assert.Equal([500, 501, 1500, 1501, 2500, 2501], Counts(new HistoryQuery { AlertsOnly = true }));
        Assert.Equal([2500, 2501], Counts(new HistoryQuery { AlertsOnly = true, Last = 2 }));
        Assert.Equal([1500, 1501, 2500, 2501], Counts(new HistoryQuery { AlertsOnly = true, SinceNs = HistoryFolder.StartNs + 1_000_000 }));
        Assert.Equal([501, 1501, 2501], Counts(new HistoryQuery { AlertId = "00000000" }));
        Assert.Equal([2501], Counts(new HistoryQuery { AlertId = "00000000", Last = 1 }));
        Assert.Equal(3_006, _history.Read().Count);
        Assert.Equal(500L, _history.Sql("SELECT times FROM alerts WHERE id = '00000500' AND severity = 'high' AND name = 'api.example.com' AND json_extract(evidence, '$.first') = '192.0.2.7'"));
    }

    [Fact]
    public async Task Alerts_of_many_pages_are_read_to_the_end()
    {
        using (var store = _history.Open())
        {
            for (var number = 0; number < 2_000; number++)
            {
                // All at one moment, so that pages go on by the row alone.
                store.Publish(Told($"{number:d8}", 0));
            }

            await store.FlushAsync();
        }

        Assert.Equal(2_000, _history.Read(new HistoryQuery { AlertsOnly = true }).Cast<Alert>().Select(static alert => alert.Id).Distinct().Count());
        Assert.Equal(1_200, _history.Read(new HistoryQuery { AlertsOnly = true, Last = 1_200 }).Count);
    }

    [Fact]
    public async Task Alerts_go_with_age_and_leave_nothing()
    {
        using var store = _history.Open(_history.Options with { MaxAge = TimeSpan.FromMinutes(1) });
        store.Publish(Told("aaaaaaaa", 0));
        await store.FlushAsync();
        Assert.Equal(1L, _history.Sql("SELECT count(*) FROM alert"));

        _history.Time.Advance(TimeSpan.FromMinutes(2));
        await store.FlushAsync();

        Assert.Empty(_history.Read());
        Assert.Equal(0L, _history.Sql("SELECT count(*) FROM alert"));
    }

    [Fact]
    public async Task Flood_of_questions_does_not_erase_what_was_found()
    {
        using var store = _history.Open(_history.Options with { MaxBytes = 4 << 20 });
        for (var number = 0; number < 50; number++)
        {
            store.Publish(Told($"{number:d8}", number));
        }

        await FloodAsync(store, static number => HistoryFolder.Numbered(number * 5_000, new Identity { Unit = $"flood{number / 10}.service" }));

        Assert.InRange(store.Statistics.FileBytes, 1, 4 << 20);
        Assert.Equal(Enumerable.Range(0, 50).Select(static number => (long)number), Counts(new HistoryQuery { AlertsOnly = true }));
        Assert.All(_history.Read(new HistoryQuery { AlertsOnly = true }).Cast<Alert>(), static alert => EventEquality.AssertSame(SampleEvents.Curl, alert.Identity));
        Assert.Equal(199_995_000, _history.Read().OfType<DnsEvent>().Max(HistoryFolder.NumberOf));
        Assert.InRange((long)_history.Sql("SELECT count(*) FROM identity")!, 1, 3_000);
    }

    [Fact]
    public async Task Flood_of_alerts_leaves_room_for_other_events_and_the_newest_stay()
    {
        using var store = _history.Open(_history.Options with { MaxBytes = 4 << 20 });
        await FloodAsync(store, static number => number % 20 == 0 ? HistoryFolder.Numbered(number) : Told($"{number:d8}", number));

        Assert.InRange(store.Statistics.FileBytes, 1, 4 << 20);
        var kept = Counts(new HistoryQuery { AlertsOnly = true });
        Assert.Equal(39_999, kept[^1]);
        Assert.InRange(kept.Count, 50, 20_000);
        Assert.NotEmpty(_history.Read().OfType<DnsEvent>());
        Assert.Equal((long)kept.Count, _history.Sql("SELECT count(*) FROM event WHERE kind = 4"));
    }

    private static async Task FloodAsync(HistoryStore store, Func<int, Event> make)
    {
        for (var number = 0; number < 40_000; number++)
        {
            store.Publish(make(number));
            if (number % 200 == 199)
            {
                await store.FlushAsync();
            }
        }

        Assert.Equal(0, store.Statistics.Dropped.Values.Sum());
    }

    private List<long> Counts(HistoryQuery query) => [.. _history.Read(query).Cast<Alert>().Select(static alert => alert.Count)];

    private static Alert Told(string id, long number)
    {
        var sample = SampleEvents.Found();
        return new()
        {
            TimeNs = HistoryFolder.StartNs + number * 1000, Id = id, Detection = sample.Detection, Severity = sample.Severity, Confidence = sample.Confidence, Summary = sample.Summary,
            About = sample.About, Identity = sample.Identity, Server = sample.Server, Source = sample.Source, Evidence = sample.Evidence, Count = number, FirstNs = sample.FirstNs, Mute = sample.Mute,
        };
    }
}
