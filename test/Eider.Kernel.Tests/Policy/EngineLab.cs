// An engine over kernel tables of its own, with files in a folder of its own.

using Eider.Bpf;
using Eider.Core;
using Eider.Core.Abi;
using Eider.Core.Lists;
using Eider.Core.Policy;

namespace Eider.Kernel.Tests.Policy;

internal sealed class EngineLab : IDisposable
{
    private readonly BpfObject programs = PolicyKernel.Open();
    private readonly string folder = Directory.CreateTempSubdirectory("eider-policy-").FullName;

    public EngineLab()
    {
        foreach (var program in programs.Programs)
        {
            program.AutoLoad = program.Name == ExplainProgram.Name;
        }

        programs.Load();
        Directory.CreateDirectory(PolicyFolder);
    }

    public List<string> Log { get; } = [];

    public PolicyEngine Engine { get; private set; } = null!;

    public string PolicyFolder => Path.Combine(folder, "policies");

    private string Pods => Path.Combine(folder, "pods.yaml");

    public string PathOf(string name) => Path.Combine(folder, name);

    public EngineLab Policy(string name, string text)
    {
        File.WriteAllText(Path.Combine(PolicyFolder, name), text);
        return this;
    }

    public EngineLab File_(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return this;
    }

    public EngineLab Start(bool withPods = false)
    {
        Engine?.Dispose();
        Engine = PolicyEngine.Create(programs.Map, programs.Program(ExplainProgram.Name), new PolicyEngineOptions
        {
            Paths = [PolicyFolder],
            WorkloadFile = withPods ? Pods : null,
            Lists = new ListStore(PathOf("lists"), TimeProvider.System),
            Cgroups = CgroupV2.Find()!,
            Secret = static () => (ulong)Random.Shared.NextInt64(),
            Log = line =>
            {
                lock (Log)
                {
                    Log.Add(line);
                }
            },
        }, TimeProvider.System);
        Engine.StartOnce();
        return this;
    }

    /// <summary>As its thread would: a change is taken when it is the same in two looks.</summary>
    public void Look()
    {
        Engine.Turn();
        Engine.Turn();
    }

    public PolicyExplanation Explain(string subject, string name, ushort type = 1, string? server = null)
    {
        Assert.True(PolicySubject.TryParse(subject, new SubjectSources(Engine.Directory, CgroupV2.Find()), out var who, out var error), error);
        return Engine.Explain(new PolicyQuestion(who!, name, type, server is null ? null : PolicyKernel.Address(server)));
    }

    /// <summary>The entry of a cgroup in the table in force.</summary>
    public uint? EntryOf(ulong cgroup)
    {
        using var inner = new MapInMap<uint>(programs.Map("policy_workloads")).Open(Engine.Status.Generation & 1)!;
        return new HashMap<ulong, WorkloadRecord>(inner).TryGet(cgroup, out var held) ? held.Posture : null;
    }

    public void Dispose()
    {
        Engine?.Dispose();
        programs.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
