// Decode: presentation form of records made of strings.

using System.Text;

namespace Eider.Core.Decode.Records;

internal static partial class RecordText
{
    private static bool TryAppendText(StringBuilder text, RdataReader rdata)
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

    private static bool TryAppendHostInfo(StringBuilder text, RdataReader rdata)
    {
        if (!HostInfoData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        AppendQuoted(text, data.Cpu).Append(' ');
        AppendQuoted(text, data.OperatingSystem);
        return true;
    }

    private static bool TryAppendCaa(StringBuilder text, RdataReader rdata)
    {
        if (!CaaData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        AppendEscaped(text.Append($"{data.Flags} "), data.Tag, alsoEscape: " \"").Append(' ');
        AppendQuoted(text, data.Value);
        return true;
    }

    private static bool TryAppendNaptr(StringBuilder text, RdataReader rdata)
    {
        if (!NaptrData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        AppendQuoted(text.Append($"{data.Order} {data.Preference} "), data.Flags).Append(' ');
        AppendQuoted(text, data.Services).Append(' ');
        AppendQuoted(text, data.Regexp).Append(' ').Append(data.Replacement.ToString());
        return true;
    }

    private static bool TryAppendUri(StringBuilder text, RdataReader rdata)
    {
        if (!UriData.TryRead(ref rdata, out var data))
        {
            return false;
        }

        AppendQuoted(text.Append($"{data.Priority} {data.Weight} "), data.Target);
        return true;
    }
}
