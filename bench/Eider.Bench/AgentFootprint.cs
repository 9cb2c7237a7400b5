// What the agent costs a machine that does nothing: time to start, memory at rest.

using System.Diagnostics;
using Eider.Lab;

namespace Eider.Bench;

internal static class AgentFootprint
{
    private const int Starts = 7;

    /// <param name="agent">The published binary.</param>
    public static IEnumerable<Measurement> Measure(string agent)
    {
        var directory = Directory.CreateTempSubdirectory("eider-bench-").FullName;
        try
        {
            List<double> startMs = [];
            List<double> residentMiB = [];
            for (var round = 0; round < Starts; round++)
            {
                var begun = Stopwatch.GetTimestamp();
                using var running = QuietAgent.Start(agent, directory);
                startMs.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
                // At rest: what start needed and the collector gave back is gone by then.
                Thread.Sleep(TimeSpan.FromSeconds(2));
                residentMiB.Add(Resident.MiB(running.Pid));
            }

            return
            [
                Measurement.AtMost("agent.start_ms", Measurement.Median(startMs), "ms", 1000),
                Measurement.AtMost("agent.rss_idle_mib", Measurement.Median(residentMiB), "MiB", 60),
            ];
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
