// Decode: are the options of an OPT record what their codes say they are?

namespace Eider.Core.Decode.Records;

internal static class EdnsCheck
{
    public static void Check(ref RdataReader rdata, bool isResponse)
    {
        _ = isResponse;
        while (rdata.Left > 0)
        {
            if (!rdata.TryUInt16(out _) || !rdata.TryUInt16(out var length) || !rdata.TryOctets(length, out _))
            {
                return;
            }
        }
    }
}
