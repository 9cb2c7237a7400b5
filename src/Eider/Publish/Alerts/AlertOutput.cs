// Carries alerts to one receiver, beside the road: whatever that receiver does, nobody waits for it.

using Eider.Core;
using Eider.Status;

namespace Eider.Publish.Alerts;

/// <summary><see cref="Publish"/> neither waits nor throws, from any thread. Disposing gives what waits one more try, for a short while.</summary>
internal sealed class AlertOutput : IEventSink, IAsyncDisposable
{
    /// <summary>The first wait after a failure; it doubles with each further one.</summary>
    public static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(1);

    /// <summary>However long a receiver asks to be left alone.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    /// <summary>An alert that its receiver answers with a fault so many times is the fault: about six minutes.</summary>
    public const int MostFailures = 12;

    /// <summary>The agent's end does not wait for longer.</summary>
    public static readonly TimeSpan LastTry = TimeSpan.FromSeconds(3);

    public static readonly string[] DropReasons = ["queue_full", "refused", "gave_up", "closed"];

    private const int QueueFull = 0;
    private const int Refused = 1;
    private const int GaveUp = 2;
    private const int Closed = 3;

    private readonly IAlertSender _sender;
    private readonly AlertSeverity _least;
    private readonly Action<string> _log;
    private readonly TimeProvider _time;
    private readonly AlertQueue _queue = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationTokenSource _resting = new();
    private readonly long[] _dropped = new long[DropReasons.Length];
    private readonly Random _random;
    private readonly Task _carrying;
    private long _sent;
    private long _retries;
    private int _underWay;
    private volatile bool _isEnding;
    private volatile string? _trouble;

    /// <param name="log">Takes one line for people, at changes of state only.</param>
    /// <param name="seed">Spreads the tries of many machines over time.</param>
    public AlertOutput(IAlertSender sender, AlertSeverity least, Action<string> log, TimeProvider time, int seed)
    {
        (_sender, _least, _log, _time, _random) = (sender, least, log, time, new Random(seed));
        _carrying = Task.Run(CarryAsync);
    }

    public AlertOutputStatus Status => new(
        _sender.Name, JsonWord(_least), Interlocked.Read(ref _sent), Interlocked.Read(ref _retries), _queue.Count + Volatile.Read(ref _underWay), AlertQueue.Capacity,
        [.. DropReasons.Select((reason, at) => new DropStatus(reason, Interlocked.Read(ref _dropped[at])))], _trouble);

    public void Publish(Event published)
    {
        if (published is Alert alert && alert.Severity >= _least && _queue.Add(alert) is > 0 and var dropped)
        {
            Drop(_isEnding ? Closed : QueueFull, dropped);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _isEnding = true;
        _queue.Close();
        await _resting.CancelAsync();
        _ending.CancelAfter(LastTry);
        await _carrying;
        _sender.Dispose();
        _queue.Dispose();
        _ending.Dispose();
        _resting.Dispose();
    }

    private async Task CarryAsync()
    {
        var wait = TimeSpan.Zero;
        try
        {
            while (await _queue.TakeAsync(_ending.Token) is { } waiting)
            {
                Volatile.Write(ref _underWay, 1);
                var result = await TryAsync(waiting);
                Volatile.Write(ref _underWay, 0);
                wait = result.Delivery is Delivery.Sent or Delivery.Refused ? TimeSpan.Zero : Longer(wait, result.Wait);
                if (_isEnding && wait > TimeSpan.Zero)
                {
                    break;
                }

                await RestAsync(wait);
            }
        }
        catch (OperationCanceledException)
        {
            // The end; what waits is counted below.
        }

        Drop(Closed, _queue.Count + Interlocked.Exchange(ref _underWay, 0));
    }

    private async Task<DeliveryResult> TryAsync(WaitingAlert waiting)
    {
        var result = await _sender.SendAsync(waiting.Alert, _ending.Token);
        switch (result.Delivery)
        {
            case Delivery.Sent:
                Interlocked.Increment(ref _sent);
                break;
            case Delivery.Refused:
                Drop(Refused, 1);
                break;
            case Delivery.Failed when ++waiting.Failures >= MostFailures:
                Drop(GaveUp, 1);
                break;
            default:
                Interlocked.Increment(ref _retries);
                _queue.Return(waiting);
                break;
        }

        Tell(result);
        return result;
    }

    /// <summary>The end of the agent cuts it short.</summary>
    private async Task RestAsync(TimeSpan wait)
    {
        if (wait <= TimeSpan.Zero)
        {
            return;
        }

        try
        {
            await Task.Delay(wait, _time, _resting.Token);
        }
        catch (OperationCanceledException)
        {
            // What waits has one more try.
        }
    }

    private TimeSpan Longer(TimeSpan last, TimeSpan? asked)
    {
        var next = last == TimeSpan.Zero ? FirstRetry : last * 2;
        next = next < LongestRetry ? next : LongestRetry;
        next = asked > next ? asked.Value : next;
        return (next < LongestWait ? next : LongestWait) * (0.9 + 0.2 * _random.NextDouble());
    }

    private void Tell(in DeliveryResult result)
    {
        if (result.Trouble is { } trouble && _trouble != trouble)
        {
            _log($"alerts: {_sender.Name}: {trouble}");
        }
        else if (result.Trouble is null && _trouble is not null)
        {
            _log($"alerts: {_sender.Name}: taken again");
        }

        _trouble = result.Trouble;
    }

    private void Drop(int reason, int alerts) => Interlocked.Add(ref _dropped[reason], alerts);

    private static string JsonWord(AlertSeverity severity) => Output.JsonFormat.NameOf(severity);
}
