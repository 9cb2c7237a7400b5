using Eider.Core;
using Eider.Publish.Alerts;
using Xunit;

namespace Eider.Tests.Publish.Alerts;

public sealed class AlertQueueTests : IDisposable
{
    private readonly AlertQueue _queue = new();

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task Worst_come_first_and_of_these_the_oldest()
    {
        _queue.Add(SampleAlerts.Numbered(1, AlertSeverity.Low));
        _queue.Add(SampleAlerts.Numbered(2, AlertSeverity.Critical));
        _queue.Add(SampleAlerts.Numbered(3, AlertSeverity.Low));
        _queue.Add(SampleAlerts.Numbered(4, AlertSeverity.Critical));
        _queue.Close();

        Assert.Equal(["00000002", "00000004", "00000001", "00000003"], await Rest());
    }

    [Fact]
    public async Task Full_queue_refuses_all_but_what_is_worse_and_counts_what_made_room()
    {
        for (var number = 0; number < AlertQueue.Capacity; number++)
        {
            Assert.Equal(0, _queue.Add(SampleAlerts.Numbered(number, AlertSeverity.Medium)));
        }

        Assert.Equal(1, _queue.Add(SampleAlerts.Numbered(5000, AlertSeverity.Low)));
        Assert.Equal(1, _queue.Add(SampleAlerts.Numbered(5002, AlertSeverity.Critical)));
        Assert.Equal(1, _queue.Add(SampleAlerts.Numbered(5001, AlertSeverity.Medium)));
        Assert.Equal(AlertQueue.Capacity, _queue.Count);
        _queue.Close();
        var rest = await Rest();
        Assert.Equal(("00005002", "00000000", "00001022"), (rest[0], rest[1], rest[^1]));
    }

    [Fact]
    public void Large_messages_are_bounded_too()
    {
        var dropped = 0;
        for (var number = 0; number < 200; number++)
        {
            dropped += _queue.Add(SampleAlerts.Numbered(number, message: new byte[64 << 10]));
        }

        Assert.Equal(200 - (AlertQueue.MaxOctets / (64 << 10)), dropped);
    }

    [Fact]
    public async Task Next_telling_of_a_finding_that_waits_takes_its_place()
    {
        _queue.Add(SampleAlerts.Numbered(1, count: 1));
        _queue.Add(SampleAlerts.Numbered(2));
        _queue.Add(SampleAlerts.Numbered(1, count: 500));
        _queue.Close();

        Assert.Equal(500, (await _queue.TakeAsync(default))!.Alert.Count);
        Assert.Equal(["00000002"], await Rest());
    }

    [Fact]
    public async Task Returned_one_is_the_next_unless_a_later_telling_waits()
    {
        _queue.Add(SampleAlerts.Numbered(1));
        _queue.Add(SampleAlerts.Numbered(2));
        var first = (await _queue.TakeAsync(default))!;
        _queue.Return(first);
        Assert.Same(first, await _queue.TakeAsync(default));

        first.Failures = 3;
        _queue.Add(SampleAlerts.Numbered(1, count: 9));
        _queue.Return(first);
        await _queue.TakeAsync(default);
        var later = (await _queue.TakeAsync(default))!;
        Assert.Equal((9L, 3), (later.Alert.Count, later.Failures));
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void Closed_queue_takes_nothing()
    {
        _queue.Close();
        Assert.Equal(1, _queue.Add(SampleAlerts.Numbered(1)));
    }

    private async Task<List<string>> Rest()
    {
        var rest = new List<string>();
        while (await _queue.TakeAsync(default) is { } taken)
        {
            rest.Add(taken.Alert.Id);
        }

        return rest;
    }
}
