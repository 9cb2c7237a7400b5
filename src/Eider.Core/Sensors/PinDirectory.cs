// Sensor: what stays in the kernel when the agent ends, so that what is denied stays denied, and how the next agent takes it over.

using Eider.Bpf;

namespace Eider.Core.Sensors;

/// <summary>A directory of the BPF file system that holds one version's maps and links. The version of the layouts is part of its name: an agent of
/// another version puts its own beside it, takes over the policies, and removes the old one when its own enforce.</summary>
/// <param name="Root">E.g. <c>/sys/fs/bpf/eider</c>.</param>
public sealed record PinDirectory(string Root)
{
    /// <summary>EIDER_ABI_VERSION of bpf/abi.h.</summary>
    public const int AbiVersion = 14;

    public const string DefaultRoot = "/sys/fs/bpf/eider";

    private const string VersionPrefix = "abi-";

    /// <summary>Not pinned: the ring has one reader, and each agent brings its own.</summary>
    private const string Ring = "events";

    private string Directory => Path.Combine(Root, $"{VersionPrefix}{AbiVersion}");

    private string Maps => Path.Combine(Directory, "maps");

    private string Links => Path.Combine(Directory, "links");

    /// <summary>True when an earlier agent left something here.</summary>
    public bool IsInUse => System.IO.Directory.Exists(Links);

    /// <summary>Loads an object on the maps that are pinned already, and pins the others.</summary>
    /// <exception cref="BpfException">A pinned map has another shape, or there is no BPF file system.</exception>
    public void Load(BpfObject programs)
    {
        System.IO.Directory.CreateDirectory(Maps);
        System.IO.Directory.CreateDirectory(Links);
        foreach (var map in programs.Maps.Where(map => map.Name != Ring && !map.Name.Contains('.', StringComparison.Ordinal)))
        {
            map.PinByName();
        }

        programs.Load(new BpfLoadOptions(PinDirectory: Maps));
    }

    /// <summary>Says that an agent runs on what is pinned here, for as long as the lock is held. Agents do not exclude each other; <see cref="TryClaimAlone"/> does.</summary>
    /// <exception cref="BpfException">There is no BPF file system.</exception>
    /// <exception cref="IOException">The pins are being removed.</exception>
    public DirectoryLock Claim()
    {
        System.IO.Directory.CreateDirectory(Root);
        return DirectoryLock.TryTake(Root, shared: true) ?? throw new IOException($"{Root} is being removed by `eider uninstall`");
    }

    /// <summary>Keeps agents from starting, so that pins can be removed.</summary>
    /// <param name="claim">Null where nothing is pinned.</param>
    /// <returns>False where an agent runs.</returns>
    public bool TryClaimAlone(out DirectoryLock? claim)
    {
        claim = null;
        return !System.IO.Directory.Exists(Root) || (claim = DirectoryLock.TryTake(Root, shared: false)) is not null;
    }

    /// <summary>Attaches a program and pins the link, or replaces the program of the link that is pinned by this name.</summary>
    public BpfLink Attach(BpfProgram program, string name, Func<BpfLink> attach)
    {
        var path = Path.Combine(Links, name);
        if (File.Exists(path))
        {
            var pinned = BpfLink.OpenPinned(path);
            try
            {
                pinned.Update(program);
                return pinned;
            }
            catch (BpfException)
            {
                // Its hook is gone (a device that went and came again): the pin holds nothing.
                pinned.Unpin();
                pinned.Dispose();
            }
        }

        var link = attach();
        link.Pin(path);
        return link;
    }

    /// <summary>Removes links that an earlier agent left on devices that are no more.</summary>
    /// <param name="prefix">Of their names.</param>
    /// <param name="except">Paths that stay.</param>
    public void RemoveLinks(string prefix, IEnumerable<string?> except)
    {
        foreach (var path in System.IO.Directory.GetFiles(Links, prefix + "*").Except(except))
        {
            File.Delete(path!);
        }
    }

    /// <summary>Removes what agents of other versions left: called once this version enforces.</summary>
    /// <returns>Directories removed.</returns>
    public int RemoveOthers()
    {
        var others = System.IO.Directory.Exists(Root)
            ? System.IO.Directory.GetDirectories(Root, VersionPrefix + "*").Where(path => path != Directory).ToArray()
            : [];
        foreach (var other in others)
        {
            RemoveTree(other);
        }

        return others.Length;
    }

    /// <summary>Detaches and removes everything, of all versions.</summary>
    public void RemoveAll() => RemoveTree(Root);

    /// <summary>Links before maps, so that no program is left on maps that nobody can reach.</summary>
    private static void RemoveTree(string path)
    {
        if (!System.IO.Directory.Exists(path))
        {
            return;
        }

        foreach (var directory in System.IO.Directory.GetDirectories(path).Order())
        {
            RemoveTree(directory);
        }

        foreach (var file in System.IO.Directory.GetFiles(path))
        {
            File.Delete(file);
        }

        System.IO.Directory.Delete(path);
    }
}
