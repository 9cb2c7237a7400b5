// The walk behind CgroupPath: one component after the other, outermost first, so that the innermost name wins.

using System.Buffers;

namespace Eider.Core.Enrich;

internal ref struct CgroupPathReader
{
    private const int ContainerIdLength = 64;
    private const int StaticPodUidLength = 32;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private ReadOnlySpan<char> _previous;
    private bool _belowUserSlice;
    private bool _belowKubepods;
    private string? _unit;
    private string? _slice;
    private string? _containerId;
    private string? _runtime;
    private string? _podUid;

    public readonly CgroupPath Result => _unit is null && _slice is null && _containerId is null && _podUid is null
        ? CgroupPath.None
        : new CgroupPath(_unit, _slice, _containerId, _runtime, _podUid);

    public void Read(ReadOnlySpan<char> component)
    {
        if (!ReadColons(component) && !ReadPod(component) && !ReadContainer(component) && !ReadMachine(component))
        {
            ReadUnit(component);
        }

        _belowUserSlice |= component is "user.slice" && _previous.IsEmpty;
        _previous = component;
    }

    // "<slice>:<runtime>:<id>", systemd's notation, becomes a directory's name when the runtime uses the cgroupfs driver under a kubelet with systemd's.
    private bool ReadColons(ReadOnlySpan<char> component)
    {
        var first = component.IndexOf(':');
        var last = component.LastIndexOf(':');
        if (first < 0 || first == last || !IsContainerId(component[(last + 1)..]))
        {
            return false;
        }

        ReadPod(component[..first]);
        SetContainer(component[(last + 1)..], component[(first + 1)..last]);
        return true;
    }

    private bool ReadPod(ReadOnlySpan<char> component)
    {
        _belowKubepods |= component is "kubepods" || IsKubepodsSlice(component);
        if (!_belowKubepods || _belowUserSlice)
        {
            return false;
        }

        var isSlice = component.EndsWith(".slice");
        var name = isSlice ? component[..^".slice".Length] : component;
        var at = isSlice ? name.LastIndexOf("-pod") + 1 : 0;
        if ((isSlice && at == 0) || !name[at..].StartsWith("pod") || PodUid(name[(at + 3)..]) is not { } uid)
        {
            return false;
        }

        // A new pod: what was around it (a kind node in a container, the runtime's service) is not what runs in it.
        (_podUid, _containerId, _runtime, _unit) = (uid, null, null, null);
        _slice = isSlice ? component.ToString() : _slice;
        return true;
    }

    private bool ReadContainer(ReadOnlySpan<char> component)
    {
        var isScope = component.EndsWith(".scope");
        var name = isScope ? component[..^".scope".Length] : component;
        if (name.Length < ContainerIdLength || !IsContainerId(name[^ContainerIdLength..]))
        {
            return false;
        }

        var prefix = name[..^ContainerIdLength];
        if (prefix.IsEmpty)
        {
            SetContainer(name, _previous);
            return true;
        }

        // conmon watches the container from outside.
        if (prefix[^1] != '-' || prefix.Contains("conmon", StringComparison.Ordinal))
        {
            return false;
        }

        var unit = _unit;
        SetContainer(name[^ContainerIdLength..], prefix[..^1]);
        // Podman splits the cgroup of the service that runs it: that service is the unit a person knows.
        _unit = prefix is "libpod-payload-" ? unit : _unit;
        return true;
    }

    private bool ReadMachine(ReadOnlySpan<char> component)
    {
        if (TryCut(component, "lxc.payload.", "", out var name) || (_previous is "lxc" or "lxc.payload" && TryCut(component, "", "", out name)))
        {
            SetContainer(name, "lxc");
            return true;
        }

        if (!TryCut(component, "systemd-nspawn@", ".service", out name) && !TryCut(component, "machine-", ".scope", out name))
        {
            return false;
        }

        // libvirt registers its virtual machines too; what runs in such a scope is the host's qemu.
        if (!name.StartsWith(@"qemu\x2d"))
        {
            SetContainer(SystemdName.Unescape(name), name.StartsWith(@"lxc\x2d") ? "lxc" : "nspawn");
        }

        _unit = component.ToString();
        return true;
    }

    private static bool TryCut(ReadOnlySpan<char> text, string start, string end, out ReadOnlySpan<char> between)
    {
        var isCut = text.Length > start.Length + end.Length && text.StartsWith(start) && text.EndsWith(end);
        between = isCut ? text[start.Length..^end.Length] : default;
        return isCut;
    }

    private void ReadUnit(ReadOnlySpan<char> component)
    {
        // systemd puts an underscore before names the kernel would take for its own files.
        var name = component.StartsWith("_") ? component[1..] : component;
        if (name.EndsWith(".slice"))
        {
            _slice = name.ToString();
        }
        else if (name.EndsWith(".service") || name.EndsWith(".scope") || name.EndsWith(".socket") || name.EndsWith(".mount") || name.EndsWith(".swap"))
        {
            _unit = name.ToString();
        }
    }

    private void SetContainer(ReadOnlySpan<char> id, ReadOnlySpan<char> madeBy)
    {
        _containerId = id.ToString();
        _unit = null;
        _runtime = madeBy switch
        {
            "docker" => "docker",
            "cri-containerd" or "nerdctl" or "containerd" or "default" or "k8s.io" => "containerd",
            "crio" => "cri-o",
            "libpod" or "libpod-payload" or "libpod_parent" => "podman",
            "lxc" => "lxc",
            "nspawn" => "nspawn",
            _ => null,
        };
    }

    private static bool IsContainerId(ReadOnlySpan<char> text) => text.Length == ContainerIdLength && !text.ContainsAnyExcept(HexDigits);

    // "kubepods.slice", or with a prefix where kubelet has a --cgroup-root ("kubelet-kubepods.slice"), and their children.
    private static bool IsKubepodsSlice(ReadOnlySpan<char> component)
    {
        var at = component.IndexOf("kubepods");
        return at >= 0 && component.EndsWith(".slice") && (at == 0 || component[at - 1] == '-') && component[at + "kubepods".Length] is '.' or '-';
    }

    private static string? PodUid(ReadOnlySpan<char> text)
    {
        // A dash is a slice's separator, so kubelet writes underscores there.
        Span<char> uid = stackalloc char[36];
        if (text.Length > uid.Length)
        {
            return null;
        }

        text.Replace(uid, '_', '-');
        uid = uid[..text.Length];
        var isStatic = uid.Length == StaticPodUidLength && !uid.ContainsAnyExcept(HexDigits);
        return isStatic || (Guid.TryParseExact(uid, "D", out _) && !uid.ContainsAnyInRange('A', 'F')) ? uid.ToString() : null;
    }
}
