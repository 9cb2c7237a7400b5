// Decode: presentation form of SVCB and HTTPS (RFC 9460 2.1, appendix A).

using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Eider.Core.Decode.Records;

internal static partial class RecordText
{
    private static bool TryAppendService(StringBuilder text, RdataReader rdata)
    {
        if (!ServiceData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        text.Append($"{data.Priority} {data.Target.ToString()}");
        foreach (var param in data.Params)
        {
            text.Append(' ').Append(SvcParamKey.Name(param.Key));

            // The values of an alias are not checked (ServiceData), so they are shown as they are.
            if (data.Priority == 0)
            {
                AppendRawValue(text, param.Value);
            }
            else
            {
                AppendValue(text, param);
            }
        }

        return true;
    }

    private static void AppendValue(StringBuilder text, SvcParam param)
    {
        switch (param.Key)
        {
            case SvcParamKey.Mandatory:
                AppendList(text, param.Value, 2, static (text, key) => text.Append(SvcParamKey.Name(BinaryPrimitives.ReadUInt16BigEndian(key))));
                break;
            case SvcParamKey.Alpn:
                AppendAlpn(text, param.Value);
                break;
            case SvcParamKey.Port:
                text.Append($"={BinaryPrimitives.ReadUInt16BigEndian(param.Value)}");
                break;
            case SvcParamKey.Ipv4Hint:
                AppendList(text, param.Value, 4, static (text, address) => text.Append(new IPAddress(address)));
                break;
            case SvcParamKey.Ipv6Hint:
                AppendList(text, param.Value, 16, static (text, address) => text.Append(new IPAddress(address)));
                break;
            case SvcParamKey.Ech:
                text.Append('=').Append(Convert.ToBase64String(param.Value));
                break;
            default:
                AppendRawValue(text, param.Value);
                break;
        }
    }

    private static void AppendList(StringBuilder text, ReadOnlySpan<byte> items, int size, Action<StringBuilder, ReadOnlySpan<byte>> append)
    {
        text.Append('=');
        for (var i = 0; i < items.Length; i += size)
        {
            append(text, items.Slice(i, size));
            text.Append(',');
        }

        text.Length--;
    }

    /// <summary>Commas and backslashes inside an id are escaped twice: for the list and for the string it stands in (RFC 9460 A.1).</summary>
    private static void AppendAlpn(StringBuilder text, ReadOnlySpan<byte> ids)
    {
        text.Append("=\"");
        for (var i = 0; i < ids.Length; i += 1 + ids[i])
        {
            foreach (ref readonly var octet in ids.Slice(i + 1, ids[i]))
            {
                text.Append(octet is (byte)',' or (byte)'\\' ? "\\\\" : "");
                AppendEscaped(text, new ReadOnlySpan<byte>(in octet), alsoEscape: "\"");
            }

            text.Append(',');
        }

        text.Length--;
        text.Append('"');
    }

    private static void AppendRawValue(StringBuilder text, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            AppendQuoted(text.Append('='), value);
        }
    }
}
