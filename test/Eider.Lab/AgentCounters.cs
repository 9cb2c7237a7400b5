// What a running agent has counted, from `eider status -o json`.

using System.Text.Json;

namespace Eider.Lab;

/// <summary>Running totals since the agent's start, by their names in <c>eider status</c>.</summary>
public sealed class AgentCounters
{
    private readonly Dictionary<string, long> _counts = [];

    private AgentCounters(JsonElement status)
    {
        foreach (var group in new[] { "counts", "losses", "gauges" })
        {
            foreach (var count in status.GetProperty(group).EnumerateArray())
            {
                _counts[count.GetProperty("name").GetString()!] = count.GetProperty("count").GetInt64();
            }
        }
    }

    /// <summary>Forged answers dropped at their sockets.</summary>
    public long Forged => this["forged"];

    /// <summary>Answers to ports that no socket listens on, on the whole machine.</summary>
    public long Undelivered => this["undelivered"];

    public long this[string name] => _counts[name];

    /// <summary>Asks the agent that has this configuration.</summary>
    /// <exception cref="LabException">It does not answer.</exception>
    public static AgentCounters Read(string program, string configPath)
    {
        var output = Command.Run(program, ["status", "-o", "json", "--measure", "0s", "--config", configPath]).MustSucceed("eider status").Output;
        using var status = JsonDocument.Parse(output);
        return new AgentCounters(status.RootElement);
    }
}
