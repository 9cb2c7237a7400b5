// eider-bench: takes the figures that the design has budgets for. Each area is a file; docs/benchmarks.md says how each is taken.

using Eider.Bench;
using Eider.Lab;

const string Usage = "usage: eider-bench --agent PATH --output FILE [--only AREA] [--count N]";

if (args is ["client", .. var client])
{
    return DnsClient.Run(client);
}

if (args is ["flood", .. var flood])
{
    return Flood.Run(flood);
}

string? agent = null, output = null, only = null;
int? count = null; // of questions for each case of the lab, where the area has cases
for (var index = 0; index + 1 < args.Length; index += 2)
{
    switch (args[index])
    {
        case "--agent":
            agent = Path.GetFullPath(args[index + 1]);
            break;
        case "--output":
            output = args[index + 1];
            break;
        case "--only":
            only = args[index + 1];
            break;
        case "--count" when int.TryParse(args[index + 1], out var number) && number > 0:
            count = number;
            break;
    }
}

if (agent is null || output is null)
{
    Console.Error.WriteLine(Usage);
    return 2;
}

(string Area, Func<IEnumerable<Measurement>> Take)[] areas =
[
    ("kernel.nondns", KernelOverhead.Measure),
    ("kernel.verdict", VerdictCost.Measure),
    ("kernel.response", ResponseCost.Measure),
    ("wire.nondns", KernelOverhead.MeasureWire),
    ("wire.response", ResponseCost.MeasureWire),
    ("wire.attach", () => ManyDevices.Measure(agent)),
    ("verifier", VerifierCost.Measure),
    ("decode", DecodeCost.Measure),
    ("pipeline", PipelineRate.Measure),
    ("pipeline.stage", StageCost.Measure),
    ("detect", DetectEvaluation.Measure),
    ("detect.lab.attacks", () => LabAttacks.Measure(agent)),
    ("detect.lab.content", () => LabContent.Measure(agent)),
    ("detect.lab.poisoning", () => LabPoisoning.Measure(agent)),
    ("detect.lab.hold", () => LabHold.Measure(agent, count ?? 1_000)),
    ("detect.lab.hold_benign", () => LabHoldBenign.Measure(agent, 2 * (count ?? 1_000))),
    ("detect.lab.benign_hold", () => LabBenign.MeasureHolding(agent)),
    ("detect.lab.benign", () => LabBenign.Measure(agent)),
    ("detect.lab.exhaustion", () => LabExhaustion.Measure(agent)),
    ("detect.lab.cross", () => LabCross.Measure(agent)),
    ("detect.lab.nat", () => LabTranslated.Measure(agent)),
    ("lists", ListReading.Measure),
    ("agent", () => AgentFootprint.Measure(agent)),
    ("history", HistoryWriting.Measure),
    ("dnsperf", () => DnsperfRatio.Measure(agent)),
    ("deny", () => DenialCost.Measure(agent)),
    ("restart", () => RestartGap.Measure(agent)),
    ("names", () => NamesFootprint.Measure(agent)),
    ("stress", () => NamesFootprint.MeasureStress(agent)),
    ("rival", RivalBlockers.Measure),
];

var figures = new List<Measurement>();
// All areas below a name; for a name below an area, that one.
only ??= "";
var around = areas.Select(area => area.Area).Where(area => only.StartsWith(area, StringComparison.Ordinal)).MaxBy(area => area.Length);
foreach (var (area, take) in areas.Where(area => area.Area == around || area.Area.StartsWith(only, StringComparison.Ordinal)))
{
    Console.Error.WriteLine($"measuring {area} ...");
    try
    {
        figures.AddRange(take());
    }
    catch (LabException failure)
    {
        Console.Error.WriteLine($"eider-bench: {area}: {failure.Message}");
        return 1;
    }
}

Report.Print(figures);
Report.Write(figures, output);
return figures.All(figure => figure.Pass != false) ? 0 : 3;
