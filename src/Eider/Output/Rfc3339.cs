// Times as text: RFC 3339 in UTC with nanoseconds, and the local clock for terminals.

using System.Globalization;
using Eider.Core.Filters;

namespace Eider.Output;

public static class Rfc3339
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>E.g. <c>2026-01-31T12:00:00.123456789Z</c>.</summary>
    /// <param name="timeNs">Nanoseconds since the Unix epoch.</param>
    /// <param name="digits">Digits of the fraction, 0 to 9; the rest is cut.</param>
    public static string Format(long timeNs, int digits = 9)
    {
        var (seconds, fraction) = Math.DivRem(timeNs, NanosecondsPerSecond);
        if (fraction < 0)
        {
            (seconds, fraction) = (seconds - 1, fraction + NanosecondsPerSecond);
        }

        return string.Create(digits == 0 ? 20 : 21 + digits, (seconds, fraction, digits), static (text, time) =>
        {
            DateTimeOffset.FromUnixTimeSeconds(time.seconds).TryFormat(text, out var length, time.digits == 0 ? "yyyy-MM-ddTHH:mm:ss" : "yyyy-MM-ddTHH:mm:ss.", CultureInfo.InvariantCulture);
            Span<char> nanoseconds = stackalloc char[9];
            time.fraction.TryFormat(nanoseconds, out _, "d9", CultureInfo.InvariantCulture);
            nanoseconds[..time.digits].CopyTo(text[length..]);
            text[^1] = 'Z';
        });
    }

    /// <summary>E.g. <c>12:00:00.123</c>, in <paramref name="zone"/>.</summary>
    public static string FormatClock(long timeNs, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(timeNs / 1_000_000), zone).ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    /// <summary>E.g. <c>2026-01-31 12:00:00</c>, in <paramref name="zone"/>.</summary>
    public static string FormatDay(long timeNs, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(timeNs / 1_000_000), zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Reads a point in time: RFC 3339 (<c>2026-01-31T12:00:00Z</c>), or a length of time before <paramref name="now"/> (<c>10m</c>).</summary>
    public static bool TryParse(string text, DateTimeOffset now, out long timeNs)
    {
        if (Duration.TryParse(text, out var ago))
        {
            timeNs = ToUnixNs(now) - ago;
            return true;
        }

        var isTime = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time) && text.Length >= 10;
        timeNs = isTime ? ToUnixNs(time) : 0;
        return isTime;
    }

    /// <summary>Reads what <see cref="Format"/> writes, with 0 to 9 digits of a fraction, to the nanosecond.</summary>
    public static bool TryParseUtc(string text, out long timeNs)
    {
        timeNs = 0;
        if (text.Length < 20 || text[^1] != 'Z'
            || !DateTimeOffset.TryParseExact(text.AsSpan(0, 19), "yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var seconds))
        {
            return false;
        }

        var fraction = text.AsSpan(19, text.Length - 20);
        var nanoseconds = 0;
        if (fraction.Length > 0 && (fraction[0] != '.' || fraction.Length > 10
            || !int.TryParse(fraction[1..].ToString().PadRight(9, '0'), NumberStyles.None, CultureInfo.InvariantCulture, out nanoseconds)))
        {
            return false;
        }

        timeNs = ToUnixNs(seconds) + nanoseconds;
        return true;
    }

    public static long ToUnixNs(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * 100;
}
