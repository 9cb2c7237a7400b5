// An attachment of a program to a hook, and how long it lasts.

using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>
/// A program on its hook. <see cref="Dispose"/> detaches it unless it is pinned; a process that ends detaches what it has not pinned. There is no
/// finalizer: a link that is merely forgotten stays attached until the process ends. Thread-safe.
/// </summary>
public sealed partial class BpfLink : IDisposable
{
    private Handle handle;
    private readonly ClassicFilter? filter;
    private readonly string name;

    internal BpfLink(Handle handle, string name, ClassicFilter? filter = null)
    {
        this.handle = handle;
        this.name = name;
        this.filter = filter;
    }

    /// <summary>Descriptor, valid until disposal: of the kernel's link, or of the program for a classic tc filter.</summary>
    public int Fd => handle.Fd;

    /// <summary>Where this instance pinned the link or found it; null when it is not known to be pinned.</summary>
    public string? PinPath { get; private set; }

    /// <summary>Opens a pinned link, e.g. after a restart. Disposing it leaves it attached.</summary>
    /// <exception cref="BpfException">There is no such pin, or it is not a link's; a classic tc filter's pin whose filter is gone gives ENOENT.</exception>
    public static BpfLink OpenPinned(string path)
    {
        if (ClassicFilter.FindPinned(path) is { } found)
        {
            return new BpfLink(found.Program, path, found.Filter) { PinPath = path };
        }

        return new BpfLink(Pins.Open(path, "link"), path) { PinPath = path };
    }

    /// <summary>Keeps the program attached beyond this process, until <see cref="Unpin"/> or until the path is removed. (A classic tc filter lasts beyond
    /// its path and must be detached.)</summary>
    /// <exception cref="BpfException">The path exists or is not in a BPF file system.</exception>
    public void Pin(string path)
    {
        Pins.Pin(Fd, path, "link", name);
        PinPath = path;
    }

    /// <summary>Removes the pin; from now on disposal detaches.</summary>
    public void Unpin()
    {
        if (PinPath is { } path)
        {
            Pins.Remove(path);
            PinPath = null;
        }
    }

    /// <summary>Puts another program of the same type in the place of this one, without a moment between them.</summary>
    /// <exception cref="BpfException">EINVAL for hooks that cannot (tracing).</exception>
    public unsafe void Update(BpfProgram program)
    {
        var result = filter is null ? Libbpf.bpf_link_update(Fd, program.Fd, null) : filter.Replace(program.Fd);
        if (result < 0)
        {
            throw new BpfException("update link of", name, -result, suggestion: -result == Errno.Invalid ? "this type of link cannot be updated: detach and attach" : null);
        }

        if (filter is not null)
        {
            FollowProgram(program);
        }
    }

    /// <summary>Detaches at once, pinned or not, and removes the pin. The link stays a valid object without a hook until disposal.</summary>
    /// <exception cref="BpfException">EOPNOTSUPP for hooks that only detach by disposal (tracing).</exception>
    public void Detach()
    {
        Unpin();
        var result = filter is null ? Libbpf.bpf_link_detach(Fd) : filter.Detach();
        if (result < 0)
        {
            throw new BpfException("detach link of", name, -result);
        }
    }

    /// <summary>What the kernel knows of the attachment.</summary>
    public LinkInfo Info() => filter is null ? LinkInfo.Read(Fd, name) : filter.Info(Fd);

    public void Dispose()
    {
        if (filter is not null && PinPath is null)
        {
            _ = filter.Detach();
        }

        handle.Dispose();
    }

    /// <summary>A classic filter is held and pinned by its program, so both change with it.</summary>
    private void FollowProgram(BpfProgram program)
    {
        Interlocked.Exchange(ref handle, Handle.Duplicate(program.Fd, $"filter of {name}")).Dispose();
        if (PinPath is { } path)
        {
            Pins.Remove(path);
            Pins.Pin(Fd, path, "link", name);
        }
    }
}
