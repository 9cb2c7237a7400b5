using Eider.Output;
using Eider.Tests.Filters;
using Xunit;

namespace Eider.Tests.Formats;

public sealed class Rfc3339Tests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_769_860_800);

    [Theory]
    [InlineData(SampleEvents.TimeNs, 9, "2026-01-31T12:00:00.123456789Z")]
    [InlineData(SampleEvents.TimeNs, 6, "2026-01-31T12:00:00.123456Z")]
    [InlineData(SampleEvents.TimeNs, 0, "2026-01-31T12:00:00Z")]
    [InlineData(0, 3, "1970-01-01T00:00:00.000Z")]
    [InlineData(-1, 9, "1969-12-31T23:59:59.999999999Z")]
    public void Time_is_written_in_utc(long timeNs, int digits, string expected) => Assert.Equal(expected, Rfc3339.Format(timeNs, digits));

    [Theory]
    [InlineData("10m", 1_769_860_200_000_000_000)]
    [InlineData("2026-01-31T12:00:00Z", 1_769_860_800_000_000_000)]
    [InlineData("2026-01-31T13:00:00.5+01:00", 1_769_860_800_500_000_000)]
    public void Time_is_read_as_a_point_or_as_ago(string text, long expected)
    {
        Assert.True(Rfc3339.TryParse(text, Now, out var timeNs));
        Assert.Equal(expected, timeNs);
    }

    [Theory]
    [InlineData("2026-01-31T12:00:00.123456789Z", SampleEvents.TimeNs)]
    [InlineData("2026-01-31T12:00:00.5Z", 1_769_860_800_500_000_000)]
    [InlineData("2026-01-31T12:00:00Z", 1_769_860_800_000_000_000)]
    public void Written_time_is_read_back_to_the_nanosecond(string text, long expected)
    {
        Assert.True(Rfc3339.TryParseUtc(text, out var timeNs));
        Assert.Equal(expected, timeNs);
    }

    [Theory]
    [InlineData("2026-01-31T12:00:00")]
    [InlineData("2026-01-31T12:00:00.1234567890Z")]
    [InlineData("2026-01-31T12:00:00+5Z")]
    [InlineData("2026-01-31T12:00:00.-5Z")]
    [InlineData("")]
    public void Time_in_another_form_is_refused(string text) => Assert.False(Rfc3339.TryParseUtc(text, out _));

    [Theory]
    [InlineData("yesterday")]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("2026-13-01T00:00:00Z")]
    public void Anything_else_is_refused(string text) => Assert.False(Rfc3339.TryParse(text, Now, out _));
}
