// Decode: a record's data in presentation form.

using System.Net;
using System.Text;

namespace Eider.Core.Decode.Records;

internal static partial class RecordText
{
    /// <summary>Appends the data as <see cref="AnswerRecord.Data"/> describes it.</summary>
    public static void Append(StringBuilder text, in ResourceRecord record)
    {
        var before = text.Length;
        if (!RecordCheck.HasTypedData(record) || !TryAppendTyped(text, record))
        {
            text.Length = before;
            AppendUnknown(text, record.Data);
        }
    }

    private static bool TryAppendTyped(StringBuilder text, in ResourceRecord record)
    {
        var rdata = new RdataReader(record);
        return record.Type switch
        {
            RecordType.A or RecordType.AAAA => TryAppendAddress(text, ref rdata),
            RecordType.CNAME or RecordType.NS or RecordType.PTR or RecordType.DNAME
                or RecordType.MB or RecordType.MD or RecordType.MF or RecordType.MG or RecordType.MR => TryAppendTarget(text, ref rdata),
            RecordType.SOA => TryAppendSoa(text, ref rdata),
            RecordType.MX or RecordType.KX or RecordType.AFSDB => TryAppendExchange(text, ref rdata),
            RecordType.RP or RecordType.MINFO => TryAppendNamePair(text, ref rdata),
            RecordType.SRV => TryAppendSrv(text, ref rdata),
            RecordType.TXT or RecordType.SPF => TryAppendText(text, ref rdata),
            RecordType.HINFO => TryAppendHostInfo(text, ref rdata),
            RecordType.CAA => TryAppendCaa(text, ref rdata),
            RecordType.NAPTR => TryAppendNaptr(text, ref rdata),
            RecordType.URI => TryAppendUri(text, ref rdata),
            _ => false,
        };
    }

    /// <summary>RFC 3597 section 5.</summary>
    private static void AppendUnknown(StringBuilder text, ReadOnlySpan<byte> data)
    {
        text.Append($"\\# {data.Length}");
        if (!data.IsEmpty)
        {
            text.Append(' ');
            AppendHex(text, data);
        }
    }

    private static bool TryAppendAddress(StringBuilder text, ref RdataReader rdata)
    {
        // Not by way of IpAddress: it would show an AAAA of ::ffff:192.0.2.1 as IPv4.
        return AddressData.TryRead(ref rdata, out var data) && Done(text.Append(new IPAddress(data.Octets)));
    }

    private static bool TryAppendTarget(StringBuilder text, ref RdataReader rdata) =>
        TargetData.TryRead(ref rdata, out var data) && Done(text.Append(data.Target.ToString()));

    private static bool TryAppendExchange(StringBuilder text, ref RdataReader rdata) =>
        ExchangeData.TryRead(ref rdata, out var data) && Done(text.Append($"{data.Preference} {data.Exchange.ToString()}"));

    private static bool TryAppendNamePair(StringBuilder text, ref RdataReader rdata) =>
        NamePairData.TryRead(ref rdata, out var data) && Done(text.Append($"{data.First.ToString()} {data.Second.ToString()}"));

    private static bool TryAppendSrv(StringBuilder text, ref RdataReader rdata) =>
        SrvData.TryRead(ref rdata, out var data) && Done(text.Append($"{data.Priority} {data.Weight} {data.Port} {data.Target.ToString()}"));

    private static bool TryAppendSoa(StringBuilder text, ref RdataReader rdata) =>
        SoaData.TryRead(ref rdata, out var data)
        && Done(text.Append($"{data.PrimaryServer.ToString()} {data.Mailbox.ToString()} {data.Serial} {data.Refresh} {data.Retry} {data.Expire} {data.Minimum}"));

    private static bool TryAppendText(StringBuilder text, ref RdataReader rdata)
    {
        if (!TextData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        foreach (var part in data)
        {
            AppendQuoted(text, part).Append(' ');
        }

        text.Length--;
        return true;
    }

    private static bool TryAppendHostInfo(StringBuilder text, ref RdataReader rdata)
    {
        if (!HostInfoData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        AppendQuoted(text, data.Cpu).Append(' ');
        return Done(AppendQuoted(text, data.OperatingSystem));
    }

    private static bool TryAppendCaa(StringBuilder text, ref RdataReader rdata)
    {
        if (!CaaData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        AppendEscaped(text.Append($"{data.Flags} "), data.Tag, alsoEscape: " \"").Append(' ');
        return Done(AppendQuoted(text, data.Value));
    }

    private static bool TryAppendNaptr(StringBuilder text, ref RdataReader rdata)
    {
        if (!NaptrData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        AppendQuoted(text.Append($"{data.Order} {data.Preference} "), data.Flags).Append(' ');
        AppendQuoted(text, data.Services).Append(' ');
        AppendQuoted(text, data.Regexp).Append(' ');
        return Done(text.Append(data.Replacement.ToString()));
    }

    private static bool TryAppendUri(StringBuilder text, ref RdataReader rdata) =>
        UriData.TryRead(ref rdata, out var data) && Done(AppendQuoted(text.Append($"{data.Priority} {data.Weight} "), data.Target));

    /// <summary>Lets a reader and what it appends stand in one expression.</summary>
    private static bool Done(StringBuilder text) => text.Length >= 0;
}
