// The host's part for policies: tables kept as files say, and the wire layer on the devices there are.

using Eider.Bpf;
using Eider.Core.Lists;
using Eider.Core.Policy;
using Eider.Core.Sensors;

namespace Eider;

/// <summary>What to enforce.</summary>
/// <param name="Paths">Policy files, and folders of them.</param>
/// <param name="WorkloadFile">Tells of pods; null where there are none.</param>
/// <param name="ListFolder">Copies of the domain lists.</param>
public sealed record PolicySource(IReadOnlyList<string> Paths, string? WorkloadFile, string ListFolder);

/// <summary>Policies in force for as long as their pins are there: disposing stops to follow files and devices, and leaves the kernel as it is.</summary>
public sealed class Enforcement : IDisposable
{
    private Enforcement(PolicyEngine engine, WireLayer wire, HeldAnswers held)
    {
        Engine = engine;
        Wire = wire;
        Held = held;
    }

    public PolicyEngine Engine { get; }

    public WireLayer Wire { get; }

    public HeldAnswers Held { get; }

    /// <summary>Nothing is read or attached yet.</summary>
    /// <param name="log">Takes one line for people, from any thread.</param>
    public static Enforcement Create(KernelSensor sensor, CgroupMount cgroups, PolicySource source, Action<string> log, TimeProvider time)
    {
        var options = new PolicyEngineOptions
        {
            Paths = source.Paths,
            WorkloadFile = source.WorkloadFile,
            Lists = new ListStore(source.ListFolder, time),
            Cgroups = cgroups,
            Secret = Secret.Next,
            Log = log,
        };
        var engine = PolicyEngine.Create(sensor.Map, sensor.Program("policy_explain"), options, time);
        var wire = new WireLayer(sensor, cgroups, log);
        return new Enforcement(engine, wire, wire.HoldAnswers());
    }

    /// <summary>Puts the policies in force and attaches the wire layer; the socket layer comes after, so that its first verdict is by these policies.</summary>
    /// <exception cref="PolicyException">They cannot be put in force, and nothing that an earlier agent left is.</exception>
    public void Start()
    {
        Engine.Start();
        Wire.Start();
    }

    public void Dispose()
    {
        Wire.Dispose();
        Engine.Dispose();
    }
}
