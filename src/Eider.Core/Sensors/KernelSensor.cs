// Sensor: the kernel programs as one thing that is loaded, attached and read.

using System.Collections.Immutable;
using Eider.Bpf;
using Eider.Core.Abi;

namespace Eider.Core.Sensors;

public sealed record SensorOptions
{
    /// <summary>UDP and TCP ports that are taken for DNS.</summary>
    public ImmutableArray<ushort> Ports { get; init; } = [53, 5353];

    /// <summary>Octets of the ring; a power of two and a multiple of the page size.</summary>
    public uint RingSize { get; init; } = 4 << 20;

    /// <summary>False: there will be no policies, and what could only judge is not loaded, nor its verification waited for.</summary>
    public bool HasPolicies { get; init; } = true;

    /// <summary>Null: programs and maps end with the agent. Else what enforces is pinned there and outlives it.</summary>
    public PinDirectory? Pins { get; init; }
}

/// <summary>The programs of <c>eider.bpf.o</c>. They are attached for as long as this lives.</summary>
public sealed class KernelSensor : IDisposable
{
    private const string LinkedObject = "eider.bpf.o";
    private const int PortCount = ushort.MaxValue + 1;

    /// <summary>A power of two; each holds four open questions in 432 octets. 65,536 questions are those of 5 s at 13,000 a second that nobody answers.</summary>
    private const uint QuestionBuckets = 16_384;

    /// <summary>How the names of programs begin that nobody needs where there are no policies.</summary>
    private static readonly ImmutableArray<string> JudgingPrograms = ["wire_", "redirect_", "policy_", "answer_"];

    private readonly BpfObject programs;
    private readonly List<BpfLink> links = [];

    private readonly DirectoryLock? claim;

    private KernelSensor(BpfObject programs, PinDirectory? pins, DirectoryLock? claim)
    {
        this.claim = claim;
        this.programs = programs;
        Pins = pins;
        Programs = [.. programs.Programs.Where(static program => program.AutoLoad)];
        Ring = new RingBuffer(programs.Map("events"));
        Counters = new PerCpuArrayMap<long>(programs.Map("counters"));
    }

    /// <summary>Null where nothing outlives the agent.</summary>
    public PinDirectory? Pins { get; }

    public RingBuffer Ring { get; }

    public PerCpuArrayMap<long> Counters { get; }

    /// <summary>Those that are loaded.</summary>
    public IReadOnlyList<BpfProgram> Programs { get; }

    public IReadOnlyList<BpfMap> Maps => programs.Maps;

    public BpfProgram Program(string name) => programs.Program(name);

    public BpfMap Map(string name) => programs.Map(name);

    /// <summary>Loads the programs; nothing is attached yet.</summary>
    /// <param name="elf">The kernel object.</param>
    /// <exception cref="BpfException">The kernel refused it; the message says what, why and what to do.</exception>
    /// <exception cref="BpfMismatchException">The object speaks of other structs than this agent.</exception>
    public static KernelSensor Load(ReadOnlySpan<byte> elf, SensorOptions options)
    {
        var programs = BpfObject.Open(elf, LinkedObject);
        DirectoryLock? claim = null;
        try
        {
            claim = options.Pins?.Claim();
            if (AbiLayout.Compare(programs.Btf) is { Count: > 0 } differences)
            {
                throw new BpfMismatchException($"the kernel object is of another version: {string.Join("; ", differences)}");
            }

            programs.SetGlobal("dns_ports", PortBits(options.Ports));
            programs.Map("events").MaxEntries = options.RingSize;
            if (!options.HasPolicies)
            {
                LeaveOutPolicies(programs);
            }

            if (options.Pins is not null)
            {
                programs.SetGlobal("question_buckets", QuestionBuckets);
                programs.Map("open_questions").MaxEntries = QuestionBuckets;
            }

            options.Pins?.Load(programs);
            if (options.Pins is null)
            {
                programs.Load();
            }

            return new KernelSensor(programs, options.Pins, claim);
        }
        catch
        {
            claim?.Dispose();
            programs.Dispose();
            throw;
        }
    }

    /// <summary>Attaches what tells of processes and control groups. Scan /proc after this and nothing is missed in between.</summary>
    public void AttachProcesses()
    {
        foreach (var program in Programs.Where(program => program.Section.StartsWith("tp_btf/", StringComparison.Ordinal)))
        {
            links.Add(program.AttachTrace());
        }
    }

    /// <summary>Attaches the socket layer. Owners come first, those of the sockets that are there already too: the first packet seen has one. What changes
    /// addresses is attached only where something is enforced: an observed host does not pay for it.</summary>
    /// <param name="cgroupRoot">Where cgroup v2 is mounted.</param>
    public void AttachSockets(string cgroupRoot)
    {
        AttachCgroup(cgroupRoot, program => program.Name.StartsWith("owner_", StringComparison.Ordinal));
        programs.Program("owner_task_file").RunIterator();
        AttachCgroup(cgroupRoot, program => program.Name.StartsWith("dns_", StringComparison.Ordinal));
        if (Pins is not null)
        {
            AttachCgroup(cgroupRoot, program => program.Name.StartsWith("redirect_", StringComparison.Ordinal));
        }
    }

    private void AttachCgroup(string root, Func<BpfProgram, bool> which)
    {
        foreach (var program in Programs.Where(program => program.Section.StartsWith("cgroup", StringComparison.Ordinal)).Where(which))
        {
            links.Add(Attach(program, program.Name, () => program.AttachCgroup(root)));
        }
    }

    /// <summary>Attaches a program, or puts it in the place of the one that an earlier agent left pinned, without a moment between them.</summary>
    /// <param name="name">Of the pin.</param>
    public BpfLink Attach(BpfProgram program, string name, Func<BpfLink> attach) => Pins is null ? attach() : Pins.Attach(program, name, attach);

    public IEnumerable<CounterValue> ReadCounters()
    {
        for (var slot = 0; slot < KernelCounter.All.Count; slot++)
        {
            yield return new CounterValue(KernelCounter.All[slot], Counters.Sum(slot));
        }
    }

    public void Dispose()
    {
        foreach (var link in links)
        {
            link.Dispose();
        }

        Ring.Dispose();
        programs.Dispose();
        claim?.Dispose();
    }

    private static void LeaveOutPolicies(BpfObject programs)
    {
        programs.SetGlobal<byte>("has_policies", 0);
        foreach (var program in programs.Programs)
        {
            program.AutoLoad = !JudgingPrograms.Any(prefix => program.Name.StartsWith(prefix, StringComparison.Ordinal));
        }
    }

    private static ReadOnlySpan<byte> PortBits(ImmutableArray<ushort> ports)
    {
        var bits = new byte[PortCount / 8];
        foreach (var port in ports)
        {
            bits[port >> 3] |= (byte)(1 << (port & 7));
        }

        return bits;
    }
}
