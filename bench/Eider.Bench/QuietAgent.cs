// The agent as a service runs it: its events go to history and the API, and nobody reads its standard output.

using System.Text.Json;
using Eider.Lab;

namespace Eider.Bench;

internal static class QuietAgent
{
    /// <summary>Returns when it watches; disposing ends it.</summary>
    /// <param name="enforcing">Null to observe only.</param>
    /// <param name="config">More lines of its configuration.</param>
    public static LabProcess Start(string agent, string directory, Enforcing? enforcing = null, string config = "")
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(ConfigIn(directory), $$"""
            api: {socket: {{directory}}/eider.sock}
            history: {path: {{directory}}/history.db}
            {{config}}

            """);
        string[] command = [.. enforcing?.Pins.Entrance ?? [], agent, "run", "-o", "none", "--config", ConfigIn(directory), .. enforcing?.Arguments ?? []];
        var running = LabProcess.Start(command[0], command[1..]);
        running.WaitFor("watching", AgentProcess.Patience);
        return running;
    }

    /// <summary>Records that the kernel could not hand over, since the agent of <paramref name="directory"/> started.</summary>
    public static long Lost(string agent, string directory)
    {
        var output = Command.Run(agent, ["status", "-o", "json", "--measure", "0s", "--config", ConfigIn(directory)]).MustSucceed("eider status").Output;
        using var status = JsonDocument.Parse(output);
        return status.RootElement.GetProperty("losses").EnumerateArray()
            .Where(loss => loss.GetProperty("name").GetString() is "ring_full" or "ring_full_process" or "load_failed")
            .Sum(loss => loss.GetProperty("count").GetInt64());
    }

    public static string ConfigIn(string directory) => Path.Combine(directory, "eider.yaml");
}
