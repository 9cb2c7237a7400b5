// The files and lists that detection goes by, followed for as long as the agent runs. A new version with a fault leaves the last good one in force.

using Eider.Core.Config;
using Eider.Core.Lists;
using Eider.Core.Policy;

namespace Eider.Core.Detect;

/// <param name="Mutes">In the file, those that are over among them.</param>
/// <param name="IsThere">False before there was ever such a file: nothing is muted by it.</param>
/// <param name="Trouble">Why its last version is not in force; null where it is.</param>
public sealed record MuteFileStatus(string Path, bool IsThere, int Mutes, int Expired, string? Trouble);

/// <param name="Fetched">When the copy that is in force came; null where there is none.</param>
/// <param name="Trouble">Why the last version is not in force; null where it is.</param>
public sealed record AddressListStatus(string Name, int Ranges, DateTimeOffset? Fetched, string? Trouble);

/// <summary>Keeps mutes and address lists in force as their sources say. Thread-safe. Disposing ends that, and leaves what is in force.</summary>
/// <param name="log">Takes one line for people, from any thread. Must not throw.</param>
public sealed class DetectSources(DetectConfig config, Action<string> log, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly MutePart[] mutes = [.. config.Mutes.Select(static path => new MutePart(path))];
    private readonly ListPart[] lists = [.. config.Addresses.Select(static spec => new ListPart(spec))];
    private readonly FileStamps stamps = new(config.Mutes);
    private readonly ListStore store = new(config.Lists, time);
    private readonly CancellationTokenSource ending = new();
    private ListFetcher? fetcher;
    private ITimer? timer;
    private Task refresh = Task.CompletedTask;
    private Detection? detection;

    public IReadOnlyList<MuteFileStatus> Mutes
    {
        get
        {
            var nowNs = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
            lock (gate)
            {
                return [.. mutes.Select(part => new MuteFileStatus(part.Path, part.IsThere, part.Mutes.Mutes.Count, part.Mutes.Mutes.Count(mute => mute.UntilNs <= nowNs), part.Trouble))];
            }
        }
    }

    public IReadOnlyList<AddressListStatus> Lists
    {
        get
        {
            lock (gate)
            {
                return [.. lists.Select(static part => new AddressListStatus(part.Spec.Name, part.Addresses?.Count ?? 0, part.Fetched, part.Trouble))];
            }
        }
    }

    /// <summary>What detection is told that does not change while it runs.</summary>
    public static DetectOptions OptionsOf(DetectConfig config) => new()
    {
        Off = config.Off.ToHashSet(),
        InternalZones = config.InternalZones,
        ProtectedNames = config.ProtectedNames,
        CrossCheck = config.CrossCheck is { } check ? new CrossCheckOptions(check.Resolver, check.QueriesPerSecond) : null,
    };

    /// <summary>The same with mutes and lists as they are now: lists of files as the files are, those of URLs as an agent fetched them last.</summary>
    /// <param name="faults">A line for each mistake, and for each list of which there is no copy; what they are about is left out.</param>
    public static DetectOptions Read(DetectConfig config, TimeProvider time, out IReadOnlyList<string> faults)
    {
        var found = new List<string>();
        var mutes = new List<Mute>();
        foreach (var path in config.Mutes.Where(File.Exists))
        {
            mutes.AddRange(MuteFile.Load(path, out var errors)?.Mutes ?? []);
            found.AddRange(errors.Select(static error => error.ToString()));
        }

        var lists = new List<AddressList>();
        var store = new ListStore(config.Lists, time);
        foreach (var spec in config.Addresses)
        {
            var path = spec.Source is FileListSource file ? file.Path : store.Find(spec.Name) is { } stored ? store.PathOf(stored) : null;
            if (path is null)
            {
                found.Add($"list {spec.Name}: there is no copy of it yet; an agent fetches it");
            }
            else if (AddressListReader.TryRead(path, spec, out var list, out _, out var error))
            {
                lists.Add(list);
            }
            else
            {
                found.Add(error.Message);
            }
        }

        faults = found;
        return OptionsOf(config) with { Mutes = new MuteList(mutes), BadAddresses = lists };
    }

    /// <summary>Puts in force what there is, files at once and URLs as they were fetched last, and follows it from then on.</summary>
    /// <param name="follower">Told from any thread.</param>
    public void Start(Detection follower)
    {
        lock (gate)
        {
            detection = follower;
            stamps.Take();
            ReadMutes();
            Array.ForEach(lists, ReadCopy);
            if (lists.Length > 0)
            {
                fetcher = new ListFetcher(store, time);
                FetchFiles(fetcher);
                refresh = new ListRefresh(fetcher, store, time, OnFetched, Environment.ProcessId).RunAsync(config.Addresses, ending.Token);
            }

            Apply();
            timer = time.CreateTimer(_ => Turn(), null, LookInterval, LookInterval);
        }
    }

    public void Dispose()
    {
        timer?.Dispose();
        ending.Cancel();
        refresh.GetAwaiter().GetResult();
        fetcher?.Dispose();
        ending.Dispose();
    }

    /// <summary>One look at the files of mutes.</summary>
    internal void Turn()
    {
        // A look that takes longer than the interval is not joined by another.
        if (!gate.TryEnter())
        {
            return;
        }

        try
        {
            if (stamps.HaveSettledToOthers())
            {
                stamps.Take();
                ReadMutes();
                Apply();
            }
        }
        finally
        {
            gate.Exit();
        }
    }

    private void ReadMutes()
    {
        foreach (var part in mutes)
        {
            if (!part.IsThere && !File.Exists(part.Path))
            {
                continue;
            }

            var isNew = part.IsThere;
            part.IsThere = true;
            if (MuteFile.Load(part.Path, out var errors) is { } read)
            {
                if (part.Trouble is not null || (isNew && read.Mutes.Count != part.Mutes.Mutes.Count))
                {
                    log($"mutes: {part.Path}: {read.Mutes.Count} in force");
                }

                (part.Mutes, part.Trouble) = (read, null);
                continue;
            }

            var trouble = $"{errors[0]}{(errors.Count > 1 ? $" (and {errors.Count - 1} more)" : "")}; {(part.Mutes.Mutes.Count == 0 ? "nothing is muted by it" : $"the {part.Mutes.Mutes.Count} that were in it before stay in force")}";
            if (trouble != part.Trouble)
            {
                log($"mutes: {trouble}");
            }

            part.Trouble = trouble;
        }
    }

    /// <summary>Files take effect with the agent's start; servers may take their time.</summary>
    private void FetchFiles(ListFetcher from)
    {
        foreach (var part in lists.Where(static part => part.Spec.Source is FileListSource))
        {
            Note(part, from.FetchAsync(part.Spec).GetAwaiter().GetResult());
        }
    }

    /// <summary>From the thread pool.</summary>
    private void OnFetched(ListFetch fetch)
    {
        lock (gate)
        {
            Note(Array.Find(lists, part => part.Spec.Name == fetch.List)!, fetch);
            Apply();
        }
    }

    private void Note(ListPart part, ListFetch fetch)
    {
        part.Trouble = fetch.Outcome == FetchOutcome.Failed ? fetch.ToString() : null;
        if (fetch.Outcome == FetchOutcome.Updated)
        {
            ReadCopy(part);
        }

        if (fetch.Outcome == FetchOutcome.Failed || fetch.Warning is not null)
        {
            log(fetch.ToString());
        }
    }

    private void ReadCopy(ListPart part)
    {
        if (store.Find(part.Spec.Name) is not { } stored)
        {
            return;
        }

        if (AddressListReader.TryRead(store.PathOf(stored), part.Spec, out var list, out _, out var error))
        {
            (part.Addresses, part.Fetched) = (list, stored.Fetched);
        }
        else
        {
            part.Trouble = error.Message;
            log(error.Message);
        }
    }

    private void Apply()
    {
        detection!.Mutes = new MuteList([.. mutes.SelectMany(static part => part.Mutes.Mutes)]);
        detection.BadAddresses = [.. lists.Select(static part => part.Addresses).OfType<AddressList>()];
    }

    private sealed class MutePart(string path)
    {
        public string Path => path;

        public bool IsThere { get; set; }

        public MuteList Mutes { get; set; } = MuteList.Empty;

        public string? Trouble { get; set; }
    }

    private sealed class ListPart(DomainListSpec spec)
    {
        public DomainListSpec Spec => spec;

        public AddressList? Addresses { get; set; }

        public DateTimeOffset? Fetched { get; set; }

        public string? Trouble { get; set; }
    }
}
