// A name server whose answers take their time and come with hop limits of one's choice: attacks/distance.py.

using System.Globalization;
using System.Net;

namespace Eider.Lab;

/// <summary>Part of a lab; ends with it.</summary>
public sealed class DistantServer
{
    private readonly LabProcess _process;

    private DistantServer(Pod pod, LabProcess process) => (Pod, _process) = (pod, process);

    public Pod Pod { get; }

    /// <summary>Returns when it answers, on both addresses of its pod.</summary>
    public static DistantServer Add(Lab lab, string name, TimeSpan delay)
    {
        var pod = lab.AddPod(name);
        var process = lab.Own(pod.Start("/usr/bin/python3", "-B", Attacker.ScriptPath("distance.py"), $"{pod.V4}", $"{pod.V6}",
            delay.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)));
        process.WaitFor("bound", AgentProcess.Patience);
        return new DistantServer(pod, process);
    }

    public IPAddress Address(bool v6) => v6 ? Pod.V6 : Pod.V4;

    /// <summary>From now on its answers have these hop limits in turn.</summary>
    public void Move(params int[] hopLimits)
    {
        var line = $"hops {string.Join(' ', hopLimits)}";
        var before = Said(line);
        _process.Write(line + "\n");
        _process.WaitUntil(() => Said(line) > before, "the server to move", AgentProcess.Patience);
    }

    private int Said(string line) => _process.Output.Split('\n').Count(said => said == line);
}
