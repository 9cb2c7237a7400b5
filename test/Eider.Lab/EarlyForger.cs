// Somebody on the path of a pod who answers its questions when he likes, with the hop limit that he likes: attacks/onpath.py.

using System.Globalization;

namespace Eider.Lab;

/// <summary>Answers questions whose name begins with <c>lie</c>; the answers lead to <see cref="Attacker.Lie"/>.</summary>
public sealed class EarlyForger : IDisposable
{
    private readonly LabProcess _process;

    private EarlyForger(LabProcess process) => _process = process;

    /// <param name="after">The question.</param>
    public static EarlyForger OnThePathOf(Pod pod, TimeSpan after, int hopLimit)
    {
        var process = LabProcess.Start("/usr/bin/python3", ["-B", Attacker.ScriptPath("onpath.py"), pod.HostLink]);
        process.WaitFor("ready", AgentProcess.Patience);
        process.Write(string.Create(CultureInfo.InvariantCulture, $"lie {after.TotalMilliseconds} {hopLimit}\n"));
        process.WaitFor("lie", AgentProcess.Patience);
        return new EarlyForger(process);
    }

    /// <summary>Ends it.</summary>
    /// <returns>Answers forged, and the time after which 99 in 100 were out, on its own clock: on a busy machine later than it was to be.</returns>
    public (int Sent, TimeSpan Late) Stop()
    {
        _process.CloseInput();
        var said = _process.Wait(AgentProcess.Patience).MustSucceed("onpath.py").Output.Split('\n').First(line => line.StartsWith("sent ", StringComparison.Ordinal)).Split(' ');
        return (int.Parse(said[1], CultureInfo.InvariantCulture), said.Length < 4 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(double.Parse(said[3], CultureInfo.InvariantCulture)));
    }

    public void Dispose() => _process.Dispose();
}
