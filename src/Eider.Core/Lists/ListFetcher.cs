// From a list's source to its copy on disk: fetched, read to the end, and only then put in the last one's place.

using Eider.Core.Lists.Sources;
using Eider.Core.Policy;

namespace Eider.Core.Lists;

/// <summary>Bounds on servers that are slow.</summary>
public sealed record FetchOptions
{
    /// <summary>Without an octet for this long a server is given up.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan Total { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>Thread-safe.</summary>
public sealed class ListFetcher : IDisposable
{
    /// <summary>Below this share of the names there were, a new version is taken but pointed out: lists shrink, but rarely by half.</summary>
    private const double Suspicious = 0.5;

    private readonly ListStore _store;
    private readonly TimeProvider _time;
    private readonly FetchOptions _options;
    private readonly UrlSource _urls;

    public ListFetcher(ListStore store, TimeProvider time, FetchOptions? options = null)
    {
        _store = store;
        _time = time;
        _options = options ?? new FetchOptions();
        _urls = new UrlSource(time, _options);
    }

    /// <summary>Brings the copy of a list up to date. The work is done on the thread pool.</summary>
    /// <param name="progress">Told now and then, from the thread pool.</param>
    /// <exception cref="OperationCanceledException">It was cancelled; the last copy stays.</exception>
    public Task<ListFetch> FetchAsync(DomainListSpec spec, Action<ListProgress>? progress = null, CancellationToken cancellation = default) =>
        Task.Run(() => FetchWhole(spec, progress, cancellation), cancellation);

    public void Dispose() => _urls.Dispose();

    private async Task<ListFetch> FetchWhole(DomainListSpec spec, Action<ListProgress>? progress, CancellationToken cancellation)
    {
        var last = _store.Find(spec.Name);
        try
        {
            // 1. Ask the source whether it has anything new.
            var known = IsCurrent(last, spec) ? last : null;
            using var answer = spec.Source switch
            {
                UrlListSource url => await _urls.AskAsync(spec.Name, url, known, cancellation).ConfigureAwait(false),
                FileListSource file => FileSource.Ask(spec.Name, file, known),
                _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.Source, "a source of an unknown kind"),
            };
            if (answer.Error is not null)
            {
                return new ListFetch(spec.Name, FetchOutcome.Failed, last, Error: answer.Error);
            }

            if (answer.Content is null)
            {
                // A look at a file is too frequent to be written down.
                return spec.Source is FileListSource ? new ListFetch(spec.Name, FetchOutcome.Unchanged, known) : Unchanged(known! with { Checked = _time.GetUtcNow() });
            }

            // 2. Copy what it sends beside the last copy.
            using var draft = _store.Begin(spec.Name);
            var error = await new SourceCopy(spec, answer, _options, _time).ToAsync(draft, progress, cancellation).ConfigureAwait(false);

            // 3. See that it is what was asked for, and new.
            error ??= CheckContent(spec, answer, draft.Sha256);
            if (error is null && known?.Sha256 == draft.Sha256)
            {
                return Unchanged(known with { Checked = _time.GetUtcNow(), ETag = answer.ETag, LastModified = answer.LastModified });
            }

            // 4. Read it to its end, and put it into place.
            return error is null ? Take(spec, answer, draft, last, progress, cancellation) : new ListFetch(spec.Name, FetchOutcome.Failed, last, Error: error);
        }
        catch (ListStoreException e)
        {
            return new ListFetch(spec.Name, FetchOutcome.Failed, last, Error: new ListError(ListFault.NotStored, $"list {spec.Name}: {e.Message}"));
        }
    }

    /// <summary>Whether the copy is of this source, and was read as it is to be read now: else what the source says of it is of no use.</summary>
    internal static bool IsCurrent(StoredList? last, DomainListSpec spec) => last is not null && last.Source == Text(spec.Source) && spec.Match == last.Match
        && (spec.Format == ListFormat.Auto || spec.Format == last.Format) && (spec.Source is not UrlListSource { Sha256: { } wanted } || wanted == last.Sha256);

    private static string Entries(DomainListSpec spec) => spec.Format == ListFormat.Addresses ? "addresses" : "names";

    private static string Text(ListSource source) => source switch
    {
        UrlListSource url => UrlSource.Text(url.Url),
        FileListSource file => file.Path,
        _ => "",
    };

    private static ListError? CheckContent(DomainListSpec spec, SourceAnswer answer, string sha256) => spec.Source is UrlListSource { Sha256: { } wanted } && wanted != sha256
        ? new ListError(ListFault.WrongContent, $"list {spec.Name}: {answer.Source}: its SHA-256 is {sha256}, not {wanted}; if the list has a new version that you trust, name its checksum")
        : null;

    private ListFetch Unchanged(StoredList info)
    {
        _store.Update(info);
        return new ListFetch(info.Name, FetchOutcome.Unchanged, info);
    }

    private ListFetch Take(DomainListSpec spec, SourceAnswer answer, ListDraft draft, StoredList? last, Action<ListProgress>? progress, CancellationToken cancellation)
    {
        if (!ListCheck.TryRead(draft.Path, spec, progress, out var import, out var error, cancellation))
        {
            return new ListFetch(spec.Name, FetchOutcome.Failed, last, Error: error);
        }

        if (import.Names == 0)
        {
            error = new ListError(ListFault.Empty, $"list {spec.Name}: {answer.Source} holds no {Entries(spec)} ({import.Lines:N0} lines, read as {import.Format.ToString().ToLowerInvariant()}); check the source and \"format:\"");
            return new ListFetch(spec.Name, FetchOutcome.Failed, last, import, error);
        }

        var stored = _store.Keep(draft, Describe(spec, answer, draft, import));
        return new ListFetch(spec.Name, FetchOutcome.Updated, stored, import, Warning: Warn(import, last));
    }

    private StoredList Describe(DomainListSpec spec, SourceAnswer answer, ListDraft draft, ListImport import)
    {
        var now = _time.GetUtcNow();
        return new StoredList
        {
            Name = spec.Name,
            Source = Text(spec.Source),
            File = "",
            Format = import.Format,
            Match = spec.Match,
            Sha256 = draft.Sha256,
            Octets = draft.Octets,
            Fetched = now,
            Checked = now,
            ETag = answer.ETag,
            LastModified = answer.LastModified,
            Names = import.Names,
            Exceptions = import.Exceptions,
            SingleLabels = import.SingleLabels,
            Skipped = import.Skipped.ToDictionary(skipped => skipped.Fault.ToString(), skipped => skipped.Count),
        };
    }

    private static string? Warn(ListImport import, StoredList? last)
    {
        var warnings = new List<string>();
        if (last is not null && import.Names < Suspicious * last.Names)
        {
            warnings.Add($"it had {last.Names:N0} before; see whether its source is whole");
        }

        var refused = import.Count(FaultKind.Refused);
        if (refused > import.Names)
        {
            var most = import.Skipped.Where(skipped => skipped.Fault.Kind() == FaultKind.Refused).MaxBy(skipped => skipped.Count)!;
            warnings.Add($"{refused:N0} lines refused, most of them as {most.Fault.Text()}; is it really in the {import.Format.ToString().ToLowerInvariant()} format?");
        }

        return warnings.Count == 0 ? null : string.Join("; ", warnings);
    }
}
