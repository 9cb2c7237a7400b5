// What policies select: a control group laid out as kubelet does it, with or without a network of its own.

using System.Security.Cryptography;
using System.Text;

namespace Eider.Lab;

/// <summary>Part of a <see cref="Lab"/>; lives as long as the lab.</summary>
public abstract class Workload
{
    private protected Workload(Slot slot, string name, int host)
    {
        Name = name;
        Uid = $"{host:x8}{slot.PodUidSuffix}";
        ContainerId = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{slot.Number}/{name}")));
        CgroupPath = CgroupTree.ContainerPath(Uid, ContainerId);
        CgroupTree.Create(CgroupPath);
    }

    public string Name { get; }

    public string Uid { get; }

    /// <summary>64 hexadecimal digits.</summary>
    public string ContainerId { get; }

    /// <summary>Below the cgroup v2 mount, with leading slash.</summary>
    public string CgroupPath { get; }

    /// <summary>Starts a program inside. The pid is the program's own: the shell and ip that lead there exec into it.</summary>
    public LabProcess Start(string program, params string[] arguments) => Start(onOutput: null, program, arguments);

    /// <summary>The same in another cgroup, which is made where it is not there.</summary>
    /// <param name="cgroup">From the workload's own, such as <c>nested</c> or <c>../sibling.scope</c>.</param>
    public LabProcess StartIn(string cgroup, string program, params string[] arguments)
    {
        var path = Path.GetFullPath(Path.Combine(CgroupPath, cgroup));
        CgroupTree.Create(path);
        return Start(path, onOutput: null, program, arguments);
    }

    /// <param name="onOutput">Called with each line of standard output as it comes.</param>
    internal LabProcess Start(Action<string>? onOutput, string program, params string[] arguments) => Start(CgroupPath, onOutput, program, arguments);

    private LabProcess Start(string cgroup, Action<string>? onOutput, string program, string[] arguments) => LabProcess.Start("/bin/sh",
        ["-c", "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"", CgroupTree.MountPoint + cgroup, .. Entrance, program, .. arguments], onOutput);

    /// <summary>Runs a program inside to its end, at most 30 s.</summary>
    public Finished Run(string program, params string[] arguments)
    {
        using var running = Start(program, arguments);
        running.CloseInput();
        return running.Wait(TimeSpan.FromSeconds(30));
    }

    /// <summary>Moves a process in, as it runs.</summary>
    public void Adopt(LabProcess process) => File.WriteAllText($"{CgroupTree.MountPoint}{CgroupPath}/cgroup.procs", $"{process.Pid}");

    /// <summary>The command that leads into its network.</summary>
    private protected abstract string[] Entrance { get; }
}

/// <summary>A workload on the host's own network, as a pod with hostNetwork is.</summary>
public sealed class HostWorkload : Workload
{
    internal HostWorkload(Slot slot, string name, int host)
        : base(slot, name, host)
    {
    }

    private protected override string[] Entrance => [];
}
