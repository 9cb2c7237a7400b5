// What each detector takes of an event's time.

using System.Diagnostics;
using Eider.Core;
using Eider.Core.Detect;

namespace Eider.Bench;

/// <summary>Put around a detector, sums the time of its calls. It reads the clock twice before and after each, which tells what reading it adds.</summary>
internal sealed class DetectorClock(IDetector detector) : IDetector
{
    /// <summary>No call takes this long, nanoseconds: the processor did something else meanwhile.</summary>
    private const long Interrupted = 20_000;

    private long inner;
    private long outer;

    public IReadOnlyList<DetectionKind> Finds => detector.Finds;

    public long Bytes => detector.Bytes;

    /// <summary>Nanoseconds of all calls together. The inner times have one reading of the clock in them, the outer ones three.</summary>
    private double TotalNs => Math.Max(0, inner - (outer - inner) / 2.0) * (1e9 / Stopwatch.Frequency);

    public void Examine(Sighting sighting)
    {
        var before = Stopwatch.GetTimestamp();
        var began = Stopwatch.GetTimestamp();
        detector.Examine(sighting);
        var ended = Stopwatch.GetTimestamp();
        var after = Stopwatch.GetTimestamp();
        if (after - before < Interrupted)
        {
            (inner, outer) = (inner + ended - began, outer + after - before);
        }
    }

    /// <summary>Nanoseconds of each detector per event, by the detections that it finds.</summary>
    public static IReadOnlyDictionary<DetectionKind, double> Measure(DetectOptions options, List<Event> events)
    {
        var clocks = new List<DetectorClock>();
        var detection = new Detection(options, seed: 5, static _ => { }, null, static _ => true, detector =>
        {
            clocks.Add(new DetectorClock(detector));
            return clocks[^1];
        });
        foreach (var published in events)
        {
            detection.Observe(published);
        }

        return clocks.SelectMany(clock => clock.Finds.Select(kind => (kind, clock.TotalNs))).ToDictionary(pair => pair.kind, pair => pair.TotalNs / events.Count);
    }
}
