// A whole agent in one process: sensing, history, the feed of events, and the API.

using Eider.Api;
using Eider.Cli;
using Eider.Core.Config;
using Eider.Core.Policy;
using Eider.Core.Store;
using Eider.Publish;
using Eider.Publish.Alerts;
using Eider.Status;

namespace Eider;

/// <summary>A running agent with everything around it. Disposing stops it in order: no more events, then their readers, then the disk.</summary>
public sealed class AgentHost : IAsyncDisposable
{
    private readonly Agent _agent;
    private readonly HistoryStore? _history;
    private readonly ApiServer _api;

    private readonly AlertOutputs _outputs;

    private AgentHost(Agent agent, HistoryStore? history, AlertOutputs outputs, EventFeed feed, ApiServer api) =>
        (_agent, _history, _outputs, Feed, _api) = (agent, history, outputs, feed, api);

    public EventFeed Feed { get; }

    /// <summary>Completes when sensing has ended, by <see cref="StopSensing"/> or by a failure.</summary>
    public Task Sensing => Feed.Completion;

    /// <summary>Why the agent stopped by itself; null while it runs. The feed is complete then.</summary>
    public Exception? Failure => _agent.Failure;

    /// <summary>When this returns, every program is attached and the API answers.</summary>
    /// <param name="log">Takes one line for people, from any thread.</param>
    /// <exception cref="CliException">This machine, these privileges or the configuration do not allow it.</exception>
    /// <param name="policies">Null to observe only.</param>
    public static async Task<AgentHost> StartAsync(EiderConfig config, PolicySource? policies, TimeProvider time, Action<string> log)
    {
        try
        {
            // 1. Privileges, since everything else fails without them; then one agent a socket: nothing is attached twice by mistake.
            Agent.CheckPrivileges();
            return await StartAsync(SocketClaim.Take(config.Api.Socket), config, policies, time, log);
        }
        catch (AgentStartException refused)
        {
            throw new CliException(ExitCode.MissingPrivilege, "run", refused.What, refused.Mend, refused);
        }
        catch (PolicyException refused)
        {
            throw new CliException(ExitCode.BadInput, "policy", refused.Message, "nothing is in force; `eider policy validate` lists every mistake", refused);
        }
    }

    /// <summary>Takes in what the kernel has seen until now, publishes what is under way as it stands, and ends the feed. The API still answers.</summary>
    public void StopSensing()
    {
        _agent.Stop();
        Feed.Complete();
    }

    public async ValueTask DisposeAsync()
    {
        StopSensing();
        await _api.DisposeAsync();
        _agent.Dispose();
        await _outputs.DisposeAsync();
        _history?.Dispose();
    }

    private static async Task<AgentHost> StartAsync(SocketClaim claim, EiderConfig config, PolicySource? policies, TimeProvider time, Action<string> log)
    {
        var feed = new EventFeed();
        HistoryStore? history = null;
        AlertOutputs? outputs = null;
        Agent? agent = null;
        try
        {
            // 2. Sensing. The history comes before the feed: what a reader has not been given live is then in the history.
            history = config.History.Enabled ? new HistoryStore(OptionsOf(config.History), time, log) : null;
            outputs = AlertOutputs.Create(config, log, time);
            agent = Agent.Start(config, policies, history is null ? [outputs, feed] : [history, outputs, feed], log, time);
            agent.Failed += _ => feed.Complete();

            // 3. The API.
            var status = new StatusReader(agent, feed, history, outputs, config, time);
            var api = await ApiServer.StartAsync(config.Api, new ApiRoutes(status.ReadAsync, new EventStream(feed, history, config), new ResponseRoutes(agent.Responder, config.Node)), claim, log);
            return new AgentHost(agent, history, outputs, feed, api);
        }
        catch
        {
            agent?.Dispose();
            if (outputs is not null)
            {
                await outputs.DisposeAsync();
            }

            history?.Dispose();
            claim.Dispose();
            throw;
        }
    }

    private static HistoryOptions OptionsOf(HistoryConfig config) => new() { Path = config.Path, MaxAge = config.MaxAge, MaxBytes = config.MaxSize, RowsPerSecond = config.MaxRowsPerSecond };
}
