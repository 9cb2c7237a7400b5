// A place for what agents of a lab leave in force, apart from what is in force on this machine, and gone for certain with the lab's process.

namespace Eider.Lab;

/// <summary>A mount namespace with a BPF file system and an empty /var/lib/eider of its own. A process holds it open until its input ends: on Dispose, or when
/// this process ends in whatever way. With the last process in it go the pins, and what they kept attached.</summary>
public sealed class PinSpace : IDisposable
{
    private const string Hold = "mkdir -p /var/lib/eider && mount -t tmpfs tmpfs /var/lib/eider && mount -t bpf bpf /sys/fs/bpf && echo ready && exec cat";

    /// <summary>Holds the place open; nothing else.</summary>
    internal LabProcess Holder { get; }

    /// <exception cref="LabException">Not root.</exception>
    public PinSpace()
    {
        // Namespaces of pods that are made from now on have to be seen inside: mounts come in, and none goes out.
        Holder = LabProcess.Start("unshare", ["--mount", "--propagation", "slave", "/bin/sh", "-c", Hold]);
        try
        {
            Holder.WaitFor("ready", AgentProcess.Patience);
        }
        catch
        {
            Holder.Dispose();
            throw;
        }
    }

    /// <summary>The command that leads inside; the program it runs keeps the pid.</summary>
    public string[] Entrance => ["nsenter", $"--mount=/proc/{Holder.Pid}/ns/mnt", "--"];

    /// <summary>Pins of agents, as paths below the BPF file system.</summary>
    public IReadOnlyList<string> Pinned() =>
        Run("find", "/sys/fs/bpf", "-mindepth", "1", "-path", "*eider*").MustSucceed("find").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Runs a program inside to its end, at most 30 s.</summary>
    public Finished Run(string program, params string[] arguments) => Command.Run(Entrance[0], [.. Entrance[1..], program, .. arguments]);

    public void Dispose() => Holder.Dispose();
}
