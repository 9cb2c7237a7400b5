// How long Enrich remembers: what is there stays, what is gone stays for a grace time, and neither beyond a capacity.

using System.Diagnostics.CodeAnalysis;

namespace Eider.Core.Enrich;

/// <summary>An entry of a <see cref="Retention{T}"/>; the links are in the entry itself, so that ten thousand of them need no nodes.</summary>
internal abstract class Retained<T>
    where T : Retained<T>
{
    public bool IsGone { get; internal set; }

    internal long GoneAt { get; set; }

    internal T? Elder { get; set; }

    internal T? Younger { get; set; }
}

/// <summary>Entries in order of age, those present and those gone. Not thread-safe.</summary>
internal sealed class Retention<T>(int capacity, TimeSpan grace, TimeProvider time)
    where T : Retained<T>
{
    private Chain _present;
    private Chain _gone;

    public int Count => _present.Count + _gone.Count;

    public int GoneCount => _gone.Count;

    public void Add(T entry) => _present.Append(entry);

    /// <summary>Starts the grace time of <paramref name="entry"/>; nothing happens where it has been started.</summary>
    public void MarkGone(T entry)
    {
        if (entry.IsGone)
        {
            return;
        }

        _present.Unlink(entry);
        entry.IsGone = true;
        entry.GoneAt = time.GetTimestamp();
        _gone.Append(entry);
    }

    /// <summary>Takes out the next entry to forget: first what has been gone for the grace time, then, while <paramref name="crowded"/> or over capacity,
    /// what is gone, oldest first, and last what is present.</summary>
    /// <param name="crowded">The owner's own measure says there is too much.</param>
    /// <param name="entry">No longer in this.</param>
    /// <param name="evicted">True when it was forgotten for want of room.</param>
    public bool TryForget(bool crowded, [NotNullWhen(true)] out T? entry, out bool evicted)
    {
        evicted = false;
        if (_gone.First is { } eldest && time.GetElapsedTime(eldest.GoneAt) >= grace)
        {
            entry = eldest;
            _gone.Unlink(eldest);
            return true;
        }

        evicted = crowded || Count > capacity;
        entry = evicted ? _gone.First ?? _present.First : null;
        if (entry is null)
        {
            return false;
        }

        (entry.IsGone ? ref _gone : ref _present).Unlink(entry);
        return true;
    }

    private struct Chain
    {
        public T? First;
        public int Count;
        private T? _last;

        public void Append(T entry)
        {
            entry.Elder = _last;
            entry.Younger = null;
            if (_last is null)
            {
                First = entry;
            }
            else
            {
                _last.Younger = entry;
            }

            _last = entry;
            Count++;
        }

        public void Unlink(T entry)
        {
            if (entry.Elder is null)
            {
                First = entry.Younger;
            }
            else
            {
                entry.Elder.Younger = entry.Younger;
            }

            if (entry.Younger is null)
            {
                _last = entry.Elder;
            }
            else
            {
                entry.Younger.Elder = entry.Elder;
            }

            entry.Elder = entry.Younger = null;
            Count--;
        }
    }
}
