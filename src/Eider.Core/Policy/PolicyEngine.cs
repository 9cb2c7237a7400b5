// Policies at work: files, lists and workloads in, kernel tables out, for as long as the agent runs.

using Eider.Bpf;
using Eider.Core.Enrich;
using Eider.Core.Lists;

namespace Eider.Core.Policy;

public sealed record PolicyEngineOptions
{
    /// <summary>Policy files, and folders of them.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Tells of pods; null where there are none.</summary>
    public string? WorkloadFile { get; init; }

    /// <summary>Copies of the domain lists.</summary>
    public required ListStore Lists { get; init; }

    public required CgroupMount Cgroups { get; init; }

    public string PasswdFile { get; init; } = new HostPaths().PasswdFile;

    /// <summary>64 bits that nobody can guess, others each time: they key the tables of names.</summary>
    public required Func<ulong> Secret { get; init; }

    /// <summary>Takes one line for people, from any thread. Must not throw.</summary>
    public Action<string> Log { get; init; } = static _ => { };
}

/// <summary>
/// Keeps the kernel's tables as the files say. A new version of them that has a fault leaves what is in force as it is, and says why.
/// <para>Slow work is done on a thread of its own; <see cref="OnCgroupCreated"/>, <see cref="OnCgroupRemoved"/> and <see cref="Describe"/> are for the
/// pipeline's thread and wait at most for the moment in which new tables are put in force; the rest may be called from any thread. Disposing ends the
/// thread and leaves what is in force in force for as long as the kernel's maps live.</para>
/// </summary>
public sealed partial class PolicyEngine : IDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly PolicyEngineOptions options;
    private readonly TimeProvider time;
    private readonly CgroupPaths cgroups;
    private readonly PolicyMaps maps;
    private readonly ExplainProgram? explain;
    private readonly FileStamps policyFiles;
    private readonly FileStamps workloadFile;
    private readonly AutoResetEvent wake = new(false);
    private readonly Thread thread;

    /// <summary>Held for moments only: the pipeline waits for it.</summary>
    private readonly Lock gate = new();
    private readonly WorkloadTree workloads = new();
    private CompiledPolicies? inForce;
    private WorkloadDirectory directory = WorkloadDirectory.Empty;
    private volatile bool stopping;

    private PolicyEngine(Func<string, BpfMap> map, BpfProgram? explain, PolicyEngineOptions options, TimeProvider time)
    {
        this.options = options;
        this.time = time;
        cgroups = new CgroupPaths(options.Cgroups);
        maps = new PolicyMaps(map);
        this.explain = explain is null ? null : new ExplainProgram(explain);
        policyFiles = new FileStamps([.. options.Paths, options.PasswdFile]);
        workloadFile = new FileStamps(options.WorkloadFile is null ? [] : [options.WorkloadFile]);
        fetcher = new ListFetcher(options.Lists, time);
        thread = new Thread(Run) { Name = "eider-policy", IsBackground = true };
    }

    /// <summary>Nothing is read or changed yet.</summary>
    /// <param name="map">Finds a map of the loaded kernel object by its name. Maps stay the caller's, and must outlive this.</param>
    /// <param name="explain">The program <c>policy_explain</c>; null where nobody will ask it.</param>
    /// <exception cref="BpfException">A map cannot be used.</exception>
    public static PolicyEngine Create(Func<string, BpfMap> map, BpfProgram? explain, PolicyEngineOptions options, TimeProvider time) => new(map, explain, options, time);

    /// <summary>Puts the policies in force, and goes on to follow their files. To be called once cgroups that appear are being told.</summary>
    /// <exception cref="PolicyException">They cannot be put in force, and nothing that an earlier agent left is.</exception>
    public void Start()
    {
        StartOnce();
        thread.Start();
    }

    public void Dispose()
    {
        stopping = true;
        wake.Set();
        if (thread.IsAlive)
        {
            thread.Join();
        }

        StopRefresh();
        fetcher.Dispose();
        maps.Dispose();
        wake.Dispose();
    }

    /// <summary>The part of <see cref="Start"/> that runs on the caller's thread.</summary>
    internal void StartOnce()
    {
        // 1. Who is there; the kernel tells of everybody who comes from now on.
        lock (gate)
        {
            workloads.Scan(cgroups);
        }

        // 2. Who they are, then what holds for them.
        ReadDirectory();
        if (!TryLoad() && maps.Generation == 0)
        {
            throw new PolicyException(PolicyFault.Files, trouble!);
        }
    }

    /// <summary>One look at everything that may have changed. The thread's only work; tests call it in its place.</summary>
    internal void Turn()
    {
        // 1. Pods, who decide what the policies select.
        if (workloadFile.HaveSettledToOthers())
        {
            ReadDirectory();
            Guard(SettleAll);
        }

        // 2. The policies, or a list that they name.
        if (policyFiles.HaveSettledToOthers())
        {
            TryLoad();
        }
        else if (Interlocked.Exchange(ref listsChanged, 0) != 0)
        {
            Guard(() => Apply(wanted ?? PolicySet.Empty, isNew: wanted != inForce?.Policies));
        }

        // 3. Workloads that no posture was ready for, or that nobody told of.
        if (Interlocked.Exchange(ref unseen, 0) != 0)
        {
            lock (gate)
            {
                workloads.Scan(cgroups);
            }

            Interlocked.Exchange(ref unsettled, 1);
        }

        if (Interlocked.Exchange(ref unsettled, 0) != 0)
        {
            Guard(SettleAll);
        }
    }

    private void Run()
    {
        while (!stopping)
        {
            wake.WaitOne(LookInterval);
            if (!stopping)
            {
                Turn();
            }
        }
    }

    /// <summary>Whatever goes wrong leaves what is in force in force.</summary>
    private bool Guard(Action change)
    {
        try
        {
            change();
            return true;
        }
        catch (Exception fault) when (fault is PolicyException or BpfException or IOException or UnauthorizedAccessException)
        {
            Trouble(fault.Message);
            return false;
        }
    }
}
