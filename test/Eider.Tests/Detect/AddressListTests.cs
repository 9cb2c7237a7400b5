// Lists of addresses, large and small, against a search through all their ranges.

using System.Globalization;
using Eider.Core;
using Eider.Core.Detect;
using Eider.Core.Filters;
using Xunit;

namespace Eider.Tests.Detect;

public sealed class AddressListTests
{
    [Theory]
    [InlineData(20, 1)]
    [InlineData(3_000, 2)]
    [InlineData(3_000, 3)]
    public void Narrowest_range_is_found_as_by_looking_at_all(int count, int seed)
    {
        var random = new Random(seed);
        var ranges = Enumerable.Range(0, count).Select(_ => RandomRange(random)).Append("0.0.0.0/0").Append("2001::/16").Append("255.255.0.0/16").Append("0.0.0.0").Distinct().ToArray();
        var list = AddressList.Parse(string.Join('\n', ranges), "test", out _)!;
        var all = ranges.Select(Prefix).ToArray();

        for (var i = 0; i < 20_000; i++)
        {
            var address = i % 2 == 0 ? Around(random, all[random.Next(all.Length)]) : RandomAddress(random);
            Assert.Equal(Narrowest(all, address), list.Find(address));
        }

        Assert.Equal("255.255.0.0/16", list.Find(Prefix("255.255.255.255").First is var last ? new IpAddress(last) : default));
        Assert.Null(list.Find(new IpAddress(UInt128.MaxValue)));
    }

    private static string? Narrowest(IpPrefix[] all, IpAddress address) =>
        all.Where(range => range.Contains(address)).OrderByDescending(static range => range.Length).Select(static range => range.ToString()).FirstOrDefault();

    private static IpAddress Around(Random random, IpPrefix range) => new(range.First + (UInt128)(uint)random.Next(0, 300) - (UInt128)(uint)random.Next(0, 2));

    private static IpAddress RandomAddress(Random random) => Prefix(RandomRange(random).Split('/')[0]).First is var first ? new IpAddress(first) : default;

    // Few networks, so that ranges nest and addresses meet them.
    private static string RandomRange(Random random)
    {
        if (random.Next(4) == 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"2001:{random.Next(4):x}:{random.Next(4):x}::{random.Next(1 << 16):x}/{random.Next(0, 4) switch { 0 => 32, 1 => 48, 2 => 112, _ => 128 }}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{random.Next(10, 14)}.{random.Next(4)}.{random.Next(4)}.{random.Next(256)}/{random.Next(0, 5) switch { 0 => 8, 1 => 15, 2 => 20, 3 => 24, _ => 32 }}");
    }

    private static IpPrefix Prefix(string text) => IpPrefix.TryParse(text, out var prefix) ? prefix : throw new FormatException(text);
}
