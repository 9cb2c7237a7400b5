// Eider's kernel programs, loaded and not attached, with those that benchmarks add.

using Eider.Bpf;
using Eider.Core.Sensors;

namespace Eider.Bench;

internal static class BenchObject
{
    public static KernelSensor Load() => KernelSensor.Load(Read("bench.bpf.o"), new SensorOptions());

    /// <param name="resource">Its logical name.</param>
    public static byte[] Read(string resource)
    {
        using var stream = typeof(BenchObject).Assembly.GetManifestResourceStream(resource)!;
        var elf = new byte[stream.Length];
        stream.ReadExactly(elf);
        return elf;
    }

    public static BpfProgram Program(this KernelSensor sensor, string name) => sensor.Programs.First(program => program.Name == name);
}
