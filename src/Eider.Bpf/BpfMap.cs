// A map as the kernel knows it: type, sizes, descriptor, pin. Typed views over it (HashMap, ArrayMap and so on) do the reading and writing.

using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>
/// A BPF map, untyped. Three kinds: of a <see cref="BpfObject"/> (editable until the object is loaded, disposed with it), made by
/// <see cref="Create"/>, or opened from a pin or an id; the last two are the caller's to dispose.
/// <para>Disposal closes this process's descriptor; the map lives on while a program uses it or a pin holds it. Its members are thread-safe, except
/// disposal while another thread uses the map or a view of it.</para>
/// </summary>
public sealed partial class BpfMap : IDisposable
{
    private readonly BpfObject? owner;
    private readonly nint native;
    private Handle? handle;
    private MapInfo? shape;

    internal unsafe BpfMap(BpfObject owner, nint native)
    {
        this.owner = owner;
        this.native = native;
        Name = Text.FromPointer(Libbpf.bpf_map__name(native));
        Type = (MapType)Libbpf.bpf_map__type(native);
        WantsPin = Libbpf.bpf_map__pin_path(native) is not null;
    }

    private BpfMap(Handle handle, string name)
    {
        this.handle = handle;
        shape = ReadInfo(handle.Fd, name);
        Name = shape.Name.Length > 0 ? shape.Name : name;
        Type = shape.Type;
    }

    /// <summary>As declared in C; the kernel's own copy is cut at 15 octets, and only that is known of a map that was opened.</summary>
    public string Name { get; }

    public MapType Type { get; }

    /// <summary>Descriptor, valid until disposal.</summary>
    /// <exception cref="BpfPhaseException">The map's object is not loaded.</exception>
    public int Fd => handle is { } open ? open.Fd : throw NotLoaded();

    /// <summary>Octets of a key; 0 for maps without keys.</summary>
    public int KeySize => shape?.KeySize ?? (int)Libbpf.bpf_map__key_size(NativeWhileEditing());

    /// <summary>Octets of a value (of one CPU's value for per-CPU maps).</summary>
    public int ValueSize => shape?.ValueSize ?? (int)Libbpf.bpf_map__value_size(NativeWhileEditing());

    public MapFlags Flags => shape?.Flags ?? (MapFlags)Libbpf.bpf_map__map_flags(NativeWhileEditing());

    /// <summary>Room for entries; octets for a ring buffer. Can be set until the object is loaded.</summary>
    /// <exception cref="BpfPhaseException">Set after load.</exception>
    public uint MaxEntries
    {
        get => shape?.MaxEntries ?? Libbpf.bpf_map__max_entries(NativeWhileEditing());
        set
        {
            ExpectEditing("resize map");
            Check("resize", Libbpf.bpf_map__set_max_entries(native, value));
        }
    }

    internal bool WantsPin { get; private set; }

    /// <summary>Makes a map that belongs to no object. The caller disposes it.</summary>
    /// <param name="type">Of the map.</param>
    /// <param name="name">At most 15 octets of letters, digits, underscores and dots; the kernel refuses others.</param>
    /// <param name="keySize">Octets.</param>
    /// <param name="valueSize">Octets.</param>
    /// <param name="maxEntries">Room.</param>
    /// <param name="flags">Of creation.</param>
    /// <param name="inner">For a map of maps: one that has the shape of those it will hold.</param>
    /// <exception cref="BpfException">The kernel refuses.</exception>
    public static unsafe BpfMap Create(
        MapType type, string name, int keySize, int valueSize, uint maxEntries, MapFlags flags = MapFlags.None, BpfMap? inner = null)
    {
        Libbpf.Require();
        using var messages = LibbpfMessages.Collect();
        var options = new MapCreateOptions { Size = (nuint)sizeof(MapCreateOptions), Flags = (uint)flags, InnerMapFd = inner?.Fd ?? 0 };
        var fd = Libbpf.bpf_map_create((int)type, name, (uint)keySize, (uint)valueSize, maxEntries, &options);
        return fd >= 0 ? new BpfMap(new Handle(fd, name), name) : throw new BpfException("create map", name, -fd, suggestion: Suggestions.For(-fd, ""));
    }

    /// <summary>Opens a pinned map. The caller disposes it.</summary>
    /// <exception cref="BpfException">There is no such pin, or it is not a map's.</exception>
    public static BpfMap OpenPinned(string path) => new(Pins.Open(path, "map"), path);

    /// <summary>Opens a map by its kernel id, e.g. one found in a map of maps. The caller disposes it.</summary>
    /// <exception cref="BpfException">There is no such map, or CAP_SYS_ADMIN is missing.</exception>
    public static BpfMap OpenById(uint id)
    {
        Libbpf.Require();
        var fd = Libbpf.bpf_map_get_fd_by_id(id);
        return fd >= 0 ? new BpfMap(new Handle(fd, $"map {id}"), $"map {id}") : throw new BpfException("open map by id", id.ToString(), -fd);
    }

    /// <summary>Before load: uses this existing map in place of a new one. The maps must agree in type, sizes and flags.</summary>
    /// <exception cref="BpfException">There is no such pin.</exception>
    /// <exception cref="BpfPhaseException">The object is loaded.</exception>
    public void ReusePinned(string path)
    {
        ExpectEditing("reuse a pin for map");
        using var pinned = Pins.Open(path, "map");
        Check("reuse", Libbpf.bpf_map__reuse_fd(native, pinned.Fd));
        WantsPin = false;
    }

    /// <summary>Before load: pins this map in the directory given to <see cref="BpfObject.Load"/>, as <c>pinning</c> in its C declaration would.</summary>
    /// <exception cref="BpfPhaseException">The object is loaded.</exception>
    public void PinByName()
    {
        ExpectEditing("have pinned map");
        WantsPin = true;
    }

    /// <summary>Before load, for a map of maps: a map that has the shape of those it will hold.</summary>
    /// <exception cref="BpfPhaseException">The object is loaded.</exception>
    public void SetInnerShape(BpfMap inner)
    {
        ExpectEditing("shape map");
        Check("set inner shape of", Libbpf.bpf_map__set_inner_map_fd(native, inner.Fd));
    }

    /// <summary>Keeps the map in the kernel under a path of the BPF file system, until the path is removed.</summary>
    /// <exception cref="BpfException">The path exists or is not in a BPF file system.</exception>
    public void Pin(string path) => Pins.Pin(Fd, path, "map", Name);

    /// <summary>What the kernel knows of the map.</summary>
    public MapInfo Info() => ReadInfo(Fd, Name);

    public void Dispose() => handle?.Dispose();

    internal void SetPinPath(string? path) => Check("set pin path of", Libbpf.bpf_map__set_pin_path(native, path));

    internal void Adopt()
    {
        handle = new Handle(Libbpf.bpf_map__fd(native), Name, owned: false);
        shape = ReadInfo(handle.Fd, Name);
    }

    private nint NativeWhileEditing()
    {
        _ = owner!.Native;
        return native;
    }

    private void ExpectEditing(string action)
    {
        if (owner is null)
        {
            throw new BpfPhaseException($"cannot {action} {Name}: it exists already");
        }

        owner.Expect(loaded: false, $"{action} {Name}");
    }

    private BpfPhaseException NotLoaded()
    {
        _ = owner!.Native;
        return new BpfPhaseException($"cannot use map {Name}: object {owner.Name} is not loaded");
    }

    private void Check(string action, int result)
    {
        if (result < 0)
        {
            throw new BpfException($"{action} map", Name, -result);
        }
    }
}
