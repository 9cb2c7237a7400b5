// dig, again and again from one port, as behind a firewall that leaves it no choice: what an attacker who guesses ids hopes for.

using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Eider.Lab;

namespace Eider.Bench;

/// <summary>What dig said: answers that it took or complained of, and true ones.</summary>
internal sealed record Dug(int Forged, int True);

internal sealed partial class DigLoop : IDisposable
{
    public const int Port = 40_000;

    // Ids from those that the attacker does not try.
    private const string Script = """
        id=$1
        while [ ! -e "$0" ]; do
            dig "@$2" "$3" A "+qid=$id" -b "$5#$4" +tries=1 +timeout=3
            id=$((id + 1))
        done
        """;

    private readonly LabProcess _process;
    private readonly string _stop;

    private DigLoop(LabProcess process, string stop) => (_process, _stop) = (process, stop);

    /// <summary>Returns when the first question is answered.</summary>
    public static DigLoop Start(Eider.Lab.Lab lab, Pod pod, IPAddress server, string name)
    {
        var stop = lab.PathOf($"stop-{name}");
        var process = pod.Start("/bin/sh", "-c", Script, stop, $"{Attacker.FirstUnguessedId}", $"{server}", name, $"{Port}", server.AddressFamily == AddressFamily.InterNetworkV6 ? "::" : "0.0.0.0");
        process.WaitFor("SERVER:", AgentProcess.Patience);
        return new DigLoop(process, stop);
    }

    /// <summary>Ends it with its last question.</summary>
    public Dug Stop()
    {
        File.WriteAllText(_stop, "");
        var said = _process.Wait(AgentProcess.Patience);
        return new Dug(Complaint().Count(said.Output + said.Error), Truth().Count(said.Output));
    }

    public void Dispose() => _process.Dispose();

    [GeneratedRegex(@"ID mismatch|unexpected source|198\.51\.100\.66")]
    private static partial Regex Complaint();

    [GeneratedRegex(@"\sA\s+192\.0\.2\.200")]
    private static partial Regex Truth();
}
