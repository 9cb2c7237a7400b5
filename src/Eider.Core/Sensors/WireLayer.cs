// Sensor: keeps the wire layer attached to the node's devices as they come and go, and tells the socket layer where it reaches.

using System.Diagnostics;
using Eider.Bpf;
using Eider.Core.Abi;

namespace Eider.Core.Sensors;

/// <summary>The node's end of a workload's veth.</summary>
/// <param name="Ifindex">On the node.</param>
/// <param name="Pid">Of a process in the workload's namespace; 0 where none is known.</param>
public sealed record WireWorkload(int Ifindex, string Name, int Pid);

/// <summary>Attaches <c>wire_workload</c> where workloads' packets enter the node and <c>wire_host</c> where the node's own leave. A thread of its own
/// follows the devices; what cannot be attached is told and left to the socket layer, which drops what it denies there.</summary>
public sealed partial class WireLayer : IDisposable
{
    private const ushort Ethernet = 1;
    private const ushort Loopback = 772;
    private const int LoopbackIfindex = 1;
    private const int NoFile = 2;
    private const int NoDevice = 19;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    /// <summary>Attaching waits for the kernel's lock on devices, tens of milliseconds each on a busy node; what is not attached by then is, after the changes since have been looked at.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(5);

    private readonly KernelSensor sensor;
    private readonly HashMap<DeviceKey, Reach> reach;
    private readonly MappedArray<ulong> changes;
    private readonly HashMap<uint, DeviceOwner> owners;
    private readonly CgroupMount cgroups;
    private readonly NetworkDeviceWatch watch = new();
    private readonly WireNamespaces namespaces = new();
    private readonly Dictionary<DeviceKey, List<BpfLink>> attached = [];
    private readonly ulong ownCookie = NetworkNamespace.Cookie();
    private readonly Thread thread;
    private readonly Action<string> tell;
    private readonly HashSet<DeviceKey> told = [];
    private volatile IReadOnlyList<WireWorkload> workloads = [];
    private volatile IReadOnlyDictionary<ulong, string> paths = new Dictionary<ulong, string>();
    private volatile bool stopping;
    private long turnEnds;
    private int waiting;
    private bool hasBeenEverywhere;

    /// <param name="tell">Takes a line for people when a device cannot be attached.</param>
    public WireLayer(KernelSensor sensor, CgroupMount cgroups, Action<string> tell)
    {
        this.sensor = sensor;
        this.cgroups = cgroups;
        this.tell = tell;
        reach = new HashMap<DeviceKey, Reach>(sensor.Map("wire_devices"));
        changes = new MappedArray<ulong>(sensor.Map("wire_changes"));
        owners = new HashMap<uint, DeviceOwner>(sensor.Map("wire_workloads"));
        thread = new Thread(Run) { Name = "eider-wire", IsBackground = true };
    }

    /// <summary>Workloads whose packets pass a device of the node. A snapshot, from any thread.</summary>
    public IReadOnlyList<WireWorkload> Workloads => workloads;

    /// <summary>Devices the wire layer sits on, those inside workloads' namespaces included.</summary>
    public int Devices { get; private set; }

    /// <summary>Devices it is still to be attached to: what is denied there is dropped by the socket layer meanwhile, and not answered.</summary>
    public int Waiting { get; private set; }

    /// <summary>Devices that were gone before it was attached to them.</summary>
    public long Vanished { get; private set; }

    /// <summary>Told after the devices have been looked at; from the layer's thread.</summary>
    public event Action? Changed;

    /// <summary>Lets go of answers that the kernel holds back, in whichever of the namespaces seen here.</summary>
    public HeldAnswers HoldAnswers() => new(sensor, cookie => paths.GetValueOrDefault(cookie));

    /// <summary>Attaches to what is there, or as much of it as can be done in five seconds, then goes on and follows what changes.</summary>
    public void Start()
    {
        Refresh(again: true);
        if (Waiting > 0)
        {
            tell($"wire layer: on {Devices} devices; {Waiting} more follow");
        }

        thread.Start();
    }

    public void Dispose()
    {
        stopping = true;
        watch.Wake();
        if (thread.IsAlive)
        {
            thread.Join();
        }

        foreach (var link in attached.Values.SelectMany(links => links))
        {
            link.Dispose();
        }

        watch.Dispose();
        changes.Dispose();
    }

    private void Run()
    {
        while (!stopping)
        {
            var changed = watch.Wait(Waiting > 0 ? TimeSpan.Zero : Look);
            if (!stopping)
            {
                Refresh(changed);
            }
        }
    }

