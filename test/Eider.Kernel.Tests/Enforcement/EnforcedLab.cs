// A lab on which an agent enforces one policy for each pod of the tests, and somebody who listens at the resolver's door.

using System.Net;
using Eider.Kernel.Tests.EndToEnd;
using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.Enforcement;

[CollectionDefinition(Name)]
public sealed class EnforcedLabCollection : ICollectionFixture<EnforcedLab>
{
    public const string Name = "a lab where policies are enforced";
}

/// <summary>Shared by the tests that neither change policies nor stop the agent. Each test has names of its own.</summary>
public sealed class EnforcedLab : IDisposable
{
    public static readonly IPAddress SinkholeV4 = IPAddress.Parse("192.0.2.1");
    public static readonly IPAddress SinkholeV6 = IPAddress.Parse("2001:db8::1");

    /// <summary>Everything below is denied to the suspect.</summary>
    public const string Denied = $"denied.{LabZone.Clients}";

    private Lab.Lab? _lab;
    private PinSpace? _pins;
    private AgentProcess? _agent;
    private WireTap? _tap;

    public Lab.Lab Lab => Ready()._lab!;

    public AgentProcess Agent => Ready()._agent!;

    internal WireTap Tap => Ready()._tap!;

    /// <summary>May not ask for <see cref="Denied"/> and what is below.</summary>
    public Workload Suspect => Lab.Workload("suspect");

    /// <summary>Nothing with this label in it has reached the resolver's pod.</summary>
    public void AssertStayed(string label)
    {
        var later = $"later{Guid.NewGuid():N}";
        Asked.By(Lab.Workload("free"), "connected", Lab.ResolverV4, $"{later}.{LabZone.Clients}");
        Assert.False(Tap.HasSeen(label, later), $"a frame with {label} reached the resolver");
    }

    public void Dispose()
    {
        _tap?.Dispose();
        _agent?.Dispose();
        _pins?.Dispose();
        _lab?.Dispose();
    }

    private EnforcedLab Ready()
    {
        if (_agent is null)
        {
            Host.RequireRoot();
            _lab ??= Eider.Lab.Lab.Create();
            _pins ??= new PinSpace();
            LabPolicies.Write(_lab, _lab.PathOf("policies.yaml"));
            _tap = new WireTap(_lab.ResolverPod);
            _agent = AgentProcess.Start(Host.Agent, _lab.PathOf("agent"), enforcing: new Enforcing(_pins, _lab.PathOf("policies.yaml")));
        }

        return this;
    }
}
