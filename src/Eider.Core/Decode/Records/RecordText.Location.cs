// Decode: presentation form of LOC (RFC 1876 3).

using System.Text;

namespace Eider.Core.Decode.Records;

internal static partial class RecordText
{
    private const uint Equator = 1u << 31;
    private const long AltitudeBase = 10_000_000;

    private static bool TryAppendLocation(StringBuilder text, RdataReader rdata)
    {
        if (!LocationData.TryRead(ref rdata, out var data) || data.Version != 0
            || !IsCentimetres(data.Size) || !IsCentimetres(data.HorizontalPrecision) || !IsCentimetres(data.VerticalPrecision))
        {
            return false;
        }

        AppendAngle(text, data.Latitude, 'N', 'S');
        AppendAngle(text, data.Longitude, 'E', 'W');
        AppendMetres(text, data.Altitude - AltitudeBase).Append(' ');
        AppendMetres(text, Centimetres(data.Size)).Append(' ');
        AppendMetres(text, Centimetres(data.HorizontalPrecision)).Append(' ');
        AppendMetres(text, Centimetres(data.VerticalPrecision));
        return true;
    }

    private static void AppendAngle(StringBuilder text, uint angle, char positive, char negative)
    {
        var thousandths = angle >= Equator ? angle - Equator : Equator - angle;
        var seconds = thousandths / 1000;
        text.Append($"{seconds / 3600} {seconds / 60 % 60} {seconds % 60}.{thousandths % 1000:d3} {(angle >= Equator ? positive : negative)} ");
    }

    private static StringBuilder AppendMetres(StringBuilder text, long centimetres)
    {
        var magnitude = Math.Abs(centimetres);
        return text.Append($"{(centimetres < 0 ? "-" : "")}{magnitude / 100}.{magnitude % 100:d2}m");
    }

    private static bool IsCentimetres(byte size) => size >> 4 <= 9 && (size & 0xf) <= 9;

    private static long Centimetres(byte size)
    {
        long centimetres = size >> 4;
        for (var power = size & 0xf; power > 0; power--)
        {
            centimetres *= 10;
        }

        return centimetres;
    }
}
