// Queries that get through while the agent is killed and another takes over.

using System.Globalization;
using Eider.Lab;

namespace Eider.Bench;

internal static class RestartGap
{
    private const int Rounds = 5;

    public static IEnumerable<Measurement> Measure(string agent)
    {
        using var lab = Eider.Lab.Lab.Create();
        var pod = lab.AddPod("client");
        using var pins = new PinSpace();
        var enforcing = new Enforcing(pins, ListPolicy.WriteWithoutList(lab, pod));
        var running = QuietAgent.Start(agent, lab.PathOf("agent"), enforcing);
        try
        {
            using var asking = pod.Start(Environment.ProcessPath!, "client", "gap", $"{lab.ResolverV4}", ListPolicy.Listed);
            asking.WaitFor("running", AgentProcess.Patience);
            for (var round = 0; round < Rounds; round++)
            {
                running.Kill();
                running.Dispose();
                running = QuietAgent.Start(agent, lab.PathOf("agent"), enforcing);
            }

            asking.CloseInput();
            var said = asking.Wait(AgentProcess.Patience).MustSucceed("eider-bench client").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].Split(' ');
            return
            [
                Measurement.AtMost("restart.gap_queries", double.Parse(said[1], CultureInfo.InvariantCulture), "queries", 0),
                Measurement.Of("restart.queries", double.Parse(said[0], CultureInfo.InvariantCulture), "queries"),
            ];
        }
        finally
        {
            running.Dispose();
        }
    }
}
