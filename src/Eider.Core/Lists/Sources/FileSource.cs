// Lists that somebody else keeps on this machine.

using Eider.Core.Policy;

namespace Eider.Core.Lists.Sources;

internal static class FileSource
{
    /// <param name="known">What was read from there last; a file of the same age and size is not read again.</param>
    public static SourceAnswer Ask(string list, FileListSource source, StoredList? known)
    {
        if (!ListFile.TryOpen(source.Path, out var file, out var error))
        {
            return new SourceAnswer(source.Path, Error: error with { Message = $"list {list}: {error.Message}" });
        }

        var age = Age(file);
        if (known is not null && known.LastModified == age && known.Octets == file.Length)
        {
            file.Dispose();
            return new SourceAnswer(source.Path);
        }

        return new SourceAnswer(source.Path, file, file.Length, LastModified: age);
    }

    /// <summary>Changes when the file does, as far as its age and size tell.</summary>
    public static string Look(FileListSource source)
    {
        var file = new FileInfo(source.Path);
        return file.Exists ? $"{file.LastWriteTimeUtc:O} {file.Length}" : "";
    }

    /// <summary>Whether the file was written to while it was read, so that what was read may be half of it.</summary>
    public static bool HasChanged(SourceAnswer answer) => answer.Content is FileStream file && (Age(file) != answer.LastModified || file.Length != answer.Length);

    private static string Age(FileStream file) => File.GetLastWriteTimeUtc(file.SafeFileHandle).ToString("O");
}
