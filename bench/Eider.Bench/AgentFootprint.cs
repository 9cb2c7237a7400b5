// What the agent costs a machine that does nothing: time to start, memory at rest.

using System.Diagnostics;
using Eider.Lab;

namespace Eider.Bench;

internal static class AgentFootprint
{
    private const int Starts = 7;

    private const string Policy = """
        apiVersion: eider.dev/v1alpha1
        kind: DnsPolicy
        metadata: {name: bench}
        spec:
          subjects: [{cgroup: /bench}]
          rules: [{action: deny, names: [evil.example]}]

        """;

    /// <param name="agent">The published binary.</param>
    public static IEnumerable<Measurement> Measure(string agent)
    {
        var directory = Directory.CreateTempSubdirectory("eider-bench-").FullName;
        try
        {
            List<Began> observing = [];
            List<Began> enforcing = [];
            List<double> residentMiB = [];
            var policy = Path.Combine(directory, "policy.yaml");
            File.WriteAllText(policy, Policy);
            for (var round = 0; round < Starts; round++)
            {
                using var pins = new PinSpace();
                observing.Add(Start(agent, directory, null, running =>
                {
                    // At rest: what start needed and the collector gave back is gone by then.
                    Thread.Sleep(TimeSpan.FromSeconds(2));
                    residentMiB.Add(Resident.MiB(running.Pid));
                }));
                enforcing.Add(Start(agent, directory, new Enforcing(pins, policy), static _ => { }));
            }

            return
            [
                Measurement.AtMost("agent.start_ms", Measurement.Median(observing.Select(began => began.Ms)), "ms", 1000),
                Measurement.Of("agent.start_processor_ms", Measurement.Median(observing.Select(began => began.ProcessorMs)), "ms"),
                Measurement.AtMost("agent.start_enforcing_ms", Measurement.Median(enforcing.Select(began => began.Ms)), "ms", 1000),
                Measurement.Of("agent.start_enforcing_processor_ms", Measurement.Median(enforcing.Select(began => began.ProcessorMs)), "ms"),
                Measurement.AtMost("agent.rss_idle_mib", Measurement.Median(residentMiB), "MiB", 60),
            ];
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <returns>What it took until it watches.</returns>
    private static Began Start(string agent, string directory, Enforcing? enforcing, Action<LabProcess> look)
    {
        var begun = Stopwatch.GetTimestamp();
        using var running = QuietAgent.Start(agent, directory, enforcing);
        var elapsed = Stopwatch.GetElapsedTime(begun);
        using var process = Process.GetProcessById(running.Pid);
        var spent = process.TotalProcessorTime;
        look(running);
        return new Began(elapsed.TotalMilliseconds, spent.TotalMilliseconds);
    }

    /// <param name="Ms">By the clock.</param>
    /// <param name="ProcessorMs">Of all processors: what stands on a busy machine too.</param>
    private sealed record Began(double Ms, double ProcessorMs);
}
