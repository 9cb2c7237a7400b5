// eider policy explain and test: what would become of a query, judged by the kernel's own program, with nothing attached and nobody asked.

using System.Collections.Immutable;
using Eider.Bpf;
using Eider.Core.Abi;
using Eider.Core.Lists;

namespace Eider.Core.Policy;

public sealed record PolicyExplainOptions
{
    /// <summary>Copies of the domain lists.</summary>
    public required ListStore Lists { get; init; }

    public string PasswdFile { get; init; } = "/etc/passwd";

    /// <summary>64 bits that nobody can guess, others each time.</summary>
    public required Func<ulong> Secret { get; init; }
}

/// <summary>Policies in kernel tables of their own, to be asked. Not thread-safe.</summary>
public sealed class PolicyExplain : IDisposable
{
    private const string LinkedObject = "eider.bpf.o";

    private readonly BpfObject programs;
    private readonly PolicyMaps maps;
    private readonly CompiledPolicies compiled;
    private readonly Explainer explainer;

    private PolicyExplain(BpfObject programs, PolicyMaps maps, CompiledPolicies compiled, ListStore lists)
    {
        (this.programs, this.maps, this.compiled) = (programs, maps, compiled);
        explainer = new Explainer(new ExplainProgram(programs.Program(ExplainProgram.Name)), lists);
    }

    /// <summary>Conflicts between policies that a question so far has brought to light, and oddities.</summary>
    public IReadOnlyList<PolicyDiagnostic> Diagnostics => compiled.Diagnostics;

    /// <summary>Different names in all lists and rules.</summary>
    public long Names => compiled.NameCount;

    /// <summary>Loads the program and compiles the policies for it.</summary>
    /// <param name="elf">The kernel object.</param>
    /// <exception cref="PolicyException">The policies cannot be compiled.</exception>
    /// <exception cref="BpfException">The kernel refuses; the message says what privilege or feature is missing.</exception>
    public static PolicyExplain Load(ReadOnlySpan<byte> elf, PolicySet policies, PolicyExplainOptions options)
    {
        var programs = BpfObject.Open(elf, LinkedObject);
        PolicyMaps? maps = null;
        try
        {
            foreach (var program in programs.Programs)
            {
                program.AutoLoad = program.Name == ExplainProgram.Name;
            }

            programs.Load();
            maps = new PolicyMaps(programs.Map);
            var compiled = PolicyCompiler.Compile(policies, new PolicyCompilerOptions
            {
                Lists = (DomainListSpec list, out ListError? error) => options.Lists.TryOpen(list, out var reader, out error) ? reader : null,
                Memory = KernelNames.Create,
                Users = new PasswdFile(options.PasswdFile).UidOf,
            }, NameKeys.From(options.Secret));
            maps.Prepare(compiled.Tables, (KernelNames)compiled.Names);
            maps.Commit(compiled.Tables, ImmutableDictionary<ulong, WorkloadRecord>.Empty);
            return new PolicyExplain(programs, maps, compiled, options.Lists);
        }
        catch
        {
            maps?.Dispose();
            programs.Dispose();
            throw;
        }
    }

    /// <exception cref="ArgumentException">The name is none.</exception>
    /// <exception cref="PolicyException">There is no room for the subject's combination of policies.</exception>
    public PolicyExplanation Explain(PolicyQuestion question)
    {
        var asked = Explainer.Prepare(question, compiled);
        maps.Extend(compiled.Tables);
        return explainer.Describe(asked, explainer.Ask(asked));
    }

    public void Dispose()
    {
        maps.Dispose();
        programs.Dispose();
    }
}

public sealed partial class PolicyEngine
{
    /// <summary>What would become of a query by what is in force now. Any thread; the pipeline waits meanwhile, for some tens of microseconds.</summary>
    /// <exception cref="InvalidOperationException">This engine was made without the program, or nothing is in force.</exception>
    /// <exception cref="ArgumentException">The name is none.</exception>
    /// <exception cref="PolicyException">There is no room for the subject's combination of policies.</exception>
    public PolicyExplanation Explain(PolicyQuestion question)
    {
        var explainer = new Explainer(explain ?? throw new InvalidOperationException("made without the program that explains"), options.Lists);
        Explainer.Asked asked;
        VerdictRecord verdict;

        // No side changes under the gate, so the program keeps to one.
        lock (gate)
        {
            asked = Explainer.Prepare(question, inForce ?? throw new InvalidOperationException("no policies are in force"));
            maps.Extend(inForce.Tables);
            verdict = explainer.Ask(asked);
        }

        return explainer.Describe(asked, verdict);
    }

    /// <summary>Pods as they are known now. Any thread.</summary>
    public WorkloadDirectory Directory
    {
        get
        {
            lock (gate)
            {
                return directory;
            }
        }
    }
}
