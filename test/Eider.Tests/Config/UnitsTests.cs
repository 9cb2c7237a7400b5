// Durations and sizes: read, written, and refused.

using Eider.Core.Config;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Eider.Tests.Config;

public sealed class UnitsTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("5s", 5_000)]
    [InlineData("2m", 120_000)]
    [InlineData("6h", 21_600_000)]
    [InlineData("7d", 604_800_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("0s", 0)]
    public void Duration_is_read(string text, long milliseconds)
    {
        Assert.True(Units.TryParseDuration(text, out var duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
    }

    [Theory]
    [InlineData("8MiB", 8L << 20)]
    [InlineData("8mib", 8L << 20)]
    [InlineData("512MB", 512_000_000)]
    [InlineData("1TiB", 1L << 40)]
    [InlineData("17B", 17)]
    public void Size_is_read(string text, long octets)
    {
        Assert.True(Units.TryParseSize(text, out var size));
        Assert.Equal(octets, size);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("+5s")]
    [InlineData("7 d")]
    [InlineData("1h30m")]
    [InlineData("5S")]
    [InlineData(" 5s")]
    [InlineData("٥s")]
    [InlineData("99999999999999999999s")]
    [InlineData("9223372036854775807d")]
    public void Anything_else_is_no_duration(string text) => Assert.False(Units.TryParseDuration(text, out _));

    [Theory]
    [InlineData("8")]
    [InlineData("8M")]
    [InlineData("8.5MiB")]
    [InlineData("9223372036854775807KiB")]
    public void Anything_else_is_no_size(string text) => Assert.False(Units.TryParseSize(text, out _));

    [Fact]
    public void What_is_written_is_read_back()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<NonNegativeInt>(), number =>
            Units.TryParseSize(Units.FormatSize(number.Item), out var octets) && octets == number.Item
            && Units.TryParseDuration(Units.FormatDuration(TimeSpan.FromMilliseconds(number.Item)), out var duration)
            && duration.TotalMilliseconds == number.Item).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(512L << 20, "512MiB")]
    [InlineData(512_000_000, "512MB")]
    [InlineData(0, "0B")]
    [InlineData(1_023, "1023B")]
    public void Size_is_written_with_the_largest_whole_unit(long octets, string text) => Assert.Equal(text, Units.FormatSize(octets));
}