    private void Refresh(bool again)
    {
        (turnEnds, waiting) = (Stopwatch.GetTimestamp() + (long)(Turn.TotalSeconds * Stopwatch.Frequency), 0);
        var devices = NetworkDevices.List();
        namespaces.Refresh(again);
        paths = namespaces.All.GroupBy(space => space.Cookie).ToDictionary(same => same.Key, same => same.First().Path);
        var wanted = new HashSet<DeviceKey>();
        var found = new List<WireWorkload>();

        // 1. The node's own devices: what leaves over them, and what comes in from the workload behind.
        foreach (var device in devices.Where(device => device.HardwareType is Ethernet or Loopback))
        {
            var key = new DeviceKey(ownCookie, (uint)device.Ifindex, 0);
            var peer = device.Kind == "veth" ? PeerOf(device) : null;
            wanted.Add(key);
            Attach(key, device.Name, () => AttachNode(key, device));
            if (peer is var (space, end) && attached.ContainsKey(key))
            {
                found.Add(new WireWorkload(device.Ifindex, device.Name, space.Pid));
                wanted.Add(Cover(new DeviceKey(space.Cookie, (uint)end.Ifindex, 0), Reach.Workload));
            }
        }

        // 2. The loopback of each workload, where resolvers beside it are asked.
        foreach (var space in namespaces.All)
        {
            var key = new DeviceKey(space.Cookie, LoopbackIfindex, 0);
            wanted.Add(key);
            Attach(key, $"lo of {space.Path}", () => NetworkNamespace.Run(space.Path, () => (List<BpfLink>)[Host(key)]), () => namespaces.IsThere(space));
        }

        foreach (var gone in attached.Keys.Except(wanted).ToArray())
        {
            Detach(gone);
        }

        // 3. What an earlier agent left on devices that are still to come holds until then.
        SetOwners(found);
        if (waiting == 0)
        {
            foreach (var (key, _) in reach.Entries().Where(entry => !wanted.Contains(entry.Key)).ToArray())
            {
                Uncover(key);
            }

            TakeOver();
        }

        told.IntersectWith(wanted);
        (Devices, Waiting) = (attached.Count, waiting);
        workloads = found;
        Changed?.Invoke();
    }

    /// <summary>Once: links of an earlier agent that are none of this one's.</summary>
    private void TakeOver()
    {
        if (!hasBeenEverywhere)
        {
            sensor.Pins?.RemoveLinks("wire_", except: attached.Values.SelectMany(links => links).Select(link => link.PinPath));
            hasBeenEverywhere = true;
        }
    }

    private (WireNamespace Space, NetworkDevice End)? PeerOf(NetworkDevice device)
    {
        // Numbers of devices begin at 1 in each namespace: it takes the namespace to know which one is meant.
        foreach (var space in namespaces.All.Where(space => device.LinkNamespace >= 0 && space.Number == device.LinkNamespace))
        {
            foreach (var end in space.Devices)
            {
                if (end.Kind == "veth" && end.Ifindex == device.Link)
                {
                    return (space, end);
                }
            }
        }

        return null;
    }

    private List<BpfLink> AttachNode(DeviceKey key, NetworkDevice device)
    {
        var links = new List<BpfLink> { Host(key) };
        try
        {
            if (device.Kind == "veth")
            {
                links.Add(AttachTc("wire_workload", key, TcDirection.Ingress));
            }
            else if (device.HardwareType == Ethernet)
            {
                links.Add(AttachTc("wire_received", key, TcDirection.Ingress));
            }

            return links;
        }
        catch (BpfException)
        {
            Remove(links); // or the first would stay pinned when the device vanishes before the second
            throw;
        }
    }

    private BpfLink Host(DeviceKey key) => AttachTc("wire_host", key, TcDirection.Egress);

    private BpfLink AttachTc(string name, DeviceKey key, TcDirection direction)
    {
        var program = sensor.Program(name);
        return sensor.Attach(program, PinName(name, key), () => program.AttachTc((int)key.Ifindex, direction));
    }

    private static string PinName(string program, DeviceKey key) => $"{program}@{key.NetnsCookie:x}-{key.Ifindex}";

    /// <param name="isThere">Whether the device's namespace is; null where it is the agent's.</param>
    private void Attach(DeviceKey key, string name, Func<List<BpfLink>> attach, Func<bool>? isThere = null)
    {
        if (attached.ContainsKey(key))
        {
            return;
        }

        if (stopping || Stopwatch.GetTimestamp() >= turnEnds)
        {
            waiting++;
            return;
        }

        try
        {
            attached[key] = attach();
            Cover(key, Reach.Host);
        }
        catch (BpfException e)
        {
            // A device may vanish at any moment, or its namespace; one that stays and refuses is told once.
            if (e.Errno is NoDevice or NoFile || isThere?.Invoke() == false)
            {
                Vanished++;
            }
            else if (told.Add(key))
            {
                tell($"wire layer: {name}: {e.Message}");
            }
        }
    }

    private void Detach(DeviceKey key)
    {
        Uncover(key);
        Remove(attached[key]);
        attached.Remove(key);
    }

    private static void Remove(List<BpfLink> links)
    {
        foreach (var link in links)
        {
            link.Unpin();
            link.Dispose();
        }
    }
}
