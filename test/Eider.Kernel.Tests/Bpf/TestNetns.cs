// A network namespace of a test's own, with its loopback up.

using System.Runtime.CompilerServices;
using Eider.Bpf;

namespace Eider.Kernel.Tests.Bpf;

internal sealed class TestNetns : IDisposable
{
    public TestNetns([CallerMemberName] string name = "")
    {
        Name = $"eider-test-{Environment.ProcessId}-{name}";
        Shell.Run($"ip netns add {Name} && ip -n {Name} link set lo up");
    }

    public string Name { get; }

    public T Run<T>(Func<T> function) => NetworkNamespace.Run($"/run/netns/{Name}", function);

    /// <summary>One packet over loopback: to a port where nobody listens, of a multicast group, so that no ICMP error answers.</summary>
    public void SendDatagram() => Shell.Run($"ip netns exec {Name} /usr/bin/python3 -c \"import socket; s=socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton('127.0.0.1')); s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0); s.sendto(b'x', ('239.255.0.1', 9))\"");

    public void Dispose() => Shell.Run($"ip netns del {Name}");
}
