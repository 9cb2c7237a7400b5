// Lengths of time as people write them: 50ms, 1.5s, 10m.

using System.Buffers;
using System.Globalization;

namespace Eider.Core.Filters;

/// <summary>Reads a number with a unit: ns, us (or µs), ms, s, m, h, d.</summary>
public static class Duration
{
    public const string Examples = "50ms, 1.5s, 10m, 2h";

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    private static readonly (string Unit, double Nanoseconds)[] Units =
    [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9), ("d", 86400e9),
    ];

    /// <summary>Nanoseconds in <paramref name="text"/>; false when it is no number with a unit, or is negative or beyond 292 years.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long nanoseconds)
    {
        nanoseconds = 0;
        var digits = text.IndexOfAnyExcept(NumberCharacters);
        if (digits <= 0)
        {
            return false;
        }

        foreach (var (unit, scale) in Units)
        {
            if (text[digits..].SequenceEqual(unit)
                && double.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && number * scale < long.MaxValue)
            {
                nanoseconds = (long)Math.Round(number * scale);
                return true;
            }
        }

        return false;
    }

    /// <summary>Two units where there is more than a minute: <c>4d 3h</c>, <c>2h 5m</c>, <c>3m 10s</c>; else as <see cref="Format"/>.</summary>
    public static string FormatLong(long nanoseconds)
    {
        var time = TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
        return time switch
        {
            { TotalDays: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Days}d {time.Hours}h"),
            { TotalHours: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Hours}h {time.Minutes}m"),
            { TotalMinutes: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}m {time.Seconds}s"),
            _ => Format(nanoseconds),
        };
    }

    /// <summary>The shortest form that keeps three digits: <c>412ns</c>, <c>87.1us</c>, <c>1.24ms</c>, <c>5.01s</c>.</summary>
    public static string Format(long nanoseconds)
    {
        var (unit, scale) = nanoseconds switch
        {
            < 1_000 => ("ns", 1d),
            < 1_000_000 => ("us", 1e3),
            < 1_000_000_000 => ("ms", 1e6),
            _ => ("s", 1e9),
        };
        var number = nanoseconds / scale;
        var decimals = unit == "ns" || number >= 100 ? "0" : number >= 10 ? "0.0" : "0.00";
        return number.ToString(decimals, CultureInfo.InvariantCulture) + unit;
    }
}
