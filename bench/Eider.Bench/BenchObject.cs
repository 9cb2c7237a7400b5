// Eider's kernel programs, loaded and not attached, with those that benchmarks add.

using Eider.Bpf;
using Eider.Core.Sensors;

namespace Eider.Bench;

internal static class BenchObject
{
    public static KernelSensor Load()
    {
        using var resource = typeof(BenchObject).Assembly.GetManifestResourceStream("bench.bpf.o")!;
        var elf = new byte[resource.Length];
        resource.ReadExactly(elf);
        return KernelSensor.Load(elf, new SensorOptions());
    }

    public static BpfProgram Program(this KernelSensor sensor, string name) => sensor.Programs.First(program => program.Name == name);
}
