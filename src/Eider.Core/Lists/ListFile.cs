// Opening a list's file, and what to tell a person when it cannot be read.

using System.Diagnostics.CodeAnalysis;
using Eider.Bpf;

namespace Eider.Core.Lists;

internal static class ListFile
{
    public static bool TryOpen(string path, [NotNullWhen(true)] out FileStream? file, [NotNullWhen(false)] out ListError? error)
    {
        file = null;
        error = null;
        if (Directory.Exists(path))
        {
            error = new ListError(ListFault.NotFound, $"{path}: is a directory; name a list file in it");
            return false;
        }

        // Opening a pipe or a device could wait for ever, or do something.
        if (Inode.IsSpecial(path))
        {
            error = new ListError(ListFault.Unreadable, $"{path}: is a pipe, a socket or a device; name a file");
            return false;
        }

        try
        {
            // ListLines has the buffer.
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            error = new ListError(ListFault.NotFound, $"{path}: no such file; check the path");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            error = new ListError(ListFault.Unreadable, $"{path}: cannot be opened ({e.Message}); check its permissions");
        }

        return false;
    }

    public static bool IsReadFailure(Exception e) => e is IOException or InvalidDataException or UnauthorizedAccessException;

    /// <param name="hasEnded">Whether the stored data was read to its end.</param>
    /// <param name="line">The last one that was read.</param>
    public static ListError ReadFailure(Exception e, bool hasEnded, string name, long line) => (e, hasEnded) switch
    {
        (InvalidDataException, true) => new ListError(ListFault.Truncated, $"{name}: its gzip data ends after line {line}, before the list does; fetch or copy the file again"),
        (InvalidDataException, false) => new ListError(ListFault.Damaged, $"{name}: its gzip data is damaged after line {line}; fetch or copy the file again"),
        _ => new ListError(ListFault.Unreadable, $"{name}: cannot be read after line {line} ({e.Message}); check the disk"),
    };
}
