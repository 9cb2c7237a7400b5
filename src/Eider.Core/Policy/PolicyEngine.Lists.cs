// The lists that policies name: kept up to date beside the road, and compiled anew when one has changed.

using Eider.Core.Lists;

namespace Eider.Core.Policy;

public sealed partial class PolicyEngine
{
    private readonly ListFetcher fetcher;
    private readonly Dictionary<string, string> listTrouble = [];
    private CancellationTokenSource? refreshing;
    private Task refresh = Task.CompletedTask;
    private int listsChanged;

    private void StartRefresh(PolicySet set)
    {
        var named = set.Lists.Where(list => IsNamed(set, list)).ToArray();
        if (named.Length > 0)
        {
            refreshing = new CancellationTokenSource();
            refresh = new ListRefresh(fetcher, options.Lists, time, OnListFetched, Environment.ProcessId).RunAsync(named, refreshing.Token);
        }
    }

    private void StopRefresh()
    {
        refreshing?.Cancel();
        refresh.GetAwaiter().GetResult();
        refreshing?.Dispose();
        refreshing = null;
    }

    /// <summary>Files are read at once, so that policies and their lists take effect together; servers may take their time.</summary>
    /// <exception cref="PolicyException">A file cannot be read, and never could.</exception>
    private void FetchFiles(PolicySet set)
    {
        lock (listTrouble)
        {
            listTrouble.Clear();
        }

        foreach (var list in set.Lists.Where(list => list.Source is FileListSource && IsNamed(set, list)))
        {
            var fetch = fetcher.FetchAsync(list).GetAwaiter().GetResult();
            if (fetch is { Outcome: FetchOutcome.Failed, Stored: null })
            {
                throw new PolicyException(PolicyFault.ListUnreadable, $"{list.Place}: {fetch.Error}");
            }

            Note(fetch);
        }
    }

    private static bool IsNamed(PolicySet set, DomainListSpec list) => set.Policies.Any(policy => policy.Rules.Any(rule => rule.Lists.Contains(list.Name)));

    /// <summary>From the thread pool.</summary>
    private void OnListFetched(ListFetch fetch)
    {
        Note(fetch);
        if (fetch.Outcome == FetchOutcome.Updated && !stopping)
        {
            Interlocked.Exchange(ref listsChanged, 1);
            wake.Set();
        }
    }

    private void Note(ListFetch fetch)
    {
        lock (listTrouble)
        {
            if (fetch.Outcome == FetchOutcome.Failed)
            {
                listTrouble[fetch.List] = fetch.ToString();
            }
            else
            {
                listTrouble.Remove(fetch.List);
            }
        }

        if (fetch.Outcome == FetchOutcome.Failed || fetch.Warning is not null)
        {
            options.Log(fetch.ToString());
        }
    }
}
