// Uids of the users that policies name.

using System.Globalization;

namespace Eider.Core.Policy;

/// <summary>Reads passwd(5) once, when first asked. Not thread-safe.</summary>
internal sealed class PasswdFile(string path)
{
    private Dictionary<string, uint>? uids;

    /// <returns>Null where the file has no such user, or cannot be read.</returns>
    public uint? UidOf(string name) => (uids ??= Read()).TryGetValue(name, out var uid) ? uid : null;

    private Dictionary<string, uint> Read()
    {
        var read = new Dictionary<string, uint>(StringComparer.Ordinal);
        try
        {
            foreach (var line in File.ReadLines(path))
            {
                // name:password:uid:... Of two lines with one name the first counts, as in getpwnam(3).
                if (line.Split(':') is [{ Length: > 0 } name, _, var text, ..] && uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var uid))
                {
                    read.TryAdd(name, uid);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A machine without the file has no users that a policy could name.
        }

        return read;
    }
}
