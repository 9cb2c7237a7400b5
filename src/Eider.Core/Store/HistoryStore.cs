// The history sink: events to SQLite on a thread of its own. Last stop of the road; nothing here can hold up or stop the others.

using Eider.Bpf;

namespace Eider.Core.Store;

/// <summary>Keeps events on disk within bounds of age and size. Whatever the disk does, <see cref="Publish"/> neither waits nor throws:
/// events that cannot be kept are counted by reason, one log line tells of the change, and recording resumes by itself.</summary>
public sealed class HistoryStore : IEventSink, IDisposable
{
    /// <summary>Octets of DNS messages in one transaction.</summary>
    private const long BatchBytes = 512 << 10;

    /// <summary>Steps of retention after each batch: they delete more than a batch adds.</summary>
    private const int StepsPerBatch = 4;

    private const int StepsWhenIdle = 32;

    /// <summary>A disk that does not answer must not hold up the end of the program.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(10);

    private readonly HistoryOptions _options;
    private readonly Action<string> _log;
    private readonly EventQueue _queue;
    private readonly RowBudget _budget;
    private readonly HistoryCounters _counters = new();
    private readonly HistoryRecorder _recorder;
    private readonly AutoResetEvent _wake = new(false);
    private readonly ITimer _timer;
    private readonly Thread _thread;
    private readonly Lock _flushGate = new();
    private readonly List<Event> _batch;
    private List<TaskCompletionSource> _flushes = [];
    private bool _stopping;

    /// <summary>Starts the writer's thread, which opens the file; a file that cannot be opened is logged and tried again.</summary>
    /// <param name="log">Takes one line for people; called from the writer's thread, at changes of state only.</param>
    public HistoryStore(HistoryOptions options, TimeProvider time, Action<string> log)
    {
        _options = options = options with { Path = Path.GetFullPath(options.Path) };
        _log = log;
        _queue = new EventQueue(options.QueueRows, options.QueueBytes);
        _budget = new RowBudget(options.RowsPerSecond, time);
        _recorder = new HistoryRecorder(options, time, log, _counters);
        _batch = new List<Event>(options.BatchRows);
        _thread = new Thread(Run) { IsBackground = true, Name = "eider-history" };
        _timer = time.CreateTimer(_ => _wake.Set(), null, TimeSpan.Zero, options.BatchInterval);
        _thread.Start();
    }

    /// <summary>Cheap enough for every scrape: two locks and three stat calls.</summary>
    public HistoryStatistics Statistics => new()
    {
        Written = _counters.Written,
        Dropped = _counters.Dropped,
        FileBytes = HistoryFile.Bytes(_options.Path),
        OldestTimeNs = _recorder.OldestNs,
        Queued = _queue.Count,
        QueueCapacity = _queue.Capacity,
        Trouble = _recorder.Trouble,
    };

    /// <summary>Every file of a history that is there: the database, its log, and what was set aside as damaged.</summary>
    public static IReadOnlyList<string> Files(string path) => HistoryFile.All(path);

    public EventInterest Interest { get; } = new(messages: false, exchanges: true);

    /// <summary>False where there is no room for its row, which is counted.</summary>
    public bool Wants(in EndedExchange exchange)
    {
        if (!_budget.HasRoom(exchange))
        {
            _counters.CountDropped(HistoryDrop.Rate, 1);
            return false;
        }

        return true;
    }

    /// <summary>Queues transactions, standalone messages, alerts and losses; other events are not history's.</summary>
    public void Publish(Event published)
    {
        if (!EventRow.IsKept(published))
        {
            return;
        }

        if (!_budget.TryTake(published))
        {
            _counters.CountDropped(HistoryDrop.Rate, 1);
        }
        else if (_queue.Enqueue(published, out var waiting) is { } refused)
        {
            _counters.CountDropped(refused, 1);
        }
        else if (waiting == _options.BatchRows)
        {
            _wake.Set();
        }
    }

    /// <summary>Completes when everything published before has been committed, or dropped and counted.</summary>
    public Task FlushAsync()
    {
        lock (_flushGate)
        {
            if (_stopping)
            {
                return Task.CompletedTask;
            }

            var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _flushes.Add(flushed);
            _wake.Set();
            return flushed.Task;
        }
    }

    /// <summary>Writes what waits and closes the file; gives up on a disk that does not answer within seconds.</summary>
    public void Dispose()
    {
        lock (_flushGate)
        {
            if (_stopping)
            {
                return;
            }

            _stopping = true;
            _queue.Close();
            _timer.Dispose();
            _wake.Set();
        }

        if (_thread.Join(CloseTimeout))
        {
            _wake.Dispose();
        }
        else
        {
            _log($"history: {_options.Path} does not answer; {_queue.Count} events that waited for it are not recorded");
        }
    }

    private void Run()
    {
        // On a machine without a free processor the workloads come first: what cannot be written in time is dropped and counted.
        ThreadNice.TrySet(ThreadNice.Lowest);
        var stopping = false;
        while (!stopping)
        {
            _wake.WaitOne();
            var flushes = TakeFlushes(out stopping);
            WriteWaiting();
            _recorder.Maintain(StepsWhenIdle);
            flushes.ForEach(flushed => flushed.SetResult());
        }

        _recorder.Close();
    }

    private List<TaskCompletionSource> TakeFlushes(out bool stopping)
    {
        lock (_flushGate)
        {
            stopping = _stopping;
            var taken = _flushes;
            _flushes = [];
            return taken;
        }
    }

    /// <summary>What waited when this began: a flush comes to its end however fast events arrive.</summary>
    private void WriteWaiting()
    {
        var left = _queue.Count;
        while (left > 0)
        {
            _batch.Clear();
            _queue.Drain(_batch, _options.BatchRows, BatchBytes);
            left -= _batch.Count;
            _recorder.Write(_batch);
            _recorder.Maintain(StepsPerBatch);
        }

        _batch.Clear();
        if (_queue.Count >= _options.BatchRows)
        {
            // The event that filled this batch woke us while we were at work.
            _wake.Set();
        }
    }
}
