// Strings that come from C.

using System.Runtime.InteropServices;
using System.Text;

namespace Eider.Bpf.Native;

internal static unsafe class Text
{
    public static string FromPointer(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    /// <summary>A fixed array, filled up with NUL.</summary>
    public static string FromArray(byte* text, int length) => FromOctets(new ReadOnlySpan<byte>(text, length));

    /// <summary>Up to the first NUL, or all.</summary>
    public static string FromOctets(ReadOnlySpan<byte> octets)
    {
        var end = octets.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? octets : octets[..end]);
    }
}
