// A client that takes every answer its socket is given, so that one sees what reached an application.

using System.Net;

namespace Eider.Lab;

/// <summary>A python3 process in a pod. With a port and an id it asks again and again until it is disposed of.</summary>
public sealed class TrustingClient : IDisposable
{
    private readonly LabProcess _process;

    private TrustingClient(LabProcess process) => _process = process;

    /// <summary>Answers so far, as "ADDRESS from SERVER", in the order in which the socket received them.</summary>
    public IReadOnlyList<string> Received => From(_process.Output);

    /// <summary>Asks once, and waits until the server's own answer has come.</summary>
    public static IReadOnlyList<string> Ask(Pod pod, IPAddress server, string name) => From(pod.Run("/usr/bin/python3", "-B", Attacker.ScriptPath("asker.py"), $"{server}", name)
        .MustSucceed("asker.py").Output);

    /// <summary>Begins to ask, by one socket; returns when the first question is answered.</summary>
    public static TrustingClient StartAsking(Pod pod, IPAddress server, string name, int port, int id)
    {
        var client = new TrustingClient(pod.Start("/usr/bin/python3", "-B", Attacker.ScriptPath("asker.py"), $"{server}", name, $"{port}", $"{id}", "again"));
        client._process.WaitFor("received", AgentProcess.Patience);
        return client;
    }

    /// <summary>Ends it with its last question.</summary>
    /// <returns>Everything that it received.</returns>
    public IReadOnlyList<string> Stop()
    {
        _process.CloseInput();
        return From(_process.Wait(AgentProcess.Patience).MustSucceed("asker.py").Output);
    }

    public void Dispose() => _process.Dispose();

    private static IReadOnlyList<string> From(string output) =>
        [.. output.Split('\n').Where(line => line.StartsWith("received ", StringComparison.Ordinal)).Select(line => line["received ".Length..].Trim())];
}
