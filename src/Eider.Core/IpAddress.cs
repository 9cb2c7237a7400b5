// Addresses and endpoints as values: what every stage of the road speaks of when it means "who" on the network.

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Eider.Core;

/// <summary>An IPv4 or IPv6 address, 16 octets read as a big-endian number; IPv4 is held as <c>::ffff:a.b.c.d</c> (RFC 4291 2.5.5.2).</summary>
public readonly record struct IpAddress(UInt128 Value) : IComparable<IpAddress>
{
    private static readonly UInt128 MappedPrefix = new(0, 0x0000_ffff_0000_0000);

    public bool IsV4 => (ulong)(Value >> 64) == 0 && (ulong)Value >> 32 == 0xffff;

    /// <summary>0.0.0.0 or ::.</summary>
    public bool IsUnspecified => IsV4 ? (uint)Value == 0 : Value == 0;

    public bool IsMulticast => IsV4 ? ((uint)Value >> 28) == 0xe : (byte)(Value >> 120) == 0xff;

    /// <param name="octets">4 octets (IPv4) or 16 octets (IPv6, or IPv4-mapped), network order.</param>
    /// <exception cref="ArgumentException">Neither 4 nor 16 octets.</exception>
    public static IpAddress FromOctets(ReadOnlySpan<byte> octets) => octets.Length switch
    {
        4 => new(MappedPrefix | BinaryPrimitives.ReadUInt32BigEndian(octets)),
        16 => new(BinaryPrimitives.ReadUInt128BigEndian(octets)),
        _ => throw new ArgumentException($"an address has 4 or 16 octets, not {octets.Length}", nameof(octets)),
    };

    public static IpAddress From(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out var written);
        return FromOctets(octets[..written]);
    }

    public static bool TryParse(ReadOnlySpan<char> text, out IpAddress address)
    {
        if (IPAddress.TryParse(text, out var parsed) && parsed.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)
        {
            address = From(parsed);
            return true;
        }

        address = default;
        return false;
    }

    public IPAddress ToIPAddress()
    {
        Span<byte> octets = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(octets, Value);
        return new IPAddress(IsV4 ? octets[12..] : octets);
    }

    public int CompareTo(IpAddress other) => Value.CompareTo(other.Value);

    /// <summary>Keyed: addresses are chosen by strangers.</summary>
    public override int GetHashCode() => (int)KeyedHash.Mix(KeyedHash.Key, this);

    public override string ToString() => ToIPAddress().ToString();

    public static bool operator <(IpAddress left, IpAddress right) => left.Value < right.Value;

    public static bool operator >(IpAddress left, IpAddress right) => left.Value > right.Value;

    public static bool operator <=(IpAddress left, IpAddress right) => left.Value <= right.Value;

    public static bool operator >=(IpAddress left, IpAddress right) => left.Value >= right.Value;
}

/// <summary>An address and a UDP or TCP port.</summary>
public readonly record struct Endpoint(IpAddress Address, ushort Port)
{
    /// <summary>Keyed: ports are chosen by strangers too.</summary>
    public override int GetHashCode() => (int)KeyedHash.Mix(KeyedHash.Key, this);

    public override string ToString() => Address.IsV4 ? $"{Address}:{Port}" : $"[{Address}]:{Port}";
}
