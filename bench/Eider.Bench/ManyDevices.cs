// How long until the wire layer waits at every device of a node with many pods.

using System.Diagnostics;
using System.Text.Json;
using Eider.Lab;

namespace Eider.Bench;

internal static class ManyDevices
{
    private const int Pairs = 1_000;
    private const int AtOnce = 50; // to make, which takes the kernel tens of milliseconds each

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static IEnumerable<Measurement> Measure(string agent)
    {
        using var lab = Eider.Lab.Lab.Create();
        using var pins = new PinSpace();
        var enforcing = new Enforcing(pins, GuardPolicy.Write(lab, lab.AddPod("guarded")));
        var directory = lab.PathOf("agent");
        var netns = lab.Slot.Netns("many");
        Command.Ip(null, $"netns add {netns}");
        try
        {
            // Both ends of a pair belong to the lab, and go with the namespace of one.
            foreach (var some in Enumerable.Range(0, Pairs).Chunk(AtOnce))
            {
                Command.Ip(null, [.. some.Select(pair => $"link add many{lab.Slot.Number}-{pair} type veth peer name eth{pair} netns {netns}")]);
            }

            var began = Stopwatch.GetTimestamp();
            using var running = QuietAgent.Start(agent, directory, enforcing);
            var watching = Stopwatch.GetElapsedTime(began);
            var (devices, waiting) = (0, int.MaxValue);
            while (waiting > 0 || devices < Pairs)
            {
                if (Stopwatch.GetElapsedTime(began) > Limit)
                {
                    throw new LabException($"{devices} devices are watched and {waiting} wait after {Limit.TotalSeconds:0} s");
                }

                (devices, waiting) = WireOf(agent, directory);
            }

            var attached = Stopwatch.GetElapsedTime(began);
            return
            [
                Measurement.Of("wire.attach_1000_ms", attached.TotalMilliseconds, "ms"),
                Measurement.Of("wire.attach_1000.enforcing_ms", watching.TotalMilliseconds, "ms"),
                Measurement.AtLeast("wire.attach_1000.devices", devices, "devices", Pairs),
                Measurement.Of("wire.attach_1000.rss_mib", Resident.MiB(running.Pid), "MiB"),
            ];
        }
        finally
        {
            Command.Ip(null, $"netns del {netns}");
        }
    }

    private static (int Devices, int Waiting) WireOf(string agent, string directory)
    {
        var output = Command.Run(agent, ["status", "-o", "json", "--measure", "0s", "--config", QuietAgent.ConfigIn(directory)]).MustSucceed("eider status").Output;
        using var status = JsonDocument.Parse(output);
        var wire = status.RootElement.GetProperty("wire");
        return (wire.GetProperty("devices").GetInt32(), wire.GetProperty("waiting").GetInt32());
    }
}
