// The exchanges that were answered lately, so that another response to one is known for what it is. Digests alone: nearly every response is the first, so
// what is only remembered must not push out of the processor's caches what is under way.

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Eider.Core.Transactions;

internal struct AnsweredExchange
{
    /// <summary>Of the key of the exchange.</summary>
    public ulong KeyHash;

    /// <summary>On the event clock.</summary>
    public long SinceNs;

    /// <summary>Of name, type and class.</summary>
    public uint QuestionHash;

    /// <summary>Of the last response.</summary>
    public uint ContentHash;

    public byte Opcode;

    /// <summary>Of a zone, over TCP: more messages follow (RFC 5936 2.2).</summary>
    public bool IsTransfer;

    /// <summary>Number of the one before it in its bucket.</summary>
    internal uint Earlier;
}

/// <summary>Of fixed size: the newest takes the place of the oldest. They are numbered, so that a link to one that is gone is known by its number, and nothing
/// has to be unlinked. Not thread-safe.</summary>
/// <param name="limit">How many are remembered, 1 at least.</param>
/// <param name="remembered">For how long.</param>
internal sealed class AnsweredExchanges(int limit, TimeSpan remembered)
{
    private readonly AnsweredExchange[] exchanges = new AnsweredExchange[BitOperations.RoundUpToPowerOf2((uint)limit)];
    private readonly uint[] buckets = new uint[BitOperations.RoundUpToPowerOf2((uint)limit)];
    private readonly long rememberedNs = (long)remembered.TotalNanoseconds;

    /// <summary>Number of the next; after the last comes 0. 0, which stands in every bucket at first, is that of one that is gone.</summary>
    private uint next = (uint)limit + 1;

    public void Add(in AnsweredExchange answered)
    {
        ref var place = ref Place(next);
        ref var bucket = ref Bucket(answered.KeyHash);
        place = answered;
        // Always an older one: a number that has stood in its bucket until numbers came round again must not lead in a circle.
        place.Earlier = IsThere(bucket) ? bucket : unchecked(next - (uint)limit - 1);
        bucket = next++;
    }

    /// <summary>Has the processor fetch what <see cref="Add"/> will need, which is hardly ever in its caches.</summary>
    public unsafe void Prepare(ulong keyHash)
    {
        if (Sse.IsSupported)
        {
            // A hint: where the collector moves the tables meanwhile, it is one in vain.
            Sse.Prefetch0(Unsafe.AsPointer(ref Bucket(keyHash)));
            Sse.Prefetch0(Unsafe.AsPointer(ref Place(next)));
        }
    }

    /// <summary>The latest that <paramref name="response"/> may answer again; a null reference where there is none. Valid until the next <see cref="Add"/>.</summary>
    /// <param name="nowNs">On the event clock.</param>
    public ref AnsweredExchange Find(ulong keyHash, in TransactionMessage response, long nowNs)
    {
        for (var number = Bucket(keyHash); IsThere(number); number = Place(number).Earlier)
        {
            ref var answered = ref Place(number);
            if (answered.KeyHash == keyHash && nowNs - answered.SinceNs < rememberedNs && Answers(response, answered))
            {
                return ref answered;
            }
        }

        return ref Unsafe.NullRef<AnsweredExchange>();
    }

    /// <summary>As <see cref="TransactionTable"/> has it for exchanges under way; the later messages of a transfer may leave the question out (RFC 5936 2.2.1).</summary>
    private static bool Answers(in TransactionMessage response, in AnsweredExchange answered) =>
        answered.Opcode == response.Header.Opcode
        && (response.Name is null ? response.Header.Rcode != 0 || answered.IsTransfer : answered.QuestionHash == response.QuestionHash);

    private bool IsThere(uint number) => unchecked(next - number) <= (uint)limit;

    private ref AnsweredExchange Place(uint number) => ref exchanges[number & (uint)(exchanges.Length - 1)];

    private ref uint Bucket(ulong keyHash) => ref buckets[(int)(keyHash >> 32) & (buckets.Length - 1)];
}
