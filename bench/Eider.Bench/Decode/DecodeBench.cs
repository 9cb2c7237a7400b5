// What decoding one response costs: time, and octets allocated. Against a plain sum of the same octets in the same run.

using System.Diagnostics;
using Eider.Core.Decode;
using Eider.Tests.Decode;

namespace Eider.Bench.Decode;

/// <param name="NsPerResponse">Mean over the mix, median of the runs.</param>
/// <param name="BaselineNs">The same for adding up a message's octets one by one.</param>
/// <param name="AllocBytes">Octets allocated for each response once its name is cached.</param>
/// <param name="MeanLength">Octets of a message of the mix.</param>
public readonly record struct DecodeFigures(double NsPerResponse, double BaselineNs, double AllocBytes, double MeanLength);

public static class DecodeBench
{
    private const int Runs = 9;
    private const int Rounds = 20_000;

    /// <summary>Time and allocation of <see cref="DnsSummary.Read"/> over <see cref="SampleMessages.Responses"/>.</summary>
    public static (double NsPerResponse, double AllocBytes) Run()
    {
        var figures = Measure();
        return (figures.NsPerResponse, figures.AllocBytes);
    }

    /// <summary>As <see cref="Run"/>, with the baseline. Takes about a second.</summary>
    public static DecodeFigures Measure()
    {
        var messages = SampleMessages.Responses.ToArray();
        var names = new NameCache(seed: 1);
        Decode(messages, names);
        Sum(messages);
        Decode(messages, names); // twice over the tiers of the JIT

        var decode = new double[Runs];
        var baseline = new double[Runs];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var run = 0; run < Runs; run++)
        {
            decode[run] = Decode(messages, names);
            baseline[run] = Sum(messages);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return new DecodeFigures(Median(decode), Median(baseline), (double)allocated / Runs / Rounds / messages.Length, messages.Average(message => message.Length));
    }

    private static double Decode(byte[][] messages, NameCache names)
    {
        var answers = 0L;
        var start = Stopwatch.GetTimestamp();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var message in messages)
            {
                answers += DnsSummary.Read(message, names).AnswerCount;
            }
        }

        return PerMessage(start, messages, answers);
    }

    private static double Sum(byte[][] messages)
    {
        var sum = 0L;
        var start = Stopwatch.GetTimestamp();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var message in messages)
            {
                foreach (var octet in message)
                {
                    sum += octet;
                }
            }
        }

        return PerMessage(start, messages, sum);
    }

    /// <summary>Nanoseconds; <paramref name="result"/> is what the compiler must not find unused.</summary>
    private static double PerMessage(long start, byte[][] messages, long result)
    {
        var elapsed = Stopwatch.GetElapsedTime(start);
        return result == 0 ? throw new InvalidOperationException("nothing was measured") : elapsed.TotalNanoseconds / Rounds / messages.Length;
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
