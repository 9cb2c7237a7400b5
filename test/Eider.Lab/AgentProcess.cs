// The agent as a child process, and what it says of the lab's traffic.

namespace Eider.Lab;

/// <summary><c>eider run -o json</c> with its files in a directory of its own. Disposing ends it by SIGTERM and waits for that.</summary>
public sealed class AgentProcess : IDisposable
{
    /// <summary>Time for what takes milliseconds, on a machine that is busy with other things.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<SeenEvent> _events = [];
    private readonly List<string> _strangeLines = [];
    private bool _disposed;

    private AgentProcess(string program, string directory, string? historyPath, Enforcing? enforcing, string config, string? trusts)
    {
        Directory = directory;
        System.IO.Directory.CreateDirectory(directory);
        File.WriteAllText(ConfigPath, $$"""
            api: {socket: {{SocketPath}}}
            history: {path: {{historyPath ?? $"{directory}/history.db"}}}
            dns: {transactionTimeout: 2s}
            {{config}}

            """);
        string[] run = [program, "run", "-o", "json", "--role", "all", "--config", ConfigPath, .. enforcing?.Arguments ?? []];
        string[] command = [.. trusts is null ? [] : new[] { "env", $"SSL_CERT_FILE={trusts}" }, .. enforcing?.Pins.Entrance ?? [], .. run];
        Process = LabProcess.Start(command[0], command[1..], Take);
    }

    public LabProcess Process { get; }

    public string Directory { get; }

    public string ConfigPath => Path.Combine(Directory, "eider.yaml");

    public string SocketPath => Path.Combine(Directory, "eider.sock");

    /// <summary>Lines of standard output that are no event; there must be none.</summary>
    public IReadOnlyList<string> StrangeLines => _strangeLines;

    /// <summary>Starts it and returns when it watches.</summary>
    /// <param name="enforcing">Null to observe only.</param>
    /// <param name="config">More lines of its configuration.</param>
    /// <param name="trusts">A file of certificates that it takes in place of the system's; null for those.</param>
    /// <exception cref="LabException">It ended instead; with what it said.</exception>
    public static AgentProcess Start(string program, string directory, string? historyPath = null, Enforcing? enforcing = null, string config = "", string? trusts = null)
    {
        var agent = new AgentProcess(program, directory, historyPath, enforcing, config, trusts);
        try
        {
            agent.Process.WaitFor("watching", Patience);
            return agent;
        }
        catch
        {
            agent.Process.Dispose();
            throw;
        }
    }

    /// <summary>All events so far that match, in the order they came.</summary>
    public IReadOnlyList<SeenEvent> Events(Func<SeenEvent, bool> match)
    {
        lock (_events)
        {
            return [.. _events.Where(match)];
        }
    }

    /// <summary>The first event that matches, as soon as there is one.</summary>
    /// <exception cref="LabException">None came.</exception>
    public SeenEvent WaitForEvent(string what, Func<SeenEvent, bool> match)
    {
        SeenEvent? found = null;
        Process.WaitUntil(() => (found = Events(match) is [var first, ..] ? first : null) is not null, what, Patience);
        return found!;
    }

    /// <summary>The exchange about <paramref name="name"/> as its client's side saw it.</summary>
    public SeenEvent WaitForExchange(string name, string type = "A", string role = "client") => WaitForEvent(
        $"the {role}'s transaction for {name} {type}", seen => seen.Kind == "transaction" && seen.Role == role && seen.Qtype == type && seen.IsFor(name));

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!Process.HasExited)
        {
            Process.Signal("TERM");
            Process.Wait(Patience);
        }

        Process.Dispose();
    }

    private void Take(string line)
    {
        try
        {
            var seen = SeenEvent.Parse(line);
            lock (_events)
            {
                _events.Add(seen);
            }
        }
        catch (System.Text.Json.JsonException)
        {
            _strangeLines.Add(line);
        }
    }
}

/// <summary>Policies for an agent.</summary>
/// <param name="Pins">Where they stay when it ends.</param>
/// <param name="Policy">A file, or a folder of them; null to find again what an earlier agent left.</param>
public sealed record Enforcing(PinSpace Pins, string? Policy)
{
    /// <summary>Of <c>eider run</c>.</summary>
    public IReadOnlyList<string> Arguments => Policy is null ? [] : ["--policy", Policy];
}
