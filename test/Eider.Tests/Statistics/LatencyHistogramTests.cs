using Eider.Core.Statistics;
using Xunit;

namespace Eider.Tests.Statistics;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Percentiles_are_within_a_bucket_of_the_exact_ones()
    {
        var histogram = new LatencyHistogram();
        var random = new Random(7);
        var values = Enumerable.Range(0, 20_000).Select(_ => (long)Math.Exp(random.NextDouble() * 20)).ToArray();
        foreach (var value in values)
        {
            histogram.Record(value);
        }

        Array.Sort(values);
        foreach (var percent in new[] { 0.1, 50, 90, 99, 99.9, 100 })
        {
            var exact = values[(int)Math.Ceiling(values.Length * percent / 100) - 1];
            Assert.InRange(histogram.PercentileNs(percent), exact * 0.96, (exact * 1.04) + 1);
        }

        Assert.Equal(values.Sum(), histogram.SumNs);
        Assert.Equal(values[^1], histogram.MaxNs);
        Assert.Equal(values.Length, histogram.Count);
    }

    [Theory]
    [InlineData(-5, 0)]
    [InlineData(0, 0)]
    [InlineData(15, 15)]
    [InlineData(long.MaxValue / 2, (1L << 42) - (1L << 37) + (1L << 36))]
    public void Extreme_values_are_counted(long value, long shown)
    {
        var histogram = new LatencyHistogram();

        histogram.Record(value);

        Assert.Equal(1, histogram.Count);
        Assert.Equal(shown, histogram.PercentileNs(50));
    }

    [Fact]
    public void Empty_histogram_has_percentile_zero_and_clearing_empties()
    {
        var histogram = new LatencyHistogram();
        Assert.Equal(0, histogram.PercentileNs(99));

        histogram.Record(500);
        histogram.Clear();

        Assert.Equal((0, 0, 0, 0), (histogram.Count, histogram.MaxNs, histogram.SumNs, histogram.PercentileNs(50)));
    }
}
