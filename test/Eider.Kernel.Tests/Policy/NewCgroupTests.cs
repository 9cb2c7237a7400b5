// From mkdir to the kernel's table: the tracepoint, the ring, the reader, the engine.

using Eider.Bpf;
using Eider.Core;
using Eider.Core.Abi;
using Eider.Core.Enrich;
using Eider.Core.Lists;
using Eider.Core.Policy;
using Eider.Core.Sensors;
using Eider.Kernel.Tests.Bpf;

namespace Eider.Kernel.Tests.Policy;

public sealed class NewCgroupTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [KernelFact]
    public void Cgroup_made_while_policies_are_in_force_gets_its_posture_and_loses_it_with_its_end()
    {
        var folder = Directory.CreateTempSubdirectory("eider-cgroup-").FullName;
        File.WriteAllText(Path.Combine(folder, "p.yaml"), $$"""
            apiVersion: eider.dev/v1alpha1
            kind: DnsPolicy
            metadata: {name: p}
            spec: {subjects: [{cgroup: "/eider-test-{{Environment.ProcessId}}-*"}], default: deny}
            """);
        try
        {
            using var resource = typeof(Agent).Assembly.GetManifestResourceStream("eider.bpf.o")!;
            var elf = new byte[resource.Length];
            resource.ReadExactly(elf);
            using var sensor = KernelSensor.Load(elf, new SensorOptions());
            sensor.AttachProcesses();
            using var engine = PolicyEngine.Create(sensor.Map, null, new PolicyEngineOptions
            {
                Paths = [folder],
                Lists = new ListStore(Path.Combine(folder, "lists"), TimeProvider.System),
                Cgroups = CgroupV2.Find()!,
                Secret = static () => (ulong)Random.Shared.NextInt64(),
            }, TimeProvider.System);
            engine.Start();
            var clock = new BootClock(TimeProvider.System);
            var identities = new IdentityResolver(new HostPaths(Cgroups: CgroupV2.Find()), clock, TimeProvider.System);
            using var pipeline = new Pipeline([], identities.Resolve, new PipelineOptions { Seed = 1 });
            var source = new LiveSource(sensor, pipeline, identities, clock, engine);
            var reading = new Thread(source.Run);
            reading.Start();
            try
            {
                ulong id;
                using (var cgroup = new TestCgroup())
                {
                    id = cgroup.Id;
                    Assert.True(SpinWait.SpinUntil(() => HasEntry(sensor, engine, id), Patience), "no posture came");
                }

                Assert.True(SpinWait.SpinUntil(() => !HasEntry(sensor, engine, id), Patience), "the entry stayed");
            }
            finally
            {
                source.Stop();
                reading.Join();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool HasEntry(KernelSensor sensor, PolicyEngine engine, ulong id)
    {
        using var inner = new MapInMap<uint>(sensor.Map("policy_workloads")).Open(engine.Status.Generation & 1)!;
        return new HashMap<ulong, WorkloadRecord>(inner).TryGet(id, out _);
    }
}
