// SQLite inside the published binary: loaded from memory, so that one file is all there is and nothing has to be unpacked to a disk that
// may be read-only, or for a user who may have no home.

using System.Runtime.InteropServices;
using Eider.Bpf;

namespace Eider;

internal static class EmbeddedSqlite
{
    private const string Library = "e_sqlite3";
    private const string Resource = "libe_sqlite3.so";

    // The runtime asks once for every function: one answer, or there would be as many SQLites.
    private static readonly Lazy<nint> Loaded = new(Load);

    /// <summary>To be called before SQLite is used. Does nothing in a build that has the library beside it.</summary>
    public static void Register()
    {
        if (typeof(EmbeddedSqlite).Assembly.GetManifestResourceInfo(Resource) is not null)
        {
            NativeLibrary.SetDllImportResolver(typeof(SQLitePCL.SQLite3Provider_e_sqlite3).Assembly, static (name, _, _) => name == Library ? Loaded.Value : 0);
        }
    }

    private static nint Load()
    {
        using var contents = typeof(EmbeddedSqlite).Assembly.GetManifestResourceStream(Resource)!;
        using var file = MemoryFile.Create(Resource, contents);
        return NativeLibrary.Load(file.Path);
    }
}
