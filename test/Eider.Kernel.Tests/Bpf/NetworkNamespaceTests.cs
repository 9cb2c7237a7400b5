// Which network namespace a device's peer lives in, where several have devices of the same number.

using Eider.Bpf;

namespace Eider.Kernel.Tests.Bpf;

public sealed class NetworkNamespaceTests
{
    [KernelFact]
    public void Peer_is_in_the_namespace_whose_number_the_device_tells()
    {
        using var node = new TestNetns("node");
        using var pod = new TestNetns("pod");
        using var other = new TestNetns("other");
        Shell.Run($"ip -n {node.Name} link add pod0 index 7 type veth peer name eth0 index 9 netns {pod.Name}");
        Shell.Run($"ip -n {node.Name} link add other0 index 8 type veth peer name eth0 index 9 netns {other.Name}");

        var (devices, ofPod, ofOther, ofItself) = node.Run(() => (NetworkDevices.List(), NumberOf(pod), NumberOf(other), NumberOf(node)));
        int PeerOf(string name) => devices.Single(device => device.Name == name).LinkNamespace;

        Assert.Equal((9, 9), (devices.Single(device => device.Name == "pod0").Link, devices.Single(device => device.Name == "other0").Link));
        Assert.Equal((ofPod, ofOther), (PeerOf("pod0"), PeerOf("other0")));
        Assert.NotEqual(ofPod, ofOther);
        Assert.True(ofPod >= 0 && ofOther >= 0);
        Assert.Equal((-1, -1), (PeerOf("lo"), ofItself));
    }

    private static int NumberOf(TestNetns space) => NetworkNamespace.NumberOf($"/run/netns/{space.Name}");
}
