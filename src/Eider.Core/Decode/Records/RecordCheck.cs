// Decode: is a record's data what its type says it is?

namespace Eider.Core.Decode.Records;

internal static class RecordCheck
{
    /// <summary>The first fault in the data of one record; <see cref="FaultKind.None"/> for right data and for types that are not known here.</summary>
    public static DnsFault Check(in ResourceRecord record, bool isResponse)
    {
        if (!HasTypedData(record))
        {
            return default;
        }

        var rdata = new RdataReader(record);
        switch (record.Type)
        {
            case RecordType.A or RecordType.AAAA:
                AddressData.TryRead(ref rdata, out _);
                break;
            case RecordType.CNAME or RecordType.NS or RecordType.PTR or RecordType.DNAME
                or RecordType.MB or RecordType.MD or RecordType.MF or RecordType.MG or RecordType.MR:
                TargetData.TryRead(ref rdata, out _);
                break;
            case RecordType.OPT:
                EdnsCheck.Check(ref rdata, isResponse);
                break;
            case RecordType.SOA:
                SoaData.TryRead(ref rdata, out _);
                break;
            case RecordType.MX or RecordType.KX or RecordType.AFSDB:
                ExchangeData.TryRead(ref rdata, out _);
                break;
            case RecordType.TXT or RecordType.SPF:
                TextData.TryRead(ref rdata, out _);
                break;
            default:
                CheckRarer(ref rdata);
                break;
        }

        return rdata.Fault;
    }

    /// <summary>False where the type's format does not hold: addresses and services belong to the Internet class, and an UPDATE deletes with records that
    /// have no data (RFC 2136 2.5).</summary>
    public static bool HasTypedData(in ResourceRecord record)
    {
        if (record.DataLength == 0 && record.Class is RecordClass.ANY or RecordClass.NONE)
        {
            return false;
        }

        const ushort withoutCacheFlush = 0x7fff;
        return (record.Class & withoutCacheFlush) == RecordClass.IN || record.Type is not (RecordType.A or RecordType.AAAA or RecordType.SRV
            or RecordType.NAPTR or RecordType.KX or RecordType.SVCB or RecordType.HTTPS);
    }

    private static void CheckRarer(ref RdataReader rdata)
    {
        switch (rdata.Type)
        {
            case RecordType.SVCB or RecordType.HTTPS:
                ServiceData.TryRead(ref rdata, out _);
                break;
            case RecordType.RRSIG:
                RrsigData.TryRead(ref rdata, out _);
                break;
            case RecordType.SRV:
                SrvData.TryRead(ref rdata, out _);
                break;
            case RecordType.RP or RecordType.MINFO:
                NamePairData.TryRead(ref rdata, out _);
                break;
            case RecordType.HINFO:
                HostInfoData.TryRead(ref rdata, out _);
                break;
            case RecordType.CAA:
                CaaData.TryRead(ref rdata, out _);
                break;
            case RecordType.NAPTR:
                NaptrData.TryRead(ref rdata, out _);
                break;
            case RecordType.URI:
                UriData.TryRead(ref rdata, out _);
                break;
            default:
                CheckKeys(ref rdata);
                break;
        }
    }

    private static void CheckKeys(ref RdataReader rdata)
    {
        switch (rdata.Type)
        {
            case RecordType.DS or RecordType.CDS or RecordType.DLV:
                DsData.TryRead(ref rdata, out _);
                break;
            case RecordType.DNSKEY or RecordType.CDNSKEY:
                DnskeyData.TryRead(ref rdata, out _);
                break;
            case RecordType.NSEC:
                NsecData.TryRead(ref rdata, out _);
                break;
            case RecordType.NSEC3 or RecordType.NSEC3PARAM:
                Nsec3Data.TryRead(ref rdata, out _);
                break;
            case RecordType.TLSA or RecordType.SMIMEA:
                TlsaData.TryRead(ref rdata, out _);
                break;
            case RecordType.SSHFP:
                SshfpData.TryRead(ref rdata, out _);
                break;
            case RecordType.LOC:
                LocationData.TryRead(ref rdata, out _);
                break;
            case RecordType.TSIG:
                TsigData.TryRead(ref rdata, out _);
                break;
        }
    }
}
