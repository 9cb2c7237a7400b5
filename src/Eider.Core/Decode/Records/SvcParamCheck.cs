// Decode: are the parameters of an SVCB or HTTPS record what RFC 9460 says they are? One pass, however many there are.

using System.Buffers.Binary;

namespace Eider.Core.Decode.Records;

internal static class SvcParamCheck
{
    /// <summary>Reads to the end of the data.</summary>
    public static bool Check(scoped ref RdataReader rdata, bool isAlias)
    {
        var last = -1;
        var hasAlpn = false;
        ReadOnlySpan<byte> awaited = default; // mandatory keys still to come; both lists ascend, so they are merged as they go by
        while (rdata.Left > 0)
        {
            var at = rdata.Offset;
            if (!TryReadParam(ref rdata, out var param))
            {
                return false;
            }

            if (isAlias)
            {
                continue;
            }

            if (param.Key <= last)
            {
                return rdata.Fail(new DnsFault(FaultKind.SvcParamOrder, at, param.Key, rdata.Type));
            }

            if (!CheckValue(ref rdata, param, at + 4))
            {
                return false;
            }

            if (param.Key == SvcParamKey.NoDefaultAlpn && !hasAlpn)
            {
                return rdata.Fail(new DnsFault(FaultKind.SvcNoDefaultAlpnAlone, at, param.Key, rdata.Type));
            }

            hasAlpn |= param.Key == SvcParamKey.Alpn;
            awaited = param.Key == SvcParamKey.Mandatory ? param.Value : AfterSeen(awaited, param.Key);
            last = param.Key;
        }

        return awaited.IsEmpty
            || rdata.Fail(new DnsFault(FaultKind.SvcMandatoryAbsent, rdata.Offset, BinaryPrimitives.ReadUInt16BigEndian(awaited), rdata.Type));
    }

    /// <summary>Drops the key where it is the one awaited next. A key that was passed over stays first, and is what is absent in the end.</summary>
    private static ReadOnlySpan<byte> AfterSeen(ReadOnlySpan<byte> awaited, ushort key) =>
        !awaited.IsEmpty && BinaryPrimitives.ReadUInt16BigEndian(awaited) == key ? awaited[2..] : awaited;

    private static bool TryReadParam(scoped ref RdataReader rdata, out SvcParam param)
    {
        param = default;
        var at = rdata.Offset;
        if (!rdata.TryUInt16(out var key) || !rdata.TryUInt16(out var length))
        {
            return false;
        }

        if (length > rdata.Left)
        {
            return rdata.Fail(new DnsFault(FaultKind.SvcParamPastEnd, at, key, length, rdata.Type));
        }

        rdata.TryOctets(length, out var value);
        param = new SvcParam { Key = key, Value = value };
        return true;
    }

    private static bool CheckValue(scoped ref RdataReader rdata, SvcParam param, int at)
    {
        var length = param.Value.Length;
        var fits = param.Key switch
        {
            SvcParamKey.Mandatory => length > 0 && length % 2 == 0,
            SvcParamKey.NoDefaultAlpn or SvcParamKey.Ohttp => length == 0,
            SvcParamKey.Port => length == 2,
            SvcParamKey.Ipv4Hint => length > 0 && length % 4 == 0,
            SvcParamKey.Ipv6Hint => length > 0 && length % 16 == 0,
            SvcParamKey.Alpn or SvcParamKey.Ech or SvcParamKey.DohPath => length > 0,
            _ => true,
        };
        if (!fits)
        {
            return rdata.Fail(new DnsFault(FaultKind.SvcParamLength, at, param.Key, length, rdata.Type));
        }

        return param.Key switch
        {
            SvcParamKey.Mandatory => CheckMandatory(ref rdata, param.Value, at),
            SvcParamKey.Alpn => CheckAlpn(ref rdata, param.Value, at),
            _ => true,
        };
    }

    /// <summary>RFC 9460 8: ascending, each key once, never "mandatory" itself.</summary>
    private static bool CheckMandatory(scoped ref RdataReader rdata, scoped ReadOnlySpan<byte> keys, int at)
    {
        ushort last = SvcParamKey.Mandatory;
        for (var i = 0; i < keys.Length; i += 2)
        {
            var key = BinaryPrimitives.ReadUInt16BigEndian(keys[i..]);
            if (key <= last)
            {
                return rdata.Fail(new DnsFault(FaultKind.SvcMandatoryOrder, at + i, key, rdata.Type));
            }

            last = key;
        }

        return true;
    }

    /// <summary>RFC 9460 7.1.1: protocol ids of 1 to 255 octets, each after its length, that fill the value.</summary>
    private static bool CheckAlpn(scoped ref RdataReader rdata, scoped ReadOnlySpan<byte> ids, int at)
    {
        for (var i = 0; i < ids.Length; i += 1 + ids[i])
        {
            var left = ids.Length - i - 1;
            if (ids[i] == 0 || ids[i] > left)
            {
                return rdata.Fail(new DnsFault(FaultKind.SvcAlpnId, at + i, ids[i], left, rdata.Type));
            }
        }

        return true;
    }
}
