// Durations and sizes as people write them: 500ms, 7d, 8MiB. Shared by the config file and the command line.

using System.Globalization;
using Eider.Core.Filters;

namespace Eider.Core.Config;

/// <summary>A number with a unit. Both ways: what <c>Format</c> writes, <c>TryParse</c> reads back to the same value.</summary>
public static class Units
{
    public const string DurationExamples = "500ms, 5s, 6h or 7d";

    public const string SizeExamples = "8MiB or 512MB";

    private static readonly (string Name, long Factor)[] DurationUnits =
    [
        ("us", TimeSpan.TicksPerMicrosecond), ("ms", TimeSpan.TicksPerMillisecond), ("s", TimeSpan.TicksPerSecond), ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour), ("d", TimeSpan.TicksPerDay),
    ];

    private static readonly (string Name, long Factor)[] SizeUnits =
    [
        ("B", 1), ("KB", 1_000), ("KiB", 1L << 10), ("MB", 1_000_000), ("MiB", 1L << 20),
        ("GB", 1_000_000_000), ("GiB", 1L << 30), ("TB", 1_000_000_000_000), ("TiB", 1L << 40),
    ];

    /// <summary>As <see cref="Duration"/> reads it, to the 100 ns of a TimeSpan.</summary>
    public static bool TryParseDuration(string text, out TimeSpan duration)
    {
        var known = Duration.TryParse(text, out var nanoseconds);
        duration = new TimeSpan(nanoseconds / TimeSpan.NanosecondsPerTick);
        return known;
    }

    /// <summary>Reads <c>B</c>, <c>KiB</c>/<c>KB</c> … <c>TiB</c>/<c>TB</c> (any case) after a whole number; octets.</summary>
    public static bool TryParseSize(string text, out long octets)
    {
        octets = 0;
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (digits <= 0 || !long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var unitName = text.AsSpan(digits).TrimStart(' ');
        foreach (var (name, factor) in SizeUnits)
        {
            if (unitName.Equals(name, StringComparison.OrdinalIgnoreCase) && number <= long.MaxValue / factor)
            {
                octets = number * factor;
                return true;
            }
        }

        return false;
    }

    public static string FormatDuration(TimeSpan duration) => Format(duration.Ticks, DurationUnits);

    public static string FormatSize(long octets) => Format(octets, SizeUnits);

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
