// Durations and sizes as people write them: 500ms, 7d, 8MiB. Shared by the config file and the command line.

using System.Globalization;

namespace Eider.Core.Config;

/// <summary>A whole number with a unit. Both ways: what <c>Format</c> writes, <c>TryParse</c> reads back to the same value.</summary>
public static class Units
{
    public const string DurationExamples = "500ms, 5s, 6h or 7d";

    public const string SizeExamples = "8MiB or 512MB";

    private static readonly (string Name, long Factor)[] DurationUnits =
    [
        ("ms", TimeSpan.TicksPerMillisecond), ("s", TimeSpan.TicksPerSecond), ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour), ("d", TimeSpan.TicksPerDay),
    ];

    private static readonly (string Name, long Factor)[] SizeUnits =
    [
        ("B", 1), ("KB", 1_000), ("KiB", 1L << 10), ("MB", 1_000_000), ("MiB", 1L << 20),
        ("GB", 1_000_000_000), ("GiB", 1L << 30), ("TB", 1_000_000_000_000), ("TiB", 1L << 40),
    ];

    /// <summary>Reads <c>ms</c>, <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c> after a whole number; false also when the value does not fit.</summary>
    public static bool TryParseDuration(string text, out TimeSpan duration)
    {
        var known = TryParse(text, DurationUnits, StringComparison.Ordinal, out var ticks);
        duration = new TimeSpan(ticks);
        return known;
    }

    /// <summary>Reads <c>B</c>, <c>KiB</c>/<c>KB</c> … <c>TiB</c>/<c>TB</c> (any case) after a whole number; octets.</summary>
    public static bool TryParseSize(string text, out long octets) =>
        TryParse(text, SizeUnits, StringComparison.OrdinalIgnoreCase, out octets);

    public static string FormatDuration(TimeSpan duration) => Format(duration.Ticks, DurationUnits);

    public static string FormatSize(long octets) => Format(octets, SizeUnits);

    private static bool TryParse(string text, (string Name, long Factor)[] units, StringComparison comparison, out long value)
    {
        value = 0;
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (digits <= 0 || !long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var unitName = text.AsSpan(digits).TrimStart(' ');
        foreach (var (name, factor) in units)
        {
            if (unitName.Equals(name, comparison) && number <= long.MaxValue / factor)
            {
                value = number * factor;
                return true;
            }
        }

        return false;
    }

    /// <summary>With the unit that leaves the smallest whole number; the smallest unit where none divides.</summary>
    private static string Format(long value, (string Name, long Factor)[] units)
    {
        var (name, factor) = units[0];
        foreach (var unit in units)
        {
            if (value != 0 && value % unit.Factor == 0 && unit.Factor > factor)
            {
                (name, factor) = unit;
            }
        }

        return (value / factor).ToString(CultureInfo.InvariantCulture) + name;
    }
}
