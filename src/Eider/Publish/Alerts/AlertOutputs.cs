// All receivers of alerts that the configuration names.

using Eider.Cli;
using Eider.Core;
using Eider.Core.Config;
using Eider.Status;

namespace Eider.Publish.Alerts;

/// <summary>Hands each alert to every receiver's own queue.</summary>
internal sealed class AlertOutputs : IEventSink, IAsyncDisposable
{
    private readonly AlertOutput[] _outputs;

    private AlertOutputs(AlertOutput[] outputs) => _outputs = outputs;

    public IReadOnlyList<AlertOutputStatus> Statuses => [.. _outputs.Select(static output => output.Status)];

    /// <exception cref="CliException">The file of a secret cannot be used.</exception>
    public static AlertOutputs Create(EiderConfig config, Action<string> log, TimeProvider time)
    {
        // Secrets first: nothing runs yet when one is refused.
        var senders = new List<(IAlertSender Sender, AlertSeverity Least)>();
        foreach (var hook in config.Alerts.Webhooks)
        {
            if (!WebhookSecret.TryOpen(hook.SecretFile, out var secret, out var fault))
            {
                throw new CliException(ExitCode.BadInput, hook.SecretFile, fault, "it is the secret of a webhook in alerts.webhooks");
            }

            // Without the path, which may be a secret by itself; and still a name for each.
            var name = $"webhook {hook.Url.Authority}";
            var earlier = senders.Count(sender => sender.Sender.Name.Split('#')[0] == name);
            senders.Add((new WebhookSender(earlier == 0 ? name : $"{name}#{earlier + 1}", hook.Url, secret, config.Node, time, log), hook.LeastSeverity));
        }

        senders.AddRange(config.Alerts.Syslog.Select(target => ((IAlertSender)new SyslogSender(target, config.Node, time), target.LeastSeverity)));
        return new AlertOutputs([.. senders.Select((sender, at) => new AlertOutput(sender.Sender, sender.Least, log, time, Environment.ProcessId + at))]);
    }

    public EventInterest Interest => EventInterest.Rest;

    public void Publish(Event published)
    {
        foreach (var output in _outputs)
        {
            output.Publish(published);
        }
    }

    /// <summary>All at once: each takes its time.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_outputs.Select(static output => output.DisposeAsync().AsTask()));
}
