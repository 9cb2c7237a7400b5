// Decode: presentation form of DNSSEC records (RFC 4034, 5155) and of records that bind keys.

using System.Globalization;
using System.Text;

namespace Eider.Core.Decode.Records;

internal static partial class RecordText
{
    private static bool TryAppendDs(StringBuilder text, RdataReader rdata)
    {
        if (!DsData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        AppendHex(text.Append($"{data.KeyTag} {data.Algorithm} {data.DigestType} "), data.Digest);
        return true;
    }

    private static bool TryAppendDnskey(StringBuilder text, RdataReader rdata)
    {
        if (!DnskeyData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        text.Append($"{data.Flags} {data.Protocol} {data.Algorithm} {Convert.ToBase64String(data.PublicKey)}");
        return true;
    }

    private static bool TryAppendRrsig(StringBuilder text, RdataReader rdata)
    {
        if (!RrsigData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        text.Append($"{RecordType.Name(data.TypeCovered)} {data.Algorithm} {data.Labels} {data.OriginalTtl} {Time(data.Expiration)} {Time(data.Inception)} ");
        text.Append($"{data.KeyTag} {data.Signer.ToString()} {Convert.ToBase64String(data.Signature)}");
        return true;
    }

    private static bool TryAppendNsec(StringBuilder text, RdataReader rdata)
    {
        if (!NsecData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        AppendTypes(text.Append(data.NextName.ToString()), data.Types);
        return true;
    }

    private static bool TryAppendNsec3(StringBuilder text, RdataReader rdata)
    {
        if (!Nsec3Data.TryRead(ref rdata, out var data))
        {
            return false;
        }

        text.Append($"{data.HashAlgorithm} {data.Flags} {data.Iterations} ");
        AppendHexOrDash(text, data.Salt);
        if (rdata.Type == RecordType.NSEC3)
        {
            AppendTypes(AppendBase32(text.Append(' '), data.NextHash), data.Types);
        }

        return true;
    }

    private static bool TryAppendTlsa(StringBuilder text, RdataReader rdata)
    {
        if (!TlsaData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        AppendHex(text.Append($"{data.Usage} {data.Selector} {data.MatchingType} "), data.Association);
        return true;
    }

    private static bool TryAppendSshfp(StringBuilder text, RdataReader rdata)
    {
        if (!SshfpData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        AppendHex(text.Append($"{data.Algorithm} {data.FingerprintType} "), data.Fingerprint);
        return true;
    }

    /// <summary>TSIG has no zone file form; this is what dig shows.</summary>
    private static bool TryAppendTsig(StringBuilder text, RdataReader rdata)
    {
        if (!TsigData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        text.Append($"{data.Algorithm.ToString()} {data.TimeSigned} {data.Fudge} {data.Mac.Length} {Convert.ToBase64String(data.Mac)} ");
        text.Append($"{data.OriginalId} {Rcode.TsigName(data.Error)} {data.Other.Length}");
        if (!data.Other.IsEmpty)
        {
            text.Append(' ').Append(Convert.ToBase64String(data.Other));
        }

        return true;
    }

    private static void AppendTypes(StringBuilder text, TypeBitmap types)
    {
        foreach (var type in types)
        {
            text.Append(' ').Append(RecordType.Name(type));
        }
    }

    /// <summary>RFC 4034 3.2: YYYYMMDDHHmmSS, UTC.</summary>
    private static string Time(uint seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);
}
