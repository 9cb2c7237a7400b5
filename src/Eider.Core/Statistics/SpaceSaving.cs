// The most frequent keys of an endless stream from a fixed number of counters: top names, processes, clients.

namespace Eider.Core.Statistics;

/// <summary>One counted key: its true count lies between <c>Count - Error</c> and <c>Count</c>.</summary>
public readonly record struct Frequency<TKey>(TKey Key, long Count, long Error);

/// <summary>Space-Saving (Metwally, Agrawal, El Abbadi: "Efficient computation of frequent and top-k elements in data streams", 2005). Any key that makes up
/// more than 1/capacity of the stream is among the counters. Each addition is O(log capacity). Not safe for concurrent use.</summary>
public sealed class SpaceSaving<TKey>
    where TKey : notnull
{
    // A binary min-_heap by count: the root is the counter that a new key takes over.
    private readonly Frequency<TKey>[] _heap;
    private readonly Dictionary<TKey, int> _places;

    /// <param name="capacity">Keys counted at once, at least 1.</param>
    public SpaceSaving(int capacity, IEqualityComparer<TKey>? comparer = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _heap = new Frequency<TKey>[capacity];
        _places = new(capacity, comparer);
    }

    /// <summary>Keys that have a counter now.</summary>
    public int Distinct => _places.Count;

    /// <summary>The weight of everything added.</summary>
    public long Total { get; private set; }

    /// <summary>True when some counter has changed hands, so that counts may be too high by their <see cref="Frequency{TKey}.Error"/>.</summary>
    public bool IsApproximate { get; private set; }

    public void Add(TKey key, long weight = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(weight, 1);
        Total += weight;
        if (_places.TryGetValue(key, out var place))
        {
            _heap[place] = _heap[place] with { Count = _heap[place].Count + weight };
            SiftDown(place);
        }
        else if (_places.Count < _heap.Length)
        {
            _heap[_places.Count] = new(key, weight, 0);
            _places.Add(key, _places.Count);
            SiftUp(_places.Count - 1);
        }
        else
        {
            var evicted = _heap[0];
            IsApproximate = true;
            _places.Remove(evicted.Key);
            _places.Add(key, 0);
            _heap[0] = new(key, evicted.Count + weight, evicted.Count);
            SiftDown(0);
        }
    }

    /// <summary>The most frequent keys, the most frequent first; at most <paramref name="count"/>.</summary>
    public IReadOnlyList<Frequency<TKey>> Top(int count)
    {
        var sorted = _heap.AsSpan(0, _places.Count).ToArray();
        Array.Sort(sorted, static (a, b) => b.Count.CompareTo(a.Count));
        return sorted.Length <= count ? sorted : sorted[..count];
    }

    public void Clear()
    {
        _places.Clear();
        Array.Clear(_heap);
        Total = 0;
        IsApproximate = false;
    }

    private void SiftUp(int place)
    {
        while (place > 0 && _heap[place].Count < _heap[(place - 1) / 2].Count)
        {
            Swap(place, (place - 1) / 2);
            place = (place - 1) / 2;
        }
    }

    private void SiftDown(int place)
    {
        while (true)
        {
            var child = (2 * place) + 1;
            if (child >= _places.Count)
            {
                return;
            }

            if (child + 1 < _places.Count && _heap[child + 1].Count < _heap[child].Count)
            {
                child++;
            }

            if (_heap[place].Count <= _heap[child].Count)
            {
                return;
            }

            Swap(place, child);
            place = child;
        }
    }

    private void Swap(int a, int b)
    {
        (_heap[a], _heap[b]) = (_heap[b], _heap[a]);
        _places[_heap[a].Key] = a;
        _places[_heap[b].Key] = b;
    }
}
