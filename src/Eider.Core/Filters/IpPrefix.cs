// Address ranges in CIDR form (RFC 4632), for filters on client and server.

using System.Globalization;

namespace Eider.Core.Filters;

/// <summary>An address range; a single address is a range of itself. Immutable.</summary>
public readonly record struct IpPrefix
{
    private readonly UInt128 _network;
    private readonly UInt128 _mask;

    private IpPrefix(IpAddress address, int length)
    {
        _mask = length == 0 ? 0 : UInt128.MaxValue << (128 - length);
        _network = address.Value & _mask;
    }

    /// <summary>The lowest address, as <see cref="IpAddress.Value"/>.</summary>
    public UInt128 First => _network;

    /// <summary>Bits of the 128 that are the same for all addresses; an IPv4 range has 96 more than it is written with.</summary>
    public int Length => 128 - (int)UInt128.TrailingZeroCount(_mask);

    /// <param name="length">Of the 128 bits.</param>
    public static IpPrefix Of(IpAddress address, int length) => new(address, length);

    /// <summary>In CIDR form; a single address without its length.</summary>
    public override string ToString()
    {
        var address = new IpAddress(_network);
        var shown = address.IsV4 ? Length - 96 : Length;
        return Length == 128 ? address.ToString() : $"{address}/{shown}";
    }

    public bool Contains(IpAddress address) => (address.Value & _mask) == _network;

    /// <summary>Reads <c>10.0.0.0/8</c>, <c>2001:db8::/32</c> or one address. Bits below the prefix are ignored.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpPrefix prefix)
    {
        prefix = default;
        var slash = text.IndexOf('/');
        var host = slash < 0 ? text : text[..slash];
        if (!IpAddress.TryParse(host, out var address) || (!host.Contains(':') && !host.SequenceEqual(address.ToString())))
        {
            // The second: IPAddress takes 10.1 for 10.0.0.1 and 010.0.0.1 for 8.0.0.1, which nobody means.
            return false;
        }

        // An IPv4 address sits in the last 32 bits of the 128.
        var below = address.IsV4 ? 96 : 0;
        var length = 128 - below;
        if (slash >= 0 && (!int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > 128 - below))
        {
            return false;
        }

        prefix = new IpPrefix(address, below + length);
        return true;
    }
}
