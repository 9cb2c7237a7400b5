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

    private static bool TryAppendTyped(StringBuilder text, in ResourceRecord record) =>
        record.Type == RecordType.OPT ? TryAppendOpt(text, record) : TryAppendTyped(text, new RdataReader(record));

    private static bool TryAppendTyped(StringBuilder text, RdataReader rdata) => rdata.Type switch
    {
        RecordType.A or RecordType.AAAA => TryAppendAddress(text, rdata),
        RecordType.CNAME or RecordType.NS or RecordType.PTR or RecordType.DNAME
            or RecordType.MB or RecordType.MD or RecordType.MF or RecordType.MG or RecordType.MR => TryAppendTarget(text, rdata),
        RecordType.SOA => TryAppendSoa(text, rdata),
        RecordType.MX or RecordType.KX or RecordType.AFSDB => TryAppendExchange(text, rdata),
        RecordType.RP or RecordType.MINFO => TryAppendNamePair(text, rdata),
        RecordType.SRV => TryAppendSrv(text, rdata),
        RecordType.TXT or RecordType.SPF => TryAppendText(text, rdata),
        RecordType.HINFO => TryAppendHostInfo(text, rdata),
        RecordType.CAA => TryAppendCaa(text, rdata),
        RecordType.NAPTR => TryAppendNaptr(text, rdata),
        RecordType.URI => TryAppendUri(text, rdata),
        RecordType.SVCB or RecordType.HTTPS => TryAppendService(text, rdata),
        RecordType.DS or RecordType.CDS or RecordType.DLV => TryAppendDs(text, rdata),
        RecordType.DNSKEY or RecordType.CDNSKEY => TryAppendDnskey(text, rdata),
        RecordType.RRSIG => TryAppendRrsig(text, rdata),
        RecordType.NSEC => TryAppendNsec(text, rdata),
        RecordType.NSEC3 or RecordType.NSEC3PARAM => TryAppendNsec3(text, rdata),
        RecordType.TLSA or RecordType.SMIMEA => TryAppendTlsa(text, rdata),
        RecordType.SSHFP => TryAppendSshfp(text, rdata),
        RecordType.LOC => TryAppendLocation(text, rdata),
        RecordType.TSIG => TryAppendTsig(text, rdata),
        _ => false,
    };

    /// <summary>RFC 3597 section 5.</summary>
    private static void AppendUnknown(StringBuilder text, ReadOnlySpan<byte> data)
    {
        text.Append($"\\# {data.Length}");
        if (!data.IsEmpty)
        {
            AppendHex(text.Append(' '), data);
        }
    }

    private static bool TryAppendAddress(StringBuilder text, RdataReader rdata)
    {
        if (!AddressData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        // Not by way of IpAddress: it would show an AAAA of ::ffff:192.0.2.1 as IPv4.
        text.Append(new IPAddress(data.Octets));
        return true;
    }

    private static bool TryAppendTarget(StringBuilder text, RdataReader rdata)
    {
        if (!TargetData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        text.Append(data.Target.ToString());
        return true;
    }

    private static bool TryAppendExchange(StringBuilder text, RdataReader rdata)
    {
        if (!ExchangeData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        text.Append($"{data.Preference} {data.Exchange.ToString()}");
        return true;
    }

    private static bool TryAppendNamePair(StringBuilder text, RdataReader rdata)
    {
        if (!NamePairData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        text.Append($"{data.First.ToString()} {data.Second.ToString()}");
        return true;
    }

    private static bool TryAppendSrv(StringBuilder text, RdataReader rdata)
    {
        if (!SrvData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        text.Append($"{data.Priority} {data.Weight} {data.Port} {data.Target.ToString()}");
        return true;
    }

    private static bool TryAppendSoa(StringBuilder text, RdataReader rdata)
    {
        if (!SoaData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        text.Append($"{data.PrimaryServer.ToString()} {data.Mailbox.ToString()} {data.Serial} {data.Refresh} {data.Retry} {data.Expire} {data.Minimum}");
        return true;
    }
}
