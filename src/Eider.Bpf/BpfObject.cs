// An object file on its way into the kernel: open, edit, load. The first thing a user of this library meets.

using System.Runtime.InteropServices;
using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>
/// A compiled BPF object (ELF, with BTF): its programs, maps and global variables.
/// <para>Phases: <b>open</b> (<see cref="Open"/> reads the file), <b>edit</b> (set globals, resize or reuse maps, switch programs off), <b>load</b>
/// (<see cref="Load"/> creates the maps and verifies the programs), then programs can be attached and maps read. A call in the wrong phase throws
/// <see cref="BpfPhaseException"/>.</para>
/// <para>Lifetime: <see cref="Dispose"/> closes the programs and maps; what is attached through a <see cref="BpfLink"/> or pinned lives on in the kernel.
/// There is no finalizer. Not thread-safe; the maps' own methods are, as long as the object is not disposed under them.</para>
/// </summary>
public sealed partial class BpfObject : IDisposable
{
    private readonly nint native;
    private Phase phase = Phase.Editing;
    private Btf? btf;

    private enum Phase
    {
        Editing,
        Loaded,
        Failed,
        Disposed,
    }

    private BpfObject(nint native, string name)
    {
        this.native = native;
        Name = name;
        Programs = [.. ReadPrograms()];
        Maps = [.. ReadMaps()];
    }

    /// <summary>As given to <see cref="Open"/>, or the file's name without its extensions.</summary>
    public string Name { get; }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<BpfProgram> Programs { get; }

    /// <summary>The maps that the source declares; global variables are not among them.</summary>
    public IReadOnlyList<BpfMap> Maps { get; }

    public bool IsLoaded => phase == Phase.Loaded;

    /// <summary>What libbpf and the verifier said during <see cref="Load"/>; the verifier's words on success only with <see cref="BpfLoadOptions.Verbose"/>.</summary>
    public string LoadLog { get; private set; } = "";

    internal nint Native
    {
        get
        {
            ObjectDisposedException.ThrowIf(phase == Phase.Disposed, this);
            return native;
        }
    }

    /// <summary>Reads an object from memory; the octets are not needed afterwards.</summary>
    /// <param name="elf">An ELF file as clang -target bpf -g writes it.</param>
    /// <param name="name">For messages; the kernel shows its first letters as a prefix of the maps that hold global variables.</param>
    /// <exception cref="BpfException">It is not a BPF object.</exception>
    /// <exception cref="LibbpfMissingException">libbpf is not installed.</exception>
    public static unsafe BpfObject Open(ReadOnlySpan<byte> elf, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Libbpf.Require();
        using var messages = LibbpfMessages.Collect();
        fixed (byte* octets = elf)
        {
            var cName = Marshal.StringToCoTaskMemUTF8(name);
            try
            {
                var options = new OpenOptions { Size = (nuint)sizeof(OpenOptions), ObjectName = (byte*)cName };
                var native = Libbpf.bpf_object__open_mem(octets, (nuint)elf.Length, &options);
                var errno = Marshal.GetLastPInvokeError();
                return native != 0
                    ? new BpfObject(native, name) { elf = elf.ToArray() }
                    : throw new BpfException("open object", name, errno, LoadFailure.Read(messages.ToString()), OpenMend(errno));
            }
            finally
            {
                Marshal.FreeCoTaskMem(cName);
            }
        }
    }

    /// <summary>Reads an object file.</summary>
    /// <exception cref="BpfException">It is not a BPF object.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static BpfObject OpenFile(string path) => Open(File.ReadAllBytes(path), Path.GetFileName(path).Split('.')[0]);

    /// <exception cref="BpfMismatchException">There is no such program; the message lists those there are.</exception>
    public BpfProgram Program(string name) => Programs.FirstOrDefault(program => program.Name == name)
        ?? throw new BpfMismatchException($"object {Name} has no program \"{name}\"; it has {Listed(Programs.Select(program => program.Name))}");

    /// <exception cref="BpfMismatchException">There is no such map; the message lists those there are.</exception>
    public BpfMap Map(string name) => Maps.FirstOrDefault(map => map.Name == name)
        ?? throw new BpfMismatchException($"object {Name} has no map \"{name}\"; it has {Listed(Maps.Select(map => map.Name))}");

    /// <summary>Closes programs and maps. Thread-safe against a second call only.</summary>
    public void Dispose()
    {
        if (phase == Phase.Disposed)
        {
            return;
        }

        phase = Phase.Disposed;
        foreach (var map in Maps)
        {
            map.Dispose();
        }

        foreach (var memory in live.Values)
        {
            memory.Dispose();
        }

        using var messages = LibbpfMessages.Collect();
        Libbpf.bpf_object__close(native);
    }

    internal void Expect(bool loaded, string action)
    {
        ObjectDisposedException.ThrowIf(phase == Phase.Disposed, this);
        if (phase == Phase.Failed)
        {
            throw new BpfPhaseException($"cannot {action}: the load of object {Name} failed; open it anew");
        }

        if (IsLoaded != loaded)
        {
            throw new BpfPhaseException($"cannot {action}: object {Name} is {(loaded ? "not loaded yet" : "loaded already")}");
        }
    }

    private static string? OpenMend(int errno) => errno switch
    {
        Errno.NoMemory => null,
        _ => "the file must be an ELF object for BPF with BTF: compile it with clang -target bpf -g -O2",
    };

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } list ? list : "none";

    private IEnumerable<BpfProgram> ReadPrograms()
    {
        for (var program = Libbpf.bpf_object__next_program(native, 0); program != 0; program = Libbpf.bpf_object__next_program(native, program))
        {
            yield return new BpfProgram(this, program);
        }
    }

    private IEnumerable<BpfMap> ReadMaps()
    {
        for (var map = Libbpf.bpf_object__next_map(native, 0); map != 0; map = Libbpf.bpf_object__next_map(native, map))
        {
            if (Libbpf.bpf_map__is_internal(map) == 0)
            {
                yield return new BpfMap(this, map);
            }
        }
    }
}
