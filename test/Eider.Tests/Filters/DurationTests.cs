using Eider.Core.Filters;
using Xunit;

namespace Eider.Tests.Filters;

public sealed class DurationTests
{
    [Theory]
    [InlineData("1ns", 1)]
    [InlineData("250us", 250_000)]
    [InlineData("250µs", 250_000)]
    [InlineData("1.5ms", 1_500_000)]
    [InlineData("2s", 2_000_000_000)]
    [InlineData("10m", 600_000_000_000)]
    [InlineData("7d", 604_800_000_000_000)]
    public void Length_of_time_is_read(string text, long expected)
    {
        Assert.True(Duration.TryParse(text, out var nanoseconds));
        Assert.Equal(expected, nanoseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("ms")]
    [InlineData("-5ms")]
    [InlineData("1.2.3s")]
    [InlineData("5 ms")]
    [InlineData("5MS")]
    [InlineData("99999999999999d")]
    public void Anything_else_is_refused(string text) => Assert.False(Duration.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0ns")]
    [InlineData(412, "412ns")]
    [InlineData(87_123, "87.1us")]
    [InlineData(1_240_000, "1.24ms")]
    [InlineData(123_456_789, "123ms")]
    [InlineData(5_010_000_000, "5.01s")]
    public void Length_of_time_is_shown_with_three_digits(long nanoseconds, string expected) => Assert.Equal(expected, Duration.Format(nanoseconds));
}
