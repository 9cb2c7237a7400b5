// Somebody who forges answers with packets of his own: in a pod, where he has to guess, or on the path, where he sees what is asked.

using System.Globalization;
using System.Net;

namespace Eider.Lab;

/// <summary>A sweep that is over.</summary>
/// <param name="Packets">Sent.</param>
public sealed record Swept(int Packets, DateTimeOffset First, DateTimeOffset Last)
{
    public double PerSecond => Packets / Math.Max((Last - First).TotalSeconds, 1e-6);
}

/// <summary>A python3 process with raw sockets. Its answers lead to <see cref="Lie"/>. Not thread safe.</summary>
public sealed class Attacker : IDisposable
{
    public const string Lie = "198.51.100.66";

    /// <summary>Ids from here on are never guessed: a guess that is right is an answer that fits.</summary>
    public const int FirstUnguessedId = 0x8000;

    /// <summary>Ports from here on are never guessed.</summary>
    public const int FirstUnguessedPort = 32_000;

    private const string Python = "/usr/bin/python3";

    private readonly List<(string What, DateTimeOffset Time)> _sent = [];
    private readonly List<Swept> _sweeps = [];

    private Attacker(Func<Action<string>, LabProcess> start) => Process = start(Take);

    public LabProcess Process { get; }

    /// <summary>What somebody on the path has sent so far, and when.</summary>
    public IReadOnlyList<(string What, DateTimeOffset Time)> Sent
    {
        get
        {
            lock (_sent)
            {
                return [.. _sent];
            }
        }
    }

    /// <summary>In a pod of his own, sending in the name of a server.</summary>
    public static Attacker Guessing(Pod pod, IPAddress server) => new(take => pod.Start(take, Python, "-B", ScriptPath("attacker.py"), "guess", $"{server}"));

    /// <summary>At the node's end of a pod's device; answers each question whose name begins with what is to be forged, see attacker.py.</summary>
    /// <param name="stranger">Where answers of another server come from.</param>
    public static Attacker OnThePathOf(Pod pod, IPAddress stranger) =>
        new(take => LabProcess.Start(Python, ["-B", ScriptPath("attacker.py"), "watch", pod.HostLink, $"{stranger}"], take));

    /// <summary>Tries ids at one port of a client; returns when all are sent.</summary>
    /// <param name="rate">Packets a second; 0: as fast as it goes.</param>
    public Swept TryIds(IPAddress client, int port, string name, int rate, int count) => Sweep($"ids {client} {port} {name} {rate} {count}", rate, count);

    /// <summary>Tries ports of a client with one id; returns when all are sent.</summary>
    /// <param name="rate">Packets a second; 0: as fast as it goes.</param>
    public Swept TryPorts(IPAddress client, int id, string name, int rate, int count) => Sweep($"ports {client} {id} {name} {rate} {count}", rate, count);

    /// <summary>Returns when it can see and send. Sweeps wait for that themselves.</summary>
    public void AwaitReady() => Process.WaitFor("ready", AgentProcess.Patience);

    public void Dispose() => Process.Dispose();

    internal static string ScriptPath(string file) => Path.Combine(AppContext.BaseDirectory, "attacks", file);

    private Swept Sweep(string line, int rate, int count)
    {
        AwaitReady();
        var before = _sweeps.Count;
        Process.Write(line + "\n");
        var limit = AgentProcess.Patience + TimeSpan.FromSeconds(rate > 0 ? (double)count / rate : 0);
        Process.WaitUntil(() => _sweeps.Count > before, "the end of a sweep", limit);
        return _sweeps[^1];
    }

    private void Take(string line)
    {
        switch (line.Split(' '))
        {
            case ["sent", var what, var time]:
                lock (_sent)
                {
                    _sent.Add((what, At(time)));
                }

                break;
            case ["sent", var count, var first, var last]:
                _sweeps.Add(new Swept(int.Parse(count, CultureInfo.InvariantCulture), At(first), At(last)));
                break;
        }
    }

    private static DateTimeOffset At(string seconds) =>
        DateTimeOffset.UnixEpoch.AddTicks((long)(decimal.Parse(seconds, CultureInfo.InvariantCulture) * TimeSpan.TicksPerSecond));
}
