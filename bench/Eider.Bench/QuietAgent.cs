// The agent as a service runs it: its events go to history and the API, and nobody reads its standard output.

using Eider.Lab;

namespace Eider.Bench;

internal static class QuietAgent
{
    /// <summary>Returns when it watches; disposing ends it.</summary>
    public static LabProcess Start(string agent, string directory)
    {
        Directory.CreateDirectory(directory);
        var config = Path.Combine(directory, "eider.yaml");
        File.WriteAllText(config, $$"""
            api: {socket: {{directory}}/eider.sock}
            history: {path: {{directory}}/history.db}

            """);
        var running = LabProcess.Start(agent, ["run", "-o", "none", "--config", config]);
        running.WaitFor("watching", AgentProcess.Patience);
        return running;
    }
}
