// Decode: presentation form of OPT. There is no standard one: fields and options as name=value, in wire order.

using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Eider.Core.Decode.Records;

internal static partial class RecordText
{
    /// <summary>E.g. <c>version=0 do udp=1232 ECS=192.0.2.0/24/0 EDE=18:"Prohibited":"blocked by policy"</c>.</summary>
    private static bool TryAppendOpt(StringBuilder text, in ResourceRecord record)
    {
        var rdata = new RdataReader(record);
        if (!EdnsData.TryRead(ref rdata, out var options))
        {
            return false;
        }

        text.Append($"version={(byte)(record.Ttl >> 16)}{((record.Ttl & 0x8000) != 0 ? " do" : "")} udp={record.Class}");
        foreach (var option in options)
        {
            text.Append(' ').Append(EdnsOptionCode.Name(option.Code));
            AppendOption(text, rdata, option);
        }

        return true;
    }

    private static void AppendOption(StringBuilder text, in RdataReader rdata, in EdnsOption option)
    {
        // A scope in a query is a fault of the message, not of the option's form: here it is shown.
        if (!EdnsCheck.CheckOption(rdata, option, isResponse: true).IsNone || option.Value.IsEmpty)
        {
            AppendRawOption(text, option.Value);
            return;
        }

        switch (option.Code)
        {
            case EdnsOptionCode.ClientSubnet:
                AppendSubnet(text.Append('='), option);
                break;
            case EdnsOptionCode.ExtendedError:
                AppendError(text.Append('='), option.Value);
                break;
            case EdnsOptionCode.Nsid:
                AppendQuoted(text.Append('='), option.Value);
                break;
            case EdnsOptionCode.Padding:
                text.Append($"={option.Value.Length}");
                break;
            case EdnsOptionCode.Keepalive:
                text.Append($"={BinaryPrimitives.ReadUInt16BigEndian(option.Value) * 100}ms");
                break;
            case EdnsOptionCode.Expire:
                text.Append($"={BinaryPrimitives.ReadUInt32BigEndian(option.Value)}s");
                break;
            case EdnsOptionCode.KeyTag:
                AppendList(text, option.Value, 2, static (text, tag) => text.Append(BinaryPrimitives.ReadUInt16BigEndian(tag)));
                break;
            case EdnsOptionCode.Dau or EdnsOptionCode.Dhu or EdnsOptionCode.N3u:
                AppendList(text, option.Value, 1, static (text, algorithm) => text.Append(algorithm[0]));
                break;
            case EdnsOptionCode.Chain or EdnsOptionCode.ReportChannel:
                text.Append('=').Append(WireNames.ToText(option.Value));
                break;
            default:
                AppendRawOption(text, option.Value);
                break;
        }
    }

    private static void AppendRawOption(StringBuilder text, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            AppendHex(text.Append('='), value);
        }
    }

    private static void AppendSubnet(StringBuilder text, in EdnsOption option)
    {
        ClientSubnet.TryRead(option, isResponse: true, out var subnet, out _);
        Span<byte> address = stackalloc byte[subnet.AddressBits / 8];
        if (address.IsEmpty)
        {
            AppendHex(text.Append($"family{subnet.Family}:"), subnet.Address);
        }
        else
        {
            address.Clear();
            subnet.Address.CopyTo(address);
            text.Append(new IPAddress(address));
        }

        text.Append($"/{subnet.SourcePrefix}/{subnet.ScopePrefix}");
    }

    private static void AppendError(StringBuilder text, ReadOnlySpan<byte> value)
    {
        var code = BinaryPrimitives.ReadUInt16BigEndian(value);
        text.Append(code);
        if (ExtendedError.Name(code) is { } name)
        {
            text.Append($":\"{name}\"");
        }

        var extra = value[2..].TrimEnd((byte)0); // RFC 8914 2: some senders end the text with a zero
        if (!extra.IsEmpty)
        {
            AppendQuoted(text.Append(':'), extra);
        }
    }
}
