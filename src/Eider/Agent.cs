// The host: puts the stages together and runs them on this machine.

using Eider.Bpf;
using Eider.Core;
using Eider.Core.Config;
using Eider.Core.Detect;
using Eider.Core.Enrich;
using Eider.Core.Policy;
using Eider.Core.Respond;
using Eider.Core.Sensors;
using Eider.Core.Transactions;

namespace Eider;

/// <summary>A running agent: sensors attached, a thread that carries events to the sinks. Dispose stops it and detaches.</summary>
public sealed class Agent : IDisposable
{
    private readonly Thread thread;
    private volatile Exception? failure;

    /// <summary>Null where the wire layer sees to it.</summary>
    private IcmpWatch? icmp;

    private Agent(KernelSensor sensor, Pipeline pipeline, IdentityResolver identities, LiveSource source, Enforcement? enforcement, DetectSources? detect, SecondResolver? second, Responder? responder)
    {
        SecondResolver = second;
        Responder = responder;
        Enforcement = enforcement;
        Detect = detect;
        Sensor = sensor;
        Pipeline = pipeline;
        Identities = identities;
        Source = source;
        thread = new Thread(Run) { Name = "eider-pipeline", IsBackground = true };
    }

    public KernelSensor Sensor { get; }

    public Pipeline Pipeline { get; }

    public IdentityResolver Identities { get; }

    public LiveSource Source { get; }

    /// <summary>Null where the agent only observes.</summary>
    public Enforcement? Enforcement { get; }

    /// <summary>Null where nothing is looked for.</summary>
    public DetectSources? Detect { get; }

    /// <summary>Null where answers are not compared.</summary>
    public SecondResolver? SecondResolver { get; }

    /// <summary>Null where nothing can be enforced.</summary>
    public Responder? Responder { get; }

    /// <summary>Why the agent stopped by itself; null while it runs and after an orderly stop.</summary>
    public Exception? Failure => failure;

    /// <summary>Called once, from the agent's thread, when it stops by itself.</summary>
    public event Action<Exception>? Failed;

    /// <summary>Starts to observe this machine, and to enforce policies where there are some. When this returns every program is attached. With policies,
    /// or where an earlier agent left some in force, what enforces is pinned and outlives the agent.</summary>
    /// <param name="policies">Null to observe only; what an earlier agent left in force stays so.</param>
    /// <param name="sinks">Called from the agent's thread.</param>
    /// <param name="log">Takes one line for people, from any thread.</param>
    /// <exception cref="AgentStartException">This machine or these privileges do not allow it; the message says what is missing and what to do.</exception>
    /// <exception cref="PolicyException">The policies cannot be put in force, and nothing that an earlier agent left is.</exception>
    public static Agent Start(EiderConfig config, PolicySource? policies, IReadOnlyList<IEventSink> sinks, Action<string> log, TimeProvider time)
    {
        // 1. What has to be there before anything is touched.
        var cgroups = CgroupV2.Find()
            ?? throw new AgentStartException("cgroup v2 is not mounted", "mount it with: mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified");
        CheckPrivileges();

        // 2. Load: verified by the kernel, not attached.
        var pins = new PinDirectory(PinDirectory.DefaultRoot);
        var sensor = LoadSensor(config, policies is null && !pins.IsInUse ? null : pins);
        Enforcement? enforcement = null;
        DetectSources? detect = null;
        SecondResolver? second = null;
        Responder? responder = null;
        try
        {
            // 3. Processes first, then those that were there before: nobody slips through between.
            sensor.AttachProcesses();
            var clock = new BootClock(time);
            var paths = new HostPaths(Cgroups: cgroups);
            var identities = new IdentityResolver(paths, clock, time);
            identities.Scan();

            // 4. The road, and what decides on it.
            enforcement = policies is null ? null : Enforcement.Create(sensor, cgroups, policies, log, time);
            if (policies is null && pins.IsInUse)
            {
                log("policies that an earlier agent left are in force; `eider uninstall` removes them");
            }

            responder = sensor.Pins is null ? null : Responder.Create(
                sensor.Map, new ResponderOptions { Policies = enforcement?.Engine, Clock = clock, Secret = Secret.Next, Log = log });
            second = config.Detect is { Enabled: true, CrossCheck: { } check } ? new SecondResolver(check.Resolver, check.Tls, Secret.Next, time) : null;
            var pipeline = new Pipeline(sinks, identities.Resolve, new PipelineOptions
            {
                Seed = Secret.Next(),
                Verdicts = enforcement is null ? null : enforcement.Engine.Describe,
                ResolverConfigOf = new ResolverConfigs(paths, time).Of,
                Transactions = new TransactionOptions { Timeout = config.Dns.TransactionTimeout, OpenLimit = config.Dns.MaxOpenTransactions },
                Detect = config.Detect.Enabled ? DetectSources.OptionsOf(config.Detect) : null,
                Ask = second is null ? null : second.TryAsk,
                Respond = responder,
            });
            if (pipeline.Detect is { } detection)
            {
                detect = new DetectSources(config.Detect, log, time);
                detect.Start(detection);
            }

            var agent = new Agent(sensor, pipeline, identities, new LiveSource(sensor, pipeline, identities, clock, enforcement?.Engine, enforcement?.Held, second), enforcement, detect, second, responder);

            // 5. Policies before packets, and packets once there is somebody to read them.
            agent.thread.Start();
            enforcement?.Start();
            sensor.AttachSockets(cgroups.Path);
            agent.icmp = sensor.Pins is null ? new IcmpWatch(sensor, log) : null;
            agent.icmp?.Start();
            pins.RemoveOthers();
            return agent;
        }
        catch (Exception error)
        {
            detect?.Dispose();
            second?.Dispose();
            responder?.Dispose();
            enforcement?.Dispose();
            sensor.Dispose();
            throw error is BpfException or IOException or UnauthorizedAccessException ? AgentStartException.From(error) : error;
        }
    }

