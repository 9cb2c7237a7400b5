// When sources are asked again.

using System.Threading.Channels;
using Eider.Core.Lists;
using Eider.Core.Policy;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Eider.Tests.Lists;

public sealed class ListRefreshTests : IDisposable
{
    private readonly ListFolder _folder = new();
    private readonly WaitedTime _time = new();
    private readonly List<ListFetch> _told = [];
    private readonly CancellationTokenSource _cancel = new();

    public void Dispose()
    {
        _cancel.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task File_is_taken_at_once_and_again_when_it_changes()
    {
        var running = Run(_folder.FromFile("a.example\n"));
        Assert.Equal(ListRefresh.FileInterval, await _time.NextWait());
        Assert.Equal(1, Assert.Single(_told).Stored!.Names);

        await _time.PassToNextWait();
        Assert.Single(_told);

        _folder.FromFile("a.example\nb.example\n");
        await _time.PassToNextWait();
        Assert.Equal(2, _told[^1].Stored!.Names);

        await Stop(running);
    }

    [Fact]
    public async Task File_that_cannot_be_used_is_told_once_and_read_again_when_it_is_another()
    {
        var running = Run(_folder.FromFile("some prose\n"));
        await _time.NextWait();
        await _time.PassToNextWait();
        await _time.PassToNextWait();
        Assert.Equal(ListFault.FormatUnknown, Assert.Single(_told).Error!.Fault);

        _folder.FromFile("a.example\nb.example\n");
        await _time.PassToNextWait();
        Assert.Equal(2, _told[^1].Stored!.Names);

        await Stop(running);
    }

    [Fact]
    public async Task File_that_goes_missing_is_told_once_and_taken_when_it_is_back()
    {
        var spec = _folder.FromFile("a.example\n");
        var running = Run(spec);
        await _time.NextWait();

        File.Delete(((FileListSource)spec.Source).Path);
        await _time.PassToNextWait();
        await _time.PassToNextWait();
        Assert.Equal(2, _told.Count);
        Assert.Equal(ListFault.NotFound, _told[1].Error!.Fault);
        Assert.Equal(["a.example"], _folder.Names(spec));

        _folder.FromFile("b.example\n");
        await _time.PassToNextWait();
        Assert.Equal(FetchOutcome.Updated, _told[2].Outcome);

        await Stop(running);
    }

    [Fact]
    public async Task Failing_server_is_asked_again_ever_more_slowly_but_not_more_slowly_than_its_pace()
    {
        await using var server = await ListServer.StartAsync(context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        });
        var running = Run(ListFolder.FromUrl(server.Url) with { Refresh = TimeSpan.FromMinutes(10) });

        double[] minutes = [1, 2, 4, 8, 10, 10];
        List<double> waits = [(await _time.NextWait()).TotalMinutes];
        while (waits.Count < minutes.Length)
        {
            waits.Add((await _time.PassToNextWait()).TotalMinutes);
        }

        await Stop(running);
        Assert.All(waits.Zip(minutes), wait => Assert.InRange(wait.First, 0.9 * wait.Second, 1.1 * wait.Second));
        Assert.Equal(minutes.Length, waits.Distinct().Count());
        Assert.Equal(minutes.Length, _told.Count);
        Assert.Equal(minutes.Length, server.Requests.Count);
    }

    [Fact]
    public async Task Server_is_asked_at_the_list_s_pace_and_not_at_once_after_a_restart()
    {
        await using var server = await ListServer.StartAsync("a.example\n");
        var spec = ListFolder.FromUrl(server.Url) with { Refresh = TimeSpan.FromMinutes(10) };
        await _folder.Fetcher.FetchAsync(spec);
        _time.Advance(TimeSpan.FromMinutes(4));

        var running = Run(spec);
        Assert.Equal(TimeSpan.FromMinutes(6), await _time.NextWait());
        Assert.Single(server.Requests);

        Assert.InRange((await _time.PassToNextWait()).TotalMinutes, 9, 11);
        Assert.Equal(2, server.Requests.Count);
        Assert.Empty(_told);

        await Stop(running);
    }

    [Fact]
    public async Task Other_address_is_asked_at_once_though_there_is_a_copy()
    {
        await using var server = await ListServer.StartAsync("a.example\n");
        await _folder.Fetcher.FetchAsync(ListFolder.FromUrl(server.Url));

        var running = Run(ListFolder.FromUrl(new Uri(server.Url, "other.txt")));
        await _time.NextWait();

        Assert.Equal(2, server.Requests.Count);
        await Stop(running);
    }

    /// <summary>The fetcher has a time of its own, so that only waits between fetches are seen here.</summary>
    private Task Run(DomainListSpec spec) => new ListRefresh(_folder.Fetcher, _folder.Store, _time, _told.Add, seed: 1).RunAsync([spec], _cancel.Token);

    private async Task Stop(Task running)
    {
        _cancel.Cancel();
        await running;
    }

    /// <summary>Time that passes from one wait to the next and tells how long they are.</summary>
    private sealed class WaitedTime() : FakeTimeProvider(ListFolder.Start)
    {
        private readonly Channel<TimeSpan> _waits = Channel.CreateUnbounded<TimeSpan>();
        private TimeSpan _wait;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _waits.Writer.TryWrite(dueTime);
            return timer;
        }

        public async Task<TimeSpan> NextWait() => _wait = await _waits.Reader.ReadAsync(TestContext.Current.CancellationToken);

        public Task<TimeSpan> PassToNextWait()
        {
            Advance(_wait);
            return NextWait();
        }
    }
}
