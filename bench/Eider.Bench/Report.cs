// The figures as a table for people and as JSON for programs.

using System.Globalization;
using System.Text.Json;

namespace Eider.Bench;

internal static class Report
{
    public static void Print(IReadOnlyList<Measurement> figures)
    {
        Console.WriteLine($"{"figure",-34} {"value",14} {"unit",-9} {"budget",12}");
        foreach (var figure in figures)
        {
            var verdict = figure.Pass switch { true => "ok", false => "MISSED", null => "" };
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{figure.Name,-34} {figure.Value,14:#,0.###} {figure.Unit,-9} {figure.Budget,12} {verdict}"));
        }
    }

    /// <summary>Figures that were not taken in this run keep what an earlier run found.</summary>
    public static void Write(IReadOnlyList<Measurement> figures, string file)
    {
        IReadOnlyList<Measurement> earlier = File.Exists(file)
            ? JsonSerializer.Deserialize(File.ReadAllText(file), MeasurementJson.Default.IReadOnlyListMeasurement)!
            : [];
        IReadOnlyList<Measurement> all = [.. earlier.Where(old => figures.All(figure => figure.Name != old.Name)).Concat(figures).OrderBy(figure => figure.Name, StringComparer.Ordinal)];
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        File.WriteAllText(file, JsonSerializer.Serialize(all, MeasurementJson.Default.IReadOnlyListMeasurement) + "\n");
        Console.WriteLine($"\nwritten to {file}");
    }
}
