// Feeds the decoder messages nobody should send: the corpus, samples of every kind and random octets, changed in many ways.

using Eider.Core.Decode;
using Eider.Tests.Decode;

namespace Eider.Bench.Decode;

public static class DecodeFuzz
{
    /// <summary>A summary's name, its cache entry and a fault in words; a name is at most 1020 characters.</summary>
    private const long SummaryLimit = 4096;

    /// <summary>The smallest record (12 octets) may yield an owner and a name in its data of 1020 characters each, and text in the making.</summary>
    private const long RecordsLimitPerOctet = 1024;

    private const long RecordsLimitBase = 64 * 1024;

    /// <summary>Reading a record's text costs ten times the summary: done for one input in this many.</summary>
    private const int RecordsEvery = 8;

    private static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(30);

    /// <summary>Decodes that many inputs; the same seed gives the same inputs. Uses the corpus beside the repository where there is one.</summary>
    /// <exception cref="InvalidOperationException">An input broke the decoder; the message has it in hex.</exception>
    /// <returns>How many inputs were malformed.</returns>
    public static long Run(long inputs, int seed)
    {
        var mutator = new MessageMutator([.. SampleMessages.Responses, .. SampleMessages.OfEveryKind, .. CorpusMessages.All.Select(message => message.Octets)], seed);
        var names = new NameCache(seed: (ulong)seed, capacity: 1024);
        var malformed = 0L;
        using var watchdog = new Watchdog(StuckAfter);
        for (var i = 0L; i < inputs; i++)
        {
            var message = mutator.Next();
            watchdog.Start(mutator);
            try
            {
                malformed += Decode(message, names, withRecords: i % RecordsEvery == 0) ? 1 : 0;
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"input {i} of seed {seed} broke the decoder: {Convert.ToHexString(message)}", failure);
            }
        }

        return malformed;
    }

    private static bool Decode(ReadOnlySpan<byte> message, NameCache names, bool withRecords)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var summary = DnsSummary.Read(message, names);
        Bound(before, SummaryLimit);
        if (summary.Malformed is { } fault && (fault.Offset < 0 || fault.Offset > message.Length))
        {
            throw new InvalidOperationException($"a fault at octet {fault.Offset} of {message.Length}");
        }

        if (DnsSummary.Read(message, names, cut: true, multicast: true).Malformed is not null && summary.Malformed is null)
        {
            throw new InvalidOperationException("malformed only when cut");
        }

        if (withRecords)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            var answers = AnswerRecord.ReadAll(message).Count;
            AnswerRecord.ReadAll(message, Section.Additional);
            Bound(before, RecordsLimitBase + RecordsLimitPerOctet * message.Length);
            if (summary.Malformed is null && answers != summary.AnswerCount)
            {
                throw new InvalidOperationException($"{answers} of {summary.AnswerCount} answers of a right message");
            }
        }

        return summary.Malformed is not null;
    }

    private static void Bound(long before, long limit)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > limit)
        {
            throw new InvalidOperationException($"{allocated} octets allocated, more than {limit}");
        }
    }

    /// <summary>Ends the process, with the input, when one input takes too long: a loop cannot be left any other way.</summary>
    private sealed class Watchdog : IDisposable
    {
        private readonly Timer _timer;
        private MessageMutator? _current;
        private long _started;
        private long _seen = -1;

        public Watchdog(TimeSpan stuckAfter) => _timer = new Timer(_ => Look(), null, stuckAfter, stuckAfter);

        public void Start(MessageMutator current)
        {
            _current = current;
            _started++;
        }

        public void Dispose() => _timer.Dispose();

        private void Look()
        {
            var started = Volatile.Read(ref _started);
            if (started == _seen && _current is { } stuck)
            {
                Environment.FailFast($"the decoder is stuck at input {started - 1}: {Convert.ToHexString(stuck.Last)}");
            }

            _seen = started;
        }
    }
}
