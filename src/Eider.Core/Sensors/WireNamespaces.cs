// Sensor: the network namespaces of this node's workloads, and which device of theirs is the other end of one of the node's.

using Eider.Bpf;

namespace Eider.Core.Sensors;

/// <summary>A network namespace other than the agent's.</summary>
/// <param name="Path">By which it can be entered while it lives.</param>
/// <param name="Cookie">By which programs know it.</param>
/// <param name="Number">By which devices of the agent's namespace know it; -1 where none leads there.</param>
/// <param name="Pid">Of a process in it; 0 where none is known.</param>
/// <param name="Devices">As it sees them.</param>
internal sealed record WireNamespace(string Path, ulong Cookie, int Number, int Pid, IReadOnlyList<NetworkDevice> Devices);

/// <summary>Finds namespaces through the processes in them and through <c>/run/netns</c>. A namespace is entered once, and again when asked to. Not thread-safe.</summary>
internal sealed class WireNamespaces
{
    private const string Mounted = "/run/netns";

    private readonly Dictionary<ulong, WireNamespace> known = [];
    private readonly ulong own = InodeOf("/proc/self/ns/net");

    public IReadOnlyCollection<WireNamespace> All => known.Values;

    /// <summary>Looks for namespaces that have come or gone.</summary>
    /// <param name="again">Enters those that are known again: their devices may have changed.</param>
    public void Refresh(bool again)
    {
        var found = Find();
        foreach (var gone in known.Keys.Except(found.Keys).ToArray())
        {
            known.Remove(gone);
        }

        foreach (var (inode, (path, pid)) in found)
        {
            if (again || !known.TryGetValue(inode, out var space))
            {
                Enter(inode, path, pid);
            }
            else if (space.Pid != pid || space.Path != path)
            {
                // A namespace is there before its first process, and outlives the one it was found by.
                known[inode] = space with { Path = path, Pid = pid };
            }
        }
    }

    /// <summary>Whether a known namespace can still be entered: one that was mounted leaves an empty file behind for a moment.</summary>
    public bool IsThere(WireNamespace space) => known.Any(entry => ReferenceEquals(entry.Value, space) && InodeOf(space.Path) == entry.Key);

    private void Enter(ulong inode, string path, int pid)
    {
        try
        {
            var (cookie, devices) = NetworkNamespace.Run(path, () => (NetworkNamespace.Cookie(), NetworkDevices.List()));
            known[inode] = new WireNamespace(path, cookie, NetworkNamespace.NumberOf(path), pid, devices);
        }
        catch (BpfException)
        {
            // Its last process has just ended, and it with it.
            known.Remove(inode);
        }
    }

    private Dictionary<ulong, (string Path, int Pid)> Find()
    {
        var found = new Dictionary<ulong, (string, int)>();
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process.AsSpan()), out var pid))
            {
                Note($"{process}/ns/net", pid);
            }
        }

        if (Directory.Exists(Mounted))
        {
            foreach (var path in Directory.EnumerateFiles(Mounted))
            {
                Note(path, 0);
            }
        }

        return found;

        void Note(string path, int pid)
        {
            var inode = InodeOf(path);
            if (inode != 0 && inode != own && !found.TryAdd(inode, (path, pid)) && pid == 0)
            {
                // What is mounted outlives the process it was found by.
                found[inode] = (path, found[inode].Item2);
            }
        }
    }

    /// <summary>A process's namespace is a link named <c>net:[4026531840]</c>; a mounted one is the inode itself.</summary>
    private static ulong InodeOf(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: false)?.Name is { } name
                ? ulong.Parse(name.AsSpan("net:[".Length, name.Length - "net:[]".Length))
                : Inode.Of(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or ArgumentOutOfRangeException)
        {
            return 0; // gone since it was listed
        }
    }
}
