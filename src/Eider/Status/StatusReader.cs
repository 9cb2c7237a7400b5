// Collects an agent's status from its parts.

using System.Diagnostics;
using Eider.Bpf;
using Eider.Cli;
using Eider.Core.Config;
using Eider.Core.Detect;
using Eider.Core.Respond;
using Eider.Core.Sensors;
using Eider.Core.Store;
using Eider.Output;
using Eider.Publish;
using Eider.Publish.Alerts;

namespace Eider.Status;

/// <summary>Thread-safe: reads counters that others write.</summary>
internal sealed class StatusReader(Agent agent, EventFeed feed, HistoryStore? history, AlertOutputs outputs, EiderConfig config, TimeProvider time)
{
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private readonly long _started = time.GetTimestamp();

    /// <param name="measure">How long to have the kernel measure the programs' cost; zero leaves it out.</param>
    public async Task<AgentStatus> ReadAsync(TimeSpan measure, CancellationToken cancellation)
    {
        var programs = await ReadPrograms(measure, cancellation);
        var process = Process.GetCurrentProcess();
        return new()
        {
            Version = VersionVerb.Product.Version,
            AbiVersion = PinDirectory.AbiVersion,
            Kernel = KernelRelease(),
            Node = config.Node,
            Pid = Environment.ProcessId,
            StartedAt = _startedAt,
            UptimeSeconds = Math.Round(time.GetElapsedTime(_started).TotalSeconds, 3),
            ResidentBytes = process.WorkingSet64,
            CpuSeconds = Math.Round(process.TotalProcessorTime.TotalSeconds, 3),
            Programs = programs,
            Maps = [.. agent.Sensor.Maps.Select(Map)],
            Counts = [.. Counts()],
            Losses = [.. Losses()],
            Gauges = [.. Gauges()],
            Verdicts = [.. agent.Pipeline.Counters.Verdicts.All.Select(static verdict => new VerdictStatus(
                verdict.Action.ToString().ToLowerInvariant(), verdict.Mode.ToString().ToLowerInvariant(), VerdictText.WordOf(verdict.Reason), verdict.Count))],
            Wire = agent.Enforcement is { Wire: var wire } ? new WireStatus(wire.Devices, wire.Waiting, wire.Vanished, wire.Workloads.Count) : null,
            Pinned = agent.Sensor.Pins is not null,
            History = history is null ? null : HistoryOf(history.Statistics),
            Policy = agent.Enforcement?.Engine.Status,
            Respond = RespondOf(agent.Responder),
            Detect = agent.Detect is { } detect
                ? new DetectStatus(detect.Mutes, detect.Lists, config.Detect.ProtectedNames.Length, config.Detect.InternalZones.Length, config.Detect.Off, CrossCheck())
                : null,
            AlertOutputs = outputs.Statuses,
            Api = new ApiStatus(config.Api.Socket, config.Api.Listen?.ToString(), feed.Subscribers),
        };
    }

    private static RespondStatus? RespondOf(Responder? responder) => responder?.Active is { } active
        ? new RespondStatus(active.Count(static response => !response.IsDryRun), active.Count(static response => response.IsDryRun), ResponseLedger.Limit, responder.Refused)
        : null;

    private CrossCheckStatus? CrossCheck()
    {
        if (config.Detect.CrossCheck is not { } check || agent.Pipeline.Detect is not { } detection)
        {
            return null;
        }

        var counters = detection.CrossCheck;
        return new(
            check.Resolver.ToString(), check.Tls, check.QueriesPerSecond, detection.CrossCheckedNames, counters.Compared, counters.Differed, counters.Skipped,
            [.. Enum.GetValues<CrossOutcome>().Where(static outcome => outcome != CrossOutcome.Answered).Select(outcome => new DropStatus(NameOf(outcome), counters.Failed(outcome)))],
            agent.SecondResolver?.PassedOver ?? 0,
            agent.SecondResolver?.Trouble);
    }

    private static string NameOf(CrossOutcome outcome) => outcome == CrossOutcome.TimedOut ? "timed_out" : outcome.ToString().ToLowerInvariant();

