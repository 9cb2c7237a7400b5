// Keeps the copies of all lists up to date, each at its own pace, beside the road and never on it.

using Eider.Core.Lists.Sources;
using Eider.Core.Policy;

namespace Eider.Core.Lists;

/// <summary>URLs are asked every <see cref="DomainListSpec.Refresh"/>, files looked at every few seconds.</summary>
/// <param name="told">What came of each source that has something new or failed, from the thread pool; not of those that are unchanged. Must not throw.</param>
/// <param name="seed">Spreads the questions of many machines over time.</param>
public sealed class ListRefresh(ListFetcher fetcher, ListStore store, TimeProvider time, Action<ListFetch> told, int seed)
{
    /// <summary>The first wait after a failure; it doubles with each further one, up to the list's own pace.</summary>
    public static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(1);

    /// <summary>A look at a file is one question to the kernel.</summary>
    public static readonly TimeSpan FileInterval = TimeSpan.FromSeconds(5);

    /// <summary>Share of a wait by which it is longer or shorter.</summary>
    private const double Jitter = 0.1;

    /// <summary>Reading a list takes a core; the machine has other things to do.</summary>
    private const int AtOnce = 2;

    private readonly Random _random = new(seed);

    /// <summary>Runs until it is cancelled. To be run once for a set of lists; for another set, cancel it and start anew.</summary>
    public async Task RunAsync(IReadOnlyList<DomainListSpec> lists, CancellationToken cancellation)
    {
        using var turns = new SemaphoreSlim(AtOnce);
        try
        {
            await Task.WhenAll(lists.Select(list => KeepAsync(list, turns, cancellation))).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
    }

    private async Task KeepAsync(DomainListSpec list, SemaphoreSlim turns, CancellationToken cancellation)
    {
        await Task.Delay(FirstWait(list), time, cancellation).ConfigureAwait(false);
        var failures = 0;
        string? reported = null;
        string? refused = null;
        while (true)
        {
            // A file that cannot be used is not read again until it is another.
            var look = list.Source is FileListSource file ? FileSource.Look(file) : null;
            if (look is not null && look == refused)
            {
                await Task.Delay(Wait(list, failures), time, cancellation).ConfigureAwait(false);
                continue;
            }

            var fetch = await FetchAsync(list, turns, cancellation).ConfigureAwait(false);
            failures = fetch.Outcome == FetchOutcome.Failed ? failures + 1 : 0;

            refused = fetch.Error?.Fault is null or ListFault.Unreadable or ListFault.NotStored ? null : look;

            // What cannot be read is tried every few seconds; it is enough to say so once.
            var error = fetch.Error?.Message;
            if (fetch.Outcome == FetchOutcome.Updated || error is not null && (error != reported || list.Source is not FileListSource))
            {
                told(fetch);
            }

            reported = error;
            await Task.Delay(Wait(list, failures), time, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<ListFetch> FetchAsync(DomainListSpec list, SemaphoreSlim turns, CancellationToken cancellation)
    {
        await turns.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await fetcher.FetchAsync(list, null, cancellation).ConfigureAwait(false);
        }
        finally
        {
            turns.Release();
        }
    }

    /// <summary>A restart does not ask again for what was asked for lately.</summary>
    private TimeSpan FirstWait(DomainListSpec list)
    {
        if (list.Source is FileListSource || store.Find(list.Name) is not { } stored || !ListFetcher.IsCurrent(stored, list))
        {
            return TimeSpan.Zero;
        }

        var due = stored.Checked + list.Refresh - time.GetUtcNow();
        return due < TimeSpan.Zero ? TimeSpan.Zero : due > list.Refresh ? list.Refresh : due;
    }

    private TimeSpan Wait(DomainListSpec list, int failures)
    {
        if (list.Source is FileListSource)
        {
            return list.Refresh < FileInterval ? list.Refresh : FileInterval;
        }

        var wait = failures == 0 ? list.Refresh : FirstRetry * Math.Pow(2, Math.Min(failures - 1, 20));
        wait = wait < list.Refresh ? wait : list.Refresh;
        lock (_random)
        {
            return wait * (1 - Jitter + 2 * Jitter * _random.NextDouble());
        }
    }
}
