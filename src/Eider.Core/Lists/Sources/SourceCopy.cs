// From a source's answer to a draft on disk, within bounds of size and time.

using Eider.Core.Config;
using Eider.Core.Policy;

namespace Eider.Core.Lists.Sources;

internal sealed class SourceCopy(DomainListSpec spec, SourceAnswer answer, FetchOptions options, TimeProvider time)
{
    private const int BufferLength = 64 << 10;

    private const int OctetsPerReport = 256 << 10;

    private readonly Stream _content = answer.Content ?? throw new ArgumentException("an answer without content", nameof(answer));

    /// <returns>Null when the draft is whole and on disk.</returns>
    /// <exception cref="ListStoreException">The draft cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<ListError?> ToAsync(ListDraft draft, Action<ListProgress>? progress, CancellationToken cancellation)
    {
        var buffer = new byte[BufferLength];
        var began = time.GetTimestamp();
        var (limit, reported) = (0L, 0L);
        while (true)
        {
            var (read, error) = await ReadAsync(buffer, draft.Octets == 0 ? 2 : 1, cancellation).ConfigureAwait(false);
            if (error is not null || read == 0)
            {
                return error ?? Finish(draft);
            }

            limit = draft.Octets == 0 ? Limit(buffer.AsSpan(0, read)) : limit;
            if (draft.Octets + read > limit)
            {
                return Error(ListFault.TooLarge, $"is larger than {Units.FormatSize(limit)}{(limit == spec.MaxSize ? "; set maxSize higher, or use a smaller list" : " compressed; use a smaller list")}");
            }

            draft.Write(buffer.AsSpan(0, read));
            if (time.GetElapsedTime(began) > options.Total)
            {
                return Error(ListFault.Unreachable, $"was not done after {options.Total.TotalMinutes:0.#} min ({Units.FormatSize(draft.Octets)}); the server or the network is too slow");
            }

            if (draft.Octets - reported >= OctetsPerReport)
            {
                reported = draft.Octets;
                progress?.Invoke(new ListProgress(spec.Name, ListStage.Fetching, reported, answer.Length, 0));
            }
        }
    }

    private long Limit(ReadOnlySpan<byte> start) => start is [0x1f, 0x8b, ..] ? Math.Min(spec.MaxSize, ListLimits.Compressed) : spec.MaxSize;

    private async Task<(int Read, ListError? Error)> ReadAsync(byte[] buffer, int least, CancellationToken cancellation)
    {
        using var stall = new CancellationTokenSource(options.Stall, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, stall.Token);
        try
        {
            return (await _content.ReadAtLeastAsync(buffer, least, throwOnEndOfStream: false, either.Token).ConfigureAwait(false), null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (0, Error(ListFault.Unreachable, $"sent nothing for {options.Stall.TotalSeconds:0} s; the server or the network is too slow"));
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return (0, Error(answer.Owner is null ? ListFault.Unreadable : ListFault.Unreachable, $"ended before the list did ({e.Message})"));
        }
    }

    private ListError? Finish(ListDraft draft)
    {
        draft.Finish();
        return FileSource.HasChanged(answer) ? Error(ListFault.Unreadable, "was written to while it was read; it is read again soon") : null;
    }

    private ListError Error(ListFault fault, string message) => new(fault, $"list {spec.Name}: {answer.Source}: {message}");
}
