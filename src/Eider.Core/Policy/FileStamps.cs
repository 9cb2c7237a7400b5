// Whether files have changed, by looking at them: what editors, configuration management and mounted volumes do to a file differs too much for anything else.

using Eider.Bpf;

namespace Eider.Core.Policy;

/// <summary>Not thread-safe.</summary>
/// <param name="paths">Files, and folders of policy files.</param>
internal sealed class FileStamps(IReadOnlyList<string> paths)
{
    private string? taken;
    private string? seen;

    /// <summary>Takes the files as they are for what is known of them. To be called before they are read, so that a change while they are is found.</summary>
    public void Take() => (taken, seen) = (seen ?? Look(), null);

    /// <returns>True when the files are others than were taken, and were the same in the look before: nobody is writing them just now.</returns>
    public bool HaveSettledToOthers()
    {
        var now = Look();
        var isSettled = now == seen;
        seen = now;
        return isSettled && now != taken;
    }

    private string Look() => string.Join('\n', paths.SelectMany(FilesOf).Select(Stamp));

    private static IEnumerable<string> FilesOf(string path)
    {
        try
        {
            return Directory.Exists(path)
                ? Directory.EnumerateFiles(path).Where(file => PolicyFile.IsPolicyFileName(Path.GetFileName(file))).Order(StringComparer.Ordinal).ToArray()
                : [path];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [path];
        }
    }

    private static string Stamp(string path)
    {
        try
        {
            // A mounted volume shows its files through links, and changes what those lead to.
            var target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            var file = new FileInfo(target);
            return file.Exists ? $"{path} {target} {Inode.Of(target)} {file.Length} {file.LastWriteTimeUtc.Ticks}" : $"{path} is not there";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path} {e.Message}";
        }
    }
}
