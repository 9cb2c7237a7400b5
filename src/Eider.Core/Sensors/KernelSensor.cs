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

    /// <summary>Programs whose verification takes hundreds of milliseconds where there are policies: about as long for the one group as for the other.</summary>
    private static readonly ImmutableArray<ImmutableArray<string>> LargeGroups =
        [["dns_egress", Answer], ["dns_ingress", "wire_workload", "wire_host", "wire_received"]];

    /// <summary>Which the others of the wire layer go on with.</summary>
    private const string Answer = "wire_answer";

    private readonly BpfObject shared;
    private readonly Part[] parts;
    private readonly BpfProgram[] programs;
    private readonly List<BpfLink> links = [];

    private readonly DirectoryLock? claim;

    /// <summary>Programs that the kernel is still verifying, on the shared maps.</summary>
    private sealed record Part(BpfObject Programs, Task Verification);

    private KernelSensor(BpfObject shared, Part[] parts, PinDirectory? pins, DirectoryLock? claim)
    {
        (this.shared, this.parts, this.claim) = (shared, parts, claim);
        programs = [.. shared.Programs.Concat(parts.SelectMany(static part => part.Programs.Programs)).Where(static program => program.AutoLoad)];
        Pins = pins;
        Ring = new RingBuffer(shared.Map("events"));
        Counters = new PerCpuArrayMap<long>(shared.Map("counters"));
    }

    /// <summary>Null where nothing outlives the agent.</summary>
    public PinDirectory? Pins { get; }

    public RingBuffer Ring { get; }

    public PerCpuArrayMap<long> Counters { get; }

    /// <summary>Those that are loaded. Waits until the kernel has verified all.</summary>
    /// <exception cref="BpfException">It refused one.</exception>
    public IReadOnlyList<BpfProgram> Programs
    {
        get
        {
            foreach (var part in parts)
            {
                part.Verification.GetAwaiter().GetResult();
            }

            return programs;
        }
    }

    public IReadOnlyList<BpfMap> Maps => shared.Maps;

    /// <summary>Waits until the kernel has verified it, and for a large one until it has verified all: programs of one group go on with those of another.</summary>
    /// <exception cref="BpfException">The kernel refused one.</exception>
    public BpfProgram Program(string name) =>
        (IsLarge(name) ? Programs : programs).FirstOrDefault(program => program.Name == name) ?? shared.Program(name);

    public BpfMap Map(string name) => shared.Map(name);

    /// <summary>Loads the programs; nothing is attached yet. The large ones, which only policies need, go on being verified, each group on a thread of its own: that is most of a start.</summary>
    /// <param name="elf">The kernel object.</param>
    /// <exception cref="BpfException">The kernel refused it; the message says what, why and what to do.</exception>
    /// <exception cref="BpfMismatchException">The object speaks of other structs than this agent.</exception>
    public static KernelSensor Load(ReadOnlyMemory<byte> elf, SensorOptions options)
    {
        var shared = BpfObject.Open(elf.Span, LinkedObject);
        DirectoryLock? claim = null;
        Part[] parts = [];
        try
        {
            claim = options.Pins?.Claim();
            if (AbiLayout.Compare(shared.Btf) is { Count: > 0 } differences)
            {
                throw new BpfMismatchException($"the kernel object is of another version: {string.Join("; ", differences)}");
            }

            SetUp(shared, options);
            Choose(shared, options.HasPolicies ? static program => !IsLarge(program.Name) && program.Name != IcmpWatch.Program : static program => !IsForPolicies(program));
            if (options.Pins is null)
            {
                shared.Load();
            }

            options.Pins?.Load(shared);
            parts = options.HasPolicies ? [.. LargeGroups.Select(names => Verify(elf, names, shared))] : [];
            return new KernelSensor(shared, parts, options.Pins, claim);
        }
        catch
        {
            claim?.Dispose();
            Close(shared, parts);
            throw;
        }
    }

    /// <summary>Attaches what tells of processes and control groups. Scan /proc after this and nothing is missed in between.</summary>
    public void AttachProcesses()
    {
        foreach (var program in programs.Where(program => program.Section.StartsWith("tp_btf/", StringComparison.Ordinal)))
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
        Program("owner_task_file").RunIterator();
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
        Close(shared, parts);
        claim?.Dispose();
    }

    private static void Close(BpfObject shared, Part[] parts)
    {
        foreach (var part in parts)
        {
            // Whether it failed has been told, or nobody asks any more.
            ((IAsyncResult)part.Verification).AsyncWaitHandle.WaitOne();
            part.Programs.Dispose();
        }

        shared.Dispose();
    }

    private static void SetUp(BpfObject programs, SensorOptions options)
    {
        programs.SetGlobal("dns_ports", PortBits(options.Ports));
        programs.Map("events").MaxEntries = options.RingSize;
        if (!options.HasPolicies)
        {
            programs.SetGlobal<byte>("has_policies", 0);
        }

        if (options.Pins is not null)
        {
            programs.SetGlobal("question_buckets", QuestionBuckets);
            programs.Map("open_questions").MaxEntries = QuestionBuckets;
        }
    }

    private static bool IsLarge(string name) => LargeGroups.Any(names => names.Contains(name));

    private static bool IsForPolicies(BpfProgram program) => JudgingPrograms.Any(prefix => program.Name.StartsWith(prefix, StringComparison.Ordinal));

    private static void Choose(BpfObject programs, Func<BpfProgram, bool> which)
    {
        foreach (var program in programs.Programs)
        {
            program.AutoLoad = which(program);
        }
    }

    private static Part Verify(ReadOnlyMemory<byte> elf, ImmutableArray<string> names, BpfObject shared)
    {
        var group = BpfObject.Open(elf.Span, LinkedObject);
        Choose(group, program => names.Contains(program.Name));
        group.ReuseMapsOf(shared);
        return new Part(group, Task.Factory.StartNew(
            () =>
            {
                group.Load();
                if (names.Contains(Answer))
                {
                    new ProgramArrayMap(shared.Map("wire_programs")).Set(0, group.Program(Answer));
                }
            },
            TaskCreationOptions.LongRunning));
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
