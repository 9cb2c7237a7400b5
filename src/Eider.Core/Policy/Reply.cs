// What a denied query is answered.

namespace Eider.Core.Policy;

/// <summary>Numbered as enum eider_reply of bpf/abi.h.</summary>
public enum ReplyKind : byte
{
    /// <summary>The name does not exist.</summary>
    Nxdomain,

    /// <summary>The name exists and has no records of this type.</summary>
    Nodata,

    Refused,

    /// <summary>An address of our own for A and AAAA; other types, and a family without an address, get no data.</summary>
    Sinkhole,

    /// <summary>Ask again over TCP. Over TCP, where there is nothing to truncate, refused.</summary>
    Truncate,

    /// <summary>No answer at all.</summary>
    Drop,
}

/// <param name="V4">Of a sinkhole, which has at least one address; null otherwise.</param>
/// <param name="V6">Likewise.</param>
/// <param name="ExtendedError">Info-code of RFC 8914; null: the default of the reason for the denial.</param>
public sealed record Reply(ReplyKind Kind, IpAddress? V4 = null, IpAddress? V6 = null, ushort? ExtendedError = null)
{
    public static readonly Reply Nxdomain = new(ReplyKind.Nxdomain);

    public static readonly Reply Refused = new(ReplyKind.Refused);
}
