// The load phase: maps are created or adopted from their pins, programs are verified.

using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <param name="PinDirectory">A directory in a BPF file system, made if absent: maps whose source asks for pinning by name are pinned there, or adopted
/// from there when their type, sizes and flags agree. Null pins nothing, whatever the source asks for.</param>
/// <param name="Verbose">Keep the verifier's log of successful loads in <see cref="BpfObject.LoadLog"/>; slow and large.</param>
public sealed record BpfLoadOptions(string? PinDirectory = null, bool Verbose = false);

public sealed partial class BpfObject
{
    private byte[] elf = [];

    /// <summary>Creates the maps and has the kernel verify the programs. Once per object, whether it succeeds or not; a failed load leaves nothing in the kernel.</summary>
    /// <exception cref="BpfException">A map or program was refused; it names which, why, where in the source, and what to do.</exception>
    /// <exception cref="BpfPhaseException">The object was loaded before.</exception>
    public void Load(BpfLoadOptions? options = null)
    {
        Expect(loaded: false, "load");
        options ??= new();
        ApplyPins(options.PinDirectory);
        var result = options.Verbose ? LoadVerbosely() : LoadQuietly();
        if (result < 0)
        {
            phase = Phase.Failed;
            throw Failed(VerifierLog.ErrnoOf(-result, LoadLog));
        }

        phase = Phase.Loaded;
        elf = [];
        foreach (var program in Programs)
        {
            program.Adopt();
        }

        foreach (var map in Maps)
        {
            map.Adopt();
        }
    }

    /// <summary>Before load: puts the maps of another object, by their names, in the place of this one's own, global variables with them. So the programs of one file can
    /// be verified on several threads, each by an object that loads some of them.</summary>
    /// <param name="loaded">It may be disposed once this object is loaded.</param>
    /// <exception cref="BpfMismatchException">It lacks one of the maps.</exception>
    /// <exception cref="BpfPhaseException">It is not loaded, or this object is.</exception>
    public void ReuseMapsOf(BpfObject loaded)
    {
        Expect(loaded: false, "reuse maps");
        loaded.Expect(loaded: true, "share maps");
        for (var map = Libbpf.bpf_object__next_map(native, 0); map != 0; map = Libbpf.bpf_object__next_map(native, map))
        {
            var name = NameOf(map);
            var theirs = Libbpf.bpf_object__find_map_by_name(loaded.native, name);
            if (theirs == 0)
            {
                throw new BpfMismatchException($"object {loaded.Name} has no map \"{name}\" to share with object {Name}");
            }

            var result = Libbpf.bpf_map__reuse_fd(map, Libbpf.bpf_map__fd(theirs));
            if (result < 0)
            {
                throw new BpfException("reuse map", name, -result);
            }
        }
    }

    private static unsafe string NameOf(nint map) => Text.FromPointer(Libbpf.bpf_map__name(map));

    private BpfException Failed(int errno)
    {
        var failure = LoadFailure.Read(LoadLog, text => LineInfo.Find(elf, text));
        var suggestion = Suggestions.For(errno, LoadLog);
        return failure switch
        {
            { Program: { } program } => new BpfException("load program", program, errno, failure, suggestion),
            { Map: { } map } => new BpfException("create map", map, errno, failure, suggestion),
            _ => new BpfException("load object", Name, errno, failure, suggestion),
        };
    }

    /// <summary>libbpf gives a map that asks for pinning a path below /sys/fs/bpf at open; here that path is moved or taken away.</summary>
    private void ApplyPins(string? directory)
    {
        foreach (var map in Maps.Where(map => map.WantsPin))
        {
            map.SetPinPath(directory is null ? null : Path.Combine(directory, map.Name));
        }

        if (directory is not null)
        {
            PinDirectories.Make(directory);
        }
    }

    /// <summary>The verifier is asked for its log when it refuses only, and into a buffer of ours: into one of its own libbpf would have a program that is
    /// too complex verified over and over, with a larger buffer each time, for minutes.</summary>
    private int LoadQuietly()
    {
        using var log = new VerifierLog();
        foreach (var program in Programs)
        {
            log.LendTo(program.Native);
        }

        using var messages = LibbpfMessages.Collect();
        var result = Libbpf.bpf_object__load(native);
        LoadLog = messages.ToString() + (result < 0 ? log.Read() : "");
        foreach (var program in Programs)
        {
            VerifierLog.TakeFrom(program.Native);
        }

        return result;
    }

    private int LoadVerbosely()
    {
        const uint Instructions = 1;
        foreach (var program in Programs)
        {
            _ = Libbpf.bpf_program__set_log_level(program.Native, Instructions);
        }

        using var messages = LibbpfMessages.Collect(debug: true);
        var result = Libbpf.bpf_object__load(native);
        LoadLog = messages.ToString();
        return result;
    }
}
