// Decode: are the options of an OPT record what their codes say they are?

namespace Eider.Core.Decode.Records;

internal static class EdnsCheck
{
    public static void Check(scoped ref RdataReader rdata, bool isResponse)
    {
        if (!EdnsData.TryRead(ref rdata, out var options))
        {
            return;
        }

        foreach (var option in options)
        {
            var fault = CheckOption(rdata, option, isResponse);
            if (!fault.IsNone)
            {
                rdata.Fail(fault);
                return;
            }
        }
    }

    /// <summary>The fault in one option's value.</summary>
    public static DnsFault CheckOption(in RdataReader rdata, in EdnsOption option, bool isResponse)
    {
        switch (option.Code)
        {
            case EdnsOptionCode.ClientSubnet:
                ClientSubnet.TryRead(option, isResponse, out _, out var fault);
                return fault;
            case EdnsOptionCode.Chain or EdnsOptionCode.ReportChannel:
                return rdata.CheckName(option);
            default:
                return HasRightLength(option.Code, option.Value.Length)
                    ? default
                    : new DnsFault(FaultKind.OptionLength, option.Offset, option.Code, option.Value.Length, RecordType.OPT);
        }
    }

    /// <summary>Lengths that the option's RFC allows in a query or in a response.</summary>
    private static bool HasRightLength(ushort code, int length) => code switch
    {
        EdnsOptionCode.UpdateLease => length is 4 or 8, // RFC 9664 4
        EdnsOptionCode.Expire => length is 0 or 4, // RFC 7314 3
        EdnsOptionCode.Cookie => length is 8 or (>= 16 and <= 40), // RFC 7873 4
        EdnsOptionCode.Keepalive => length is 0 or 2, // RFC 7828 3.1
        EdnsOptionCode.KeyTag => length >= 2 && length % 2 == 0, // RFC 8145 4.1
        EdnsOptionCode.ExtendedError => length >= 2, // RFC 8914 2
        EdnsOptionCode.ZoneVersion => length != 1, // RFC 9660 2
        _ => true,
    };
}
