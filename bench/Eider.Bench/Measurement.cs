// One figure of a run, with what it is held against.

using System.Globalization;
using System.Text.Json.Serialization;

namespace Eider.Bench;

/// <param name="Name">Dotted; the same from run to run.</param>
/// <param name="Budget">As people read it: "&lt;= 10"; null where there is none.</param>
/// <param name="Command">What takes this figure again.</param>
/// <param name="Pass">Null without a budget.</param>
public sealed record Measurement(string Name, double Value, string Unit, string? Budget, string Command, bool? Pass)
{
    public static Measurement AtMost(string name, double value, string unit, double budget) =>
        new(name, Round(value), unit, $"<= {Text(budget)}", CommandFor(name), value <= budget);

    public static Measurement AtLeast(string name, double value, string unit, double budget) =>
        new(name, Round(value), unit, $">= {Text(budget)}", CommandFor(name), value >= budget);

    public static Measurement Of(string name, double value, string unit) => new(name, Round(value), unit, null, CommandFor(name), null);

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string CommandFor(string name) => $"make bench ARGS='--only {name[..name.LastIndexOf('.')]}'";

    private static double Round(double value) => Math.Round(value, 3);

    private static string Text(double value) => value.ToString("#,0.###", CultureInfo.InvariantCulture);
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<Measurement>))]
internal sealed partial class MeasurementJson : JsonSerializerContext;
