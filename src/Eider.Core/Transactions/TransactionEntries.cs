// The memory of the table of transactions: a hash table of exchanges by key, each also in the queue of its state, oldest first.

using System.Runtime.CompilerServices;

namespace Eider.Core.Transactions;

/// <summary>Where an exchange stands. Each state is a queue in order of the time it was entered.</summary>
internal enum TransactionState : byte
{
    /// <summary>Asked, and too young for another send to be a resend.</summary>
    Fresh,

    /// <summary>Asked, and waiting for long enough that a resend is likely.</summary>
    Waiting,

    /// <summary>Asked over a connection that has ended; what was on its way still arrives.</summary>
    Closing,

    /// <summary>Published as unanswered.</summary>
    Expired,
}

internal struct TransactionEntry
{
    public TransactionKey Key;
    public ulong Hash;
    public string? Name;
    public ushort QueryType;
    public ushort QueryClass;
    public uint QuestionHash;
    public byte Opcode;
    public TransactionState State;

    /// <summary>Null once the exchange has ended.</summary>
    public DnsEvent? Query;

    /// <summary>Set while a resend is looked for.</summary>
    public WaitingQuestion? Waiting;

    public int Retries;

    /// <summary>On the event clock: of the last send, or of the end.</summary>
    public long SinceNs;

    // The neighbours among the exchanges of one TCP connection.
    public int EarlierOnConnection;
    public int LaterOnConnection;

    internal int NextInBucket;
    internal int Earlier;
    internal int Later;

    /// <summary>Octets of what it keeps, for the memory limit.</summary>
    public readonly int Octets => (Query?.Message.Length ?? 0) + (2 * (Name?.Length ?? 0));

    public readonly bool IsOpen => State <= TransactionState.Closing;

    public readonly bool Asks(string? name, ushort queryType, ushort queryClass, byte opcode) =>
        QueryType == queryType && QueryClass == queryClass && Opcode == opcode && string.Equals(Name, name, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Indices stay valid until <see cref="Remove"/>; references only until the next <see cref="Add"/>. Grows with use and never shrinks.</summary>
internal sealed class TransactionEntries
{
    public const int None = -1;

    private const int InitialCapacity = 256;
    private const int States = 4;

    private readonly Queue[] queues = new Queue[States];
    private TransactionEntry[] entries = new TransactionEntry[InitialCapacity];
    private int[] buckets = NewBuckets(InitialCapacity);
    private int freeList = None;
    private int used;

    public TransactionEntries() => Array.Fill(queues, new Queue(None, None, 0));

    public ref TransactionEntry this[int index] => ref entries[index];

    public int Count(TransactionState state) => queues[(int)state].Count;

    /// <summary>The one that entered this state first, or <see cref="None"/>.</summary>
    public int Oldest(TransactionState state) => queues[(int)state].Oldest;

    /// <summary>The first entry with this hash; go on with <see cref="Next"/> and compare the keys.</summary>
    public int First(ulong hash) => Bucket(hash);

    public int Next(int index) => entries[index].NextInBucket;

    public int Add(in TransactionKey key, ulong hash, TransactionState state)
    {
        var index = Take();
        ref var entry = ref entries[index];
        entry.Key = key;
        entry.Hash = hash;
        entry.State = state;
        ref var bucket = ref Bucket(hash);
        entry.NextInBucket = bucket;
        bucket = index;
        Enqueue(index, state);
        return index;
    }

    /// <summary>Puts an entry at the young end of a state's queue.</summary>
    public void MoveTo(int index, TransactionState state)
    {
        Dequeue(index);
        entries[index].State = state;
        Enqueue(index, state);
    }

    public void Remove(int index)
    {
        Dequeue(index);
        ref var link = ref Bucket(entries[index].Hash);
        while (link != index)
        {
            link = ref entries[link].NextInBucket;
        }

        link = entries[index].NextInBucket;
        entries[index] = default;
        entries[index].NextInBucket = freeList;
        freeList = index;
    }

    private int Take()
    {
        if (freeList != None)
        {
            var index = freeList;
            freeList = entries[index].NextInBucket;
            return index;
        }

        if (used == entries.Length)
        {
            Grow();
        }

        return used++;
    }

    private void Grow()
    {
        Array.Resize(ref entries, entries.Length * 2);
        buckets = NewBuckets(entries.Length);
        for (var index = 0; index < used; index++)
        {
            ref var bucket = ref Bucket(entries[index].Hash);
            entries[index].NextInBucket = bucket;
            bucket = index;
        }
    }

    private ref int Bucket(ulong hash) => ref buckets[(int)hash & (buckets.Length - 1)];

    private static int[] NewBuckets(int length)
    {
        var created = new int[length];
        Array.Fill(created, None);
        return created;
    }

    private void Enqueue(int index, TransactionState state)
    {
        ref var queue = ref queues[(int)state];
        entries[index].Earlier = queue.Youngest;
        entries[index].Later = None;
        if (queue.Youngest == None)
        {
            queue.Oldest = index;
        }
        else
        {
            entries[queue.Youngest].Later = index;
        }

        queue.Youngest = index;
        queue.Count++;
    }

    private void Dequeue(int index)
    {
        ref var entry = ref entries[index];
        ref var queue = ref queues[(int)entry.State];
        LinkAfter(ref queue, entry.Earlier) = entry.Later;
        if (entry.Later == None)
        {
            queue.Youngest = entry.Earlier;
        }
        else
        {
            entries[entry.Later].Earlier = entry.Earlier;
        }

        queue.Count--;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref int LinkAfter(ref Queue queue, int index)
    {
        if (index == None)
        {
            return ref queue.Oldest;
        }

        return ref entries[index].Later;
    }

    private struct Queue(int oldest, int youngest, int count)
    {
        public int Oldest = oldest;
        public int Youngest = youngest;
        public int Count = count;
    }
}
