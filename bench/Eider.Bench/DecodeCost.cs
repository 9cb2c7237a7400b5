// What reading a response costs, and that no input breaks the reader.

using Eider.Bench.Decode;

namespace Eider.Bench;

internal static class DecodeCost
{
    private const long FuzzInputs = 10_000_000;

    public static IEnumerable<Measurement> Measure()
    {
        var (nsPerResponse, allocBytes) = DecodeBench.Run();
        yield return Measurement.AtMost("decode.response.ns", nsPerResponse, "ns", 500);
        yield return Measurement.AtMost("decode.response.alloc_bytes", allocBytes, "B", 0);

        // Throws at the first input that breaks it, with the input.
        DecodeFuzz.Run(FuzzInputs, Environment.TickCount);
        yield return Measurement.AtLeast("decode.fuzz.inputs", FuzzInputs, "inputs", FuzzInputs);
    }
}
