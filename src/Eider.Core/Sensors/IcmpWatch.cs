// Sensor: has ICMP errors seen where they enter the node, on devices that come and go. Only without policies: the wire layer sees them otherwise.

using Eider.Bpf;

namespace Eider.Core.Sensors;

/// <summary>Attaches <c>icmp_received</c> to every Ethernet device of this namespace, the node's ends of veths among them. A thread of its own follows the devices;
/// what cannot be attached is told, and not seen.</summary>
public sealed class IcmpWatch : IDisposable
{
    internal const string Program = "icmp_received";

    private const ushort Ethernet = 1;
    private const int NoDevice = 19;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    private readonly BpfProgram program;
    private readonly Action<string> tell;
    private readonly NetworkDeviceWatch watch = new();
    private readonly Dictionary<int, BpfLink> attached = [];
    private readonly HashSet<string> told = [];
    private readonly Thread thread;
    private volatile bool stopping;

    /// <param name="sensor">Loaded without policies.</param>
    /// <param name="tell">Takes a line for people when a device cannot be attached.</param>
    public IcmpWatch(KernelSensor sensor, Action<string> tell)
    {
        program = sensor.Program(Program);
        this.tell = tell;
        thread = new Thread(Run) { Name = "eider-icmp", IsBackground = true };
    }

    /// <summary>Returns at once; the devices that are there are attached by the thread.</summary>
    public void Start() => thread.Start();

    public void Dispose()
    {
        stopping = true;
        watch.Wake();
        if (thread.IsAlive)
        {
            thread.Join();
        }

        foreach (var link in attached.Values)
        {
            link.Dispose();
        }

        watch.Dispose();
    }

    private void Run()
    {
        do
        {
            Refresh();
            watch.Wait(Look);
        }
        while (!stopping);
    }

    private void Refresh()
    {
        var devices = NetworkDevices.List().Where(device => device.HardwareType == Ethernet).ToArray();
        foreach (var gone in attached.Keys.Except(devices.Select(device => device.Ifindex)).ToArray())
        {
            attached[gone].Dispose();
            attached.Remove(gone);
        }

        told.IntersectWith(devices.Select(device => device.Name));
        foreach (var device in devices.Where(device => !attached.ContainsKey(device.Ifindex)))
        {
            Attach(device);
        }
    }

    private void Attach(NetworkDevice device)
    {
        try
        {
            attached[device.Ifindex] = program.AttachTc(device.Ifindex, TcDirection.Ingress);
        }
        catch (BpfException e)
        {
            // A device may vanish at any moment; one that stays and refuses is told once.
            if (e.Errno != NoDevice && told.Add(device.Name))
            {
                tell($"ICMP errors on {device.Name} are not seen: {e.Message}");
            }
        }
    }
}
