// How many instructions the kernel's verifier walks before it takes a program: a million is its limit, and other kernels walk more.

using Eider.Bpf;

namespace Eider.Bench;

internal static class VerifierCost
{
    public static IEnumerable<Measurement> Measure()
    {
        using var sensor = BenchObject.Load();
        foreach (var program in sensor.Programs.Where(program => !program.Name.StartsWith("bench_", StringComparison.Ordinal)))
        {
            yield return Measurement.AtMost($"verifier.{program.Name}", program.Info().VerifiedInstructions, "insns", 500_000);
        }
    }
}
