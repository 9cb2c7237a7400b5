// A file's octets, within a bound, or why there are none.

using Eider.Bpf;

namespace Eider.Core.Policy.Language;

internal static class Octets
{
    /// <summary>Reads one octet more than <paramref name="most"/> at most, so that a longer file can be told.</summary>
    /// <returns>The file in the first <paramref name="length"/> octets; null with a fault.</returns>
    public static byte[]? Read(string path, int most, out int length, out string? fault)
    {
        (length, fault) = (0, null);
        // Opening a pipe or a device could wait for ever, or do something.
        if (Inode.IsSpecial(path))
        {
            fault = "is a pipe, a socket or a device, not a file";
            return null;
        }

        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[most + 1];
            length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return bytes;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            fault = Directory.Exists(path) ? "is a folder, not a file" : Reason(unreadable);
            return null;
        }
    }

    public static string Reason(Exception why) => why switch
    {
        FileNotFoundException or DirectoryNotFoundException => "no such file or folder",
        UnauthorizedAccessException => "permission denied",
        _ => why.Message,
    };
}
