// What the evaluation found, detection by detection: a table for people, figures for programs.

using System.Globalization;
using Eider.Core;
using Eider.Core.Detect;
using Eider.Tests.Detect;

namespace Eider.Bench;

internal sealed class DetectionTable
{
    private readonly Dictionary<string, Row> rows = Detections.All.ToDictionary(kind => kind.Id, kind => new Row(kind));
    private readonly List<(string Table, long Bytes)> shared = [];
    private long ordinary;
    private double sharedNs;

    /// <summary>Whatever is told of ordinary traffic is wrong. Of several, the largest state counts.</summary>
    public void TakeOrdinary(Traffic traffic, long exchanges)
    {
        ordinary += exchanges;
        foreach (var alert in traffic.Alerts)
        {
            rows[alert.Detection].FalsePositives++;
        }

        foreach (var finder in traffic.Detect.Finders)
        {
            foreach (var kind in finder.Finds)
            {
                var row = rows[kind.Id];
                (row.StateBytes, row.SharesWith) = (Math.Max(row.StateBytes, finder.Bytes), finder.Finds.Count - 1);
            }
        }

        if (shared.Count == 0 || traffic.Detect.SharedState.Sum(table => table.Bytes) > shared.Sum(table => table.Bytes))
        {
            shared.Clear();
            shared.AddRange(traffic.Detect.SharedState);
        }
    }

    /// <param name="told">Null where it was missed.</param>
    public void TakeAttack(Attack attack, Traffic traffic, Alert? told)
    {
        var row = rows[attack.Finds];
        if (told is null)
        {
            row.Missed++;
            Console.Error.WriteLine($"  missed: {attack} on {traffic.Victim}");
            return;
        }

        var struckNs = traffic.StruckNs ?? throw new InvalidOperationException($"the attack '{attack}' does not say when it strikes");
        row.TimesMs.Add((told.TimeNs - struckNs) / 1e6);
    }

    /// <summary>Told of those whom no attack was aimed at.</summary>
    public void TakeWrong(IEnumerable<Alert> alerts)
    {
        foreach (var alert in alerts)
        {
            rows[alert.Detection].FalsePositivesBesideAttacks++;
        }
    }

    /// <param name="rounds">Nanoseconds per event by detection.</param>
    /// <param name="nsPerEvent">Of all, without clocks.</param>
    public void TakeCosts(IEnumerable<IReadOnlyDictionary<DetectionKind, double>> rounds, double nsPerEvent)
    {
        var all = rounds.ToList();
        foreach (var kind in all[0].Keys)
        {
            rows[kind.Id].NsPerEvent = Measurement.Median(all.Select(round => round[kind]));
        }

        sharedNs = nsPerEvent - rows.Values.Sum(row => (row.NsPerEvent ?? 0) / (row.SharesWith + 1));
    }

    public IEnumerable<Measurement> Totals() =>
    [
        Measurement.Of("detect.attacks.true_positives", rows.Values.Sum(row => row.TimesMs.Count), "attacks"),
        Measurement.AtMost("detect.attacks.false_negatives", rows.Values.Sum(row => row.Missed), "attacks", 0),
        Measurement.AtMost("detect.attacks.false_positives", rows.Values.Sum(row => row.FalsePositivesBesideAttacks), "alerts", 0),
    ];

    /// <summary>A detection that no attack was made for misses its budget: one true positive at least.</summary>
    public IEnumerable<Measurement> ByDetection()
    {
        foreach (var row in rows.Values)
        {
            var name = $"detect.by_detection.{row.Kind.Id}";
            yield return Measurement.AtLeast($"{name}.true_positives", row.TimesMs.Count, "attacks", Math.Max(1, row.Attacks));
            yield return Measurement.AtMost($"{name}.false_negatives", row.Missed, "attacks", 0);
            yield return Measurement.AtMost($"{name}.false_positives", row.FalsePositives, "alerts", 0);
            yield return Measurement.Of($"{name}.false_positive_rate", row.FalsePositives * 1e6 / ordinary, "/million");
            yield return Measurement.Of($"{name}.state_kib", row.StateBytes / 1024.0, "KiB");
            if (row.TimesMs.Count > 0)
            {
                yield return Measurement.Of($"{name}.time_to_detect_ms", Measurement.Median(row.TimesMs), "ms");
            }

            if (row.NsPerEvent is { } ns)
            {
                yield return Measurement.Of($"{name}.ns_per_event", ns, "ns");
            }
        }

        foreach (var (table, bytes) in shared)
        {
            yield return Measurement.Of($"detect.by_detection.shared.{table}_kib", bytes / 1024.0, "KiB");
        }

        yield return Measurement.Of("detect.by_detection.shared.ns_per_event", sharedNs, "ns");
    }

    public void Print()
    {
        Write($"{"detection",-26} {"found",9} {"missed",7} {"wrong",6} {"of ordinary exchanges",22} {"told after",12} {"ns/event",9} {"KiB",8}");
        foreach (var row in rows.Values)
        {
            var told = row.TimesMs.Count > 0 ? $"{Measurement.Median(row.TimesMs):0.#} ms" : "-";
            var mark = row.SharesWith > 0 ? "*" : " ";
            Write($"{row.Kind.Id,-26} {row.TimesMs.Count,4}/{row.Attacks,-4} {row.Missed,7} {row.FalsePositives,6} {ordinary,22:#,0} {told,12} {row.NsPerEvent,8:0.#}{mark} {row.StateBytes / 1024,7:#,0}{mark}");
        }

        Write($"{"what all of them share",-86} {sharedNs,8:0.#}  {shared.Sum(table => table.Bytes) / 1024,7:#,0}");
        Write($"* of one detector that finds several. Without ns/event: not looked for in answers. State: after {ordinary / 2:#,0} ordinary exchanges.\n");
    }

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private sealed class Row(DetectionKind kind)
    {
        public DetectionKind Kind => kind;

        public List<double> TimesMs { get; } = [];

        public int Missed { get; set; }

        public int Attacks => TimesMs.Count + Missed;

        public int FalsePositives { get; set; }

        public int FalsePositivesBesideAttacks { get; set; }

        public long StateBytes { get; set; }

        /// <summary>Other detections of the same detector, whose cost and state it is too.</summary>
        public int SharesWith { get; set; }

        /// <summary>Null where answers are not looked at for it.</summary>
        public double? NsPerEvent { get; set; }
    }
}