    private static string KernelRelease()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        }
        catch (IOException)
        {
            return Environment.OSVersion.VersionString;
        }
    }

    private async Task<IReadOnlyList<ProgramStatus>> ReadPrograms(TimeSpan measure, CancellationToken cancellation)
    {
        if (measure <= TimeSpan.Zero)
        {
            return [.. agent.Sensor.Programs.Select(program => Program(program, program.Info(), null, 0))];
        }

        using var statistics = TryEnableStatistics();
        var before = agent.Sensor.Programs.Select(static program => program.Info()).ToArray();
        var began = time.GetTimestamp();
        await Task.Delay(measure, time, cancellation);
        var seconds = statistics is null ? 0 : time.GetElapsedTime(began).TotalSeconds;
        return [.. agent.Sensor.Programs.Select((program, at) => Program(program, program.Info(), before[at], seconds))];
    }

    /// <summary>Null where it may not be measured; the status is given without.</summary>
    private static BpfStats? TryEnableStatistics()
    {
        try
        {
            return BpfStats.Enable();
        }
        catch (BpfException)
        {
            return null;
        }
    }

    private static ProgramStatus Program(BpfProgram program, ProgramInfo info, ProgramInfo? before, double seconds)
    {
        var runs = before is null ? 0 : info.RunCount - before.RunCount;
        return new(
            program.Name, program.Section, info.Id, info.RunCount, info.RunTimeNs, info.MemoryBytes,
            before is null || seconds <= 0 ? null : Math.Round(runs / seconds, 1),
            runs == 0 ? null : Math.Round((double)(info.RunTimeNs - before!.RunTimeNs) / runs, 1));
    }

    private MapStatus Map(BpfMap map)
    {
        var info = map.Info();
        return new(map.Name, map.Type.ToString(), map.Type == MapType.RingBuffer ? agent.Sensor.Ring.AvailableBytes : map.Name == "responses" ? RespondOf(agent.Responder)?.InForce : null, info.MaxEntries, info.MemoryBytes);
    }

    private IEnumerable<CountStatus> Counts()
    {
        var pipeline = agent.Pipeline.Counters;
        yield return new("packets", pipeline.Packets, "packets that reached the pipeline");
        yield return new("queries", pipeline.Queries, "queries, at either end");
        yield return new("responses", pipeline.Responses, "responses, at either end");
        yield return new("malformed", pipeline.Malformed, "messages that break the protocol");
        yield return new("published", pipeline.Published, "events handed to history and views");
        var exchanges = agent.Pipeline.Transactions;
        yield return new("answered", exchanges.Answered, "exchanges with a response");
        yield return new("unanswered", exchanges.Unanswered, "exchanges without a response in time");
        yield return new("retries", exchanges.Retries, "queries sent again");
        yield return new("duplicate", exchanges.Duplicates, "responses that came again, octet for octet");
        yield return new("conflicting", exchanges.Conflicting, "second responses with other content");
        yield return new("late", exchanges.Late, "responses after the time limit");
        yield return new("unsolicited", exchanges.Unsolicited, "responses to nothing that was asked");
        if (agent.Pipeline.Detect?.Counters is { } found)
        {
            yield return new("alerts", found.Alerts, "alerts published");
            yield return new("alerts_repeated", found.Repeated, "findings that were told before, and only counted");
            yield return new("alerts_muted", found.Muted, "findings that a mute silenced");
        }

        if (CrossCheck() is { } check)
        {
            yield return new("cross_checked", check.Compared, "answers compared with those of the second resolver");
            yield return new("cross_check_differed", check.Differed, "answers of which the second resolver said something else");
            yield return new("cross_check_skipped", check.Skipped, "answers not compared with the second resolver's for its rate");
            yield return new("cross_check_passed_over", check.PassedOver, "packets to the agent's questions that answer something else");
            yield return new("cross_check_failed", check.Failed.Sum(static failure => failure.Count), "questions to the second resolver that nothing came of");
        }

        if (agent.Responder is { } responder)
        {
            yield return new("responses_refused", responder.Refused, "responses to alerts that policies asked for and were not begun");
        }

        foreach (var (counter, value) in agent.Sensor.ReadCounters().Where(static counter => !counter.Counter.IsLoss))
        {
            yield return new(counter.Name, value, counter.Meaning);
        }

        if (history is not null)
        {
            yield return new("history_written", history.Statistics.Written, "events recorded in the history");
        }
    }

    private IEnumerable<CountStatus> Losses()
    {
        foreach (var (counter, value) in agent.Sensor.ReadCounters().Where(static counter => counter.Counter.IsLoss))
        {
            yield return new(counter.Name, value, counter.Meaning);
        }

        if (agent.Enforcement?.Held.Lost is { } heldLost)
        {
            yield return new("held_lost", heldLost, "answers held back that could not be delivered");
        }

        yield return new("unknown_record", agent.Source.Unknown, "records of a kind this agent does not know");
        var exchanges = agent.Pipeline.Transactions;
        yield return new("exchanges_shed", exchanges.Shed, "exchanges let go because too many were open");
        if (agent.Pipeline.Detect?.Counters is { } detect)
        {
            yield return new("detect_shed", detect.Shed, "things remembered for detection that made room for others");
            yield return new("detect_partial", detect.Partial, "responses of which detection did not see every record");
            yield return new("detect_unjudged", detect.Unjudged, "second answers whose first was no longer remembered");
        }

        var streams = agent.Pipeline.Tcp;
        yield return new("tcp_gaps", streams.Gaps, "places where octets of a TCP stream were missing");
        yield return new("tcp_shed_memory", streams.ShedForMemory, "TCP streams let go for want of memory");
        yield return new("tcp_shed_streams", streams.ShedForStreams, "TCP streams let go because there were too many");
        var identities = agent.Identities.Statistics;
        yield return new("processes_forgotten", identities.ProcessEvictions, "processes forgotten for want of room");
        yield return new("cgroups_forgotten", identities.CgroupEvictions, "cgroups forgotten for want of room");
        yield return new(EventSubscription.LossReason, feed.Missed, "events that readers were too slow for");
        foreach (var (reason, count) in history?.Statistics.Dropped ?? new Dictionary<string, long>())
        {
            yield return new($"history_{reason}", count, "events not recorded in the history");
        }
    }

    private IEnumerable<CountStatus> Gauges()
    {
        yield return new("open_exchanges", agent.Pipeline.Transactions.Open, "queries that wait for their response");
        if (agent.Pipeline.Detect is { } detection)
        {
            yield return new("detect_bytes", detection.StateBytes, "octets remembered for detection");
        }

        if (RespondOf(agent.Responder) is { } responses)
        {
            yield return new("responses", responses.InForce, "responses to alerts in force");
        }

        yield return new("tcp_streams", agent.Pipeline.Tcp.Streams, "TCP streams followed");
        var identities = agent.Identities.Statistics;
        yield return new("processes", identities.Processes, "processes known");
        yield return new("cgroups", identities.Cgroups, "cgroups known");
    }

    private HistoryStatus HistoryOf(HistoryStatistics statistics) => new(
        config.History.Path, statistics.Written, statistics.FileBytes,
        statistics.OldestTimeNs is { } oldest ? DateTimeOffset.UnixEpoch.AddTicks(oldest / TimeSpan.NanosecondsPerTick) : null,
        statistics.Queued, statistics.QueueCapacity, statistics.Trouble);
}