    /// <summary>Waits until the agent's thread has ended: after <see cref="Stop"/>, or by a failure.</summary>
    public void Stop()
    {
        Source.Stop();
        thread.Join();
    }

    public void Dispose()
    {
        Stop();
        icmp?.Dispose();
        Detect?.Dispose();
        SecondResolver?.Dispose();
        Responder?.Dispose();
        Enforcement?.Dispose();
        Sensor.Dispose();
        Pipeline.Dispose();
    }

    private static KernelSensor LoadSensor(EiderConfig config, PinDirectory? pins)
    {
        var elf = KernelObject.Read();
        try
        {
            if (pins is not null)
            {
                BpfFileSystem.EnsureMounted();
            }

            return KernelSensor.Load(elf, new SensorOptions { Ports = config.Dns.Ports, RingSize = (uint)config.Ring.Size, Pins = pins, HasPolicies = pins is not null });
        }
        catch (BpfException error)
        {
            throw AgentStartException.From(error);
        }
    }

    /// <exception cref="AgentStartException">A capability is missing; the message names it.</exception>
    internal static void CheckPrivileges()
    {
        var missing = Capabilities.OfThisProcess().MissingForBpf();
        if (missing.Count > 0)
        {
            throw new AgentStartException(
                $"missing {string.Join(", ", missing)}", "run as root, or give the binary these capabilities; `eider doctor` shows all that is needed");
        }
    }

    private void Run()
    {
        try
        {
            Source.Run();
        }
        catch (Exception error)
        {
            // Whatever it is: the thread must not take the process down without a word.
            failure = error;
            Failed?.Invoke(error);
        }
    }
}

/// <summary>The agent cannot start here.</summary>
public sealed class AgentStartException(string what, string mend, Exception? cause = null) : Exception($"{what}; {mend}", cause)
{
    public string What { get; } = what;

    public string Mend { get; } = mend;

    internal static AgentStartException From(Exception error) =>
        error is AgentStartException known ? known : new(error.Message, "`eider doctor` shows what this kernel and these privileges allow", error);
}
