// The lab and the agent that most end-to-end tests share: both are slow to set up and indifferent to who else asks.

using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.EndToEnd;

[CollectionDefinition(Name)]
public sealed class WatchedLabCollection : ICollectionFixture<WatchedLab>
{
    public const string Name = "a lab that the agent watches";
}

/// <summary>A lab whose resolver is older than the agent that watches it.</summary>
public sealed class WatchedLab : IDisposable
{
    private readonly Dictionary<string, Pod> _pods = [];
    private Lab.Lab? _lab;
    private AgentProcess? _agent;

    public Lab.Lab Lab => Ready()._lab!;

    public AgentProcess Agent => Ready()._agent!;

    /// <summary>The pod of that name; made where there is none yet.</summary>
    public Pod Pod(string name) => _pods.TryGetValue(name, out var pod) ? pod : _pods[name] = Lab.AddPod(name);

    public void Dispose()
    {
        _agent?.Dispose();
        _lab?.Dispose();
    }

    private WatchedLab Ready()
    {
        if (_agent is null)
        {
            Host.RequireRoot();
            _lab ??= Eider.Lab.Lab.Create();
            _agent = AgentProcess.Start(Host.Agent, _lab.PathOf("agent"));
        }

        return this;
    }
}
