// One program of an object.

using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>
/// A program of a <see cref="BpfObject"/>. <see cref="AutoLoad"/> can be set until the object is loaded; attaching, pinning, test-running and
/// <see cref="Info"/> come after. Lives as long as its object; what was attached lives on through its <see cref="BpfLink"/>. Thread-safe after load.
/// </summary>
public sealed partial class BpfProgram
{
    private readonly BpfObject owner;
    private int fd = -1;

    internal unsafe BpfProgram(BpfObject owner, nint native)
    {
        this.owner = owner;
        Native = native;
        Name = Text.FromPointer(Libbpf.bpf_program__name(native));
        Section = Text.FromPointer(Libbpf.bpf_program__section_name(native));
        Type = (ProgramType)Libbpf.bpf_program__type(native);
        AttachType = (AttachType)Libbpf.bpf_program__expected_attach_type(native);
    }

    /// <summary>The C function's name.</summary>
    public string Name { get; }

    /// <summary>The ELF section, e.g. <c>cgroup_skb/ingress</c>.</summary>
    public string Section { get; }

    public ProgramType Type { get; }

    /// <summary>What the section says it attaches to; 0 (<see cref="AttachType.CgroupInetIngress"/>) also for types that need none.</summary>
    public AttachType AttachType { get; }

    /// <summary>False: the object loads without this program, e.g. because the kernel has no hook for it. True unless set, or the section name starts with '?'.</summary>
    /// <exception cref="BpfPhaseException">Set after load.</exception>
    public bool AutoLoad
    {
        get => Libbpf.bpf_program__autoload(NativeChecked()) != 0;
        set
        {
            owner.Expect(loaded: false, $"switch program {Name} on or off");
            _ = Libbpf.bpf_program__set_autoload(Native, value ? (byte)1 : (byte)0);
        }
    }

    /// <summary>Descriptor, valid until the object's disposal.</summary>
    /// <exception cref="BpfPhaseException">The object is not loaded, or was loaded without this program.</exception>
    public int Fd
    {
        get
        {
            _ = owner.Native;
            return fd >= 0 ? fd : throw NotLoaded();
        }
    }

    internal nint Native { get; }

    /// <summary>Keeps the program in the kernel under a path of the BPF file system, until the path is removed. Does not keep it attached: see <see cref="BpfLink.Pin"/>.</summary>
    /// <exception cref="BpfException">The path exists or is not in a BPF file system.</exception>
    public void Pin(string path) => Pins.Pin(Fd, path, "program", Name);

    /// <summary>What the kernel knows of the program; run time and run count advance only while <see cref="BpfStats"/> are on.</summary>
    public ProgramInfo Info() => ProgramInfo.Read(Fd, Name);

    internal void Adopt() => fd = Libbpf.bpf_program__fd(Native);

    private nint NativeChecked()
    {
        _ = owner.Native;
        return Native;
    }

    private BpfPhaseException NotLoaded() => new(owner.IsLoaded
        ? $"cannot use program {Name}: object {owner.Name} was loaded without it (AutoLoad is off)"
        : $"cannot use program {Name}: object {owner.Name} is not loaded");
}
