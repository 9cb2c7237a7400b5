// Decode: names of the parameters of SVCB and HTTPS (IANA "DNS SVCB: Service Parameter Keys").

namespace Eider.Core.Decode.Records;

public static class SvcParamKey
{
    public const ushort Mandatory = 0;
    public const ushort Alpn = 1;
    public const ushort NoDefaultAlpn = 2;
    public const ushort Port = 3;
    public const ushort Ipv4Hint = 4;
    public const ushort Ech = 5;
    public const ushort Ipv6Hint = 6;
    public const ushort DohPath = 7;
    public const ushort Ohttp = 8;

    /// <summary>The registered name, or <c>key667</c> (RFC 9460 2.1).</summary>
    public static string Name(ushort key) => key switch
    {
        Mandatory => "mandatory",
        Alpn => "alpn",
        NoDefaultAlpn => "no-default-alpn",
        Port => "port",
        Ipv4Hint => "ipv4hint",
        Ech => "ech",
        Ipv6Hint => "ipv6hint",
        DohPath => "dohpath",
        Ohttp => "ohttp",
        _ => $"key{key}",
    };

    /// <summary>The lengths of value that the key allows, in words.</summary>
    internal static string Lengths(ushort key) => key switch
    {
        Mandatory => "a multiple of 2",
        NoDefaultAlpn or Ohttp => "0",
        Port => "2",
        Ipv4Hint => "a multiple of 4",
        Ipv6Hint => "a multiple of 16",
        _ => "1 or more",
    };
}
