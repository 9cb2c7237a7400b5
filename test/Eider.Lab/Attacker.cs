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

/// <summary>An attempt at a resolver's cache that is over.</summary>
/// <param name="Rounds">Questions that the resolver was made to ask.</param>
/// <param name="Name">The name for which it believed a forged answer; null where it believed none.</param>
public sealed record Poisoning(int Packets, DateTimeOffset First, DateTimeOffset Last, int Rounds, string? Name);

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
    private readonly List<Poisoning> _poisonings = [];

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
    /// <param name="servers">By IPv4, and by IPv6 where clients are guessed at by that.</param>
    public static Attacker Guessing(Pod pod, params IPAddress[] servers) =>
        new(take => pod.Start(take, Python, ["-B", ScriptPath("attacker.py"), "guess", .. servers.Select(server => $"{server}")]));

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

    /// <summary>Has a resolver ask for random names below a domain, and guesses the ids of its questions, until it believes an answer or the time is over.</summary>
    /// <param name="port">From which the resolver asks.</param>
    /// <param name="rate">Packets a second.</param>
    public Poisoning Poison(IPAddress resolver, int port, string domain, int rate, TimeSpan limit)
    {
        AwaitReady();
        var before = _poisonings.Count;
        Process.Write($"poison {resolver} {port} {domain} {rate} {limit.TotalSeconds:0}\n");
        Process.WaitUntil(() => _poisonings.Count > before, "the end of a poisoning", AgentProcess.Patience + limit);
        return _poisonings[^1];
    }

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
            case ["sent", var count, var first, var last, var rounds, var name]:
                _poisonings.Add(new Poisoning(int.Parse(count, CultureInfo.InvariantCulture), At(first), At(last), int.Parse(rounds, CultureInfo.InvariantCulture), name == "-" ? null : name));
                break;
            case ["sent", var count, var first, var last]:
                _sweeps.Add(new Swept(int.Parse(count, CultureInfo.InvariantCulture), At(first), At(last)));
                break;
        }
    }

    private static DateTimeOffset At(string seconds) =>
        DateTimeOffset.UnixEpoch.AddTicks((long)(decimal.Parse(seconds, CultureInfo.InvariantCulture) * TimeSpan.TicksPerSecond));
}
