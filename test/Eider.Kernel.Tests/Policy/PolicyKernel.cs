// The kernel's policy tables and the program that judges by them, loaded for one test and attached to nothing.

using Eider.Bpf;
using Eider.Core;
using Eider.Core.Abi;
using Eider.Core.Policy;
using Eider.Core.Respond;

namespace Eider.Kernel.Tests.Policy;

internal sealed class PolicyKernel : IDisposable
{
    public static readonly IpAddress SomeServer = Address("192.0.2.53");

    private readonly BpfObject programs;
    private readonly ExplainProgram explain;

    public PolicyKernel()
    {
        programs = Open();
        foreach (var program in programs.Programs)
        {
            program.AutoLoad = program.Name == ExplainProgram.Name;
        }

        programs.Load();
        explain = new ExplainProgram(programs.Program(ExplainProgram.Name));
        Maps = new PolicyMaps(programs.Map);
        Responses = new ResponseMaps(programs.Map, static () => 0x5851f42d4c957f2d);
    }

    public PolicyMaps Maps { get; }

    public ResponseMaps Responses { get; }

    public static BpfObject Open()
    {
        using var resource = typeof(Agent).Assembly.GetManifestResourceStream("eider.bpf.o")!;
        var elf = new byte[resource.Length];
        resource.ReadExactly(elf);
        return BpfObject.Open(elf, "eider.bpf.o");
    }

    public static IpAddress Address(string text) => IpAddress.TryParse(text, out var address) ? address : throw new FormatException(text);

    public static byte[] Question(string name, ushort type = 1) =>
        ExplainProgram.TryWrite(name, type, out var question) ? question : throw new FormatException(name);

    public VerdictRecord Ask(uint posture, string name, ushort type = 1, IpAddress? server = null) => Ask(posture, Question(name, type), server);

    public VerdictRecord Ask(uint posture, byte[] question, IpAddress? server = null, ulong cgroup = 0) =>
        explain.Ask(posture, question, server ?? SomeServer, cgroup);

    /// <summary>Kernel memory of the table of names on the side that is not in force.</summary>
    public long OctetsOutOfForce
    {
        get
        {
            using var inner = new MapInMap<uint>(programs.Map("policy_names")).Open((Maps.Generation & 1) ^ 1);
            return inner?.Info().MemoryBytes ?? 0;
        }
    }

    public uint Apply(PolicyTables tables, KernelNames names)
    {
        Maps.Prepare(tables, names);
        var generation = Maps.Commit(tables, new Dictionary<ulong, WorkloadRecord>());
        Maps.Retire();
        return generation;
    }

    public void Dispose()
    {
        Responses.Dispose();
        Maps.Dispose();
        programs.Dispose();
    }
}
