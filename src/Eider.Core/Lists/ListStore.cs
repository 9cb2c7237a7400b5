// The last good copy of each list, on disk: what is enforced after a restart, and while a source is away.

using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Eider.Core.Policy;

namespace Eider.Core.Lists;

/// <summary>A folder for each list, with the copy and <see cref="StoredList"/> as JSON. The JSON names the copy, so that renaming it into place changes both at once: whenever
/// the process is killed, the list is the old one or the new one. Several processes may use one folder. Thread-safe.</summary>
public sealed class ListStore(string folder, TimeProvider time)
{
    public const string DefaultFolder = "/var/lib/eider/lists";

    /// <summary>For lists of addresses, which may be called as lists of names are.</summary>
    public const string DefaultAddressFolder = "/var/lib/eider/addresses";

    private const string InfoFile = "list.json";
    private const string LockFile = "lock";
    private const string CopyExtension = ".list";

    /// <summary>A draft that nobody has touched for this long was left by a process that was killed.</summary>
    private static readonly TimeSpan DraftAge = TimeSpan.FromHours(1);

    private static readonly TimeSpan TurnPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TurnInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>EWOULDBLOCK.</summary>
    private const int WouldBlock = 11;

    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    public string Folder => folder;

    /// <summary>Every list that has a copy, by name.</summary>
    public IReadOnlyList<StoredList> All
    {
        get
        {
            string[] folders;
            try
            {
                folders = Directory.Exists(folder) ? Directory.GetDirectories(folder) : [];
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return [];
            }

            return [.. folders.Order(StringComparer.Ordinal).Select(path => Find(Path.GetFileName(path))).OfType<StoredList>()];
        }
    }

    /// <summary>Null where there is no copy, or none that can be used: what is damaged is fetched again.</summary>
    public StoredList? Find(string name)
    {
        try
        {
            var info = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(FolderOf(name), InfoFile)), StoredListJson.Default.StoredList);
            var isWhole = info is not null && info.Name == name && Path.GetFileName(info.File) == info.File && new FileInfo(PathOf(info)) is { Exists: true } copy && copy.Length == info.Octets;
            return isWhole ? info : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or ArgumentException)
        {
            return null;
        }
    }

    public string PathOf(StoredList list) => Path.Combine(FolderOf(list.Name), list.File);

    /// <summary>Opens the last good copy as <paramref name="spec"/> wants it read.</summary>
    public bool TryOpen(DomainListSpec spec, [NotNullWhen(true)] out DomainListReader? reader, [NotNullWhen(false)] out ListError? error)
    {
        reader = null;
        return TryOpenCopy(spec.Name, out var file, out _, out error)
            && DomainListReader.TryOpen(file, $"list {spec.Name}", spec.Format, spec.Match, out reader, out error, spec.MaxSize);
    }

    /// <summary>Opens the last good copy as it was read when it was taken.</summary>
    public bool TryOpen(string name, [NotNullWhen(true)] out DomainListReader? reader, [NotNullWhen(false)] out ListError? error)
    {
        reader = null;
        return TryOpenCopy(name, out var file, out var info, out error)
            && DomainListReader.TryOpen(file, $"list {name}", info.Format, info.Match, out reader, out error, long.MaxValue);
    }

    /// <summary>Puts this store's copy of a list into another store.</summary>
    /// <returns>False where there is no copy.</returns>
    /// <exception cref="ListStoreException">The other store cannot be written.</exception>
    public bool TryCopy(string name, ListStore to)
    {
        if (!TryOpenCopy(name, out var file, out var info, out _))
        {
            return false;
        }

        using (file)
        {
            using var draft = to.Begin(name);
            var buffer = new byte[64 << 10];
            for (var read = file.Read(buffer); read > 0; read = file.Read(buffer))
            {
                draft.Write(buffer.AsSpan(0, read));
            }

            draft.Finish();
            to.Keep(draft, info);
            return true;
        }
    }

    /// <summary>Forgets a list.</summary>
    /// <returns>False where there was nothing to forget.</returns>
    /// <exception cref="ListStoreException">It cannot be deleted.</exception>
    public bool Remove(string name) => Guard(() =>
    {
        var path = FolderOf(name);
        if (!Directory.Exists(path))
        {
            return false;
        }

        // Without it there is no list, whatever else is left.
        File.Delete(Path.Combine(path, InfoFile));
        Directory.Delete(path, recursive: true);
        return true;
    });

    /// <summary>Forgets everything, and what attempts left that came to nothing. What others keep in the folder stays.</summary>
    /// <returns>Folders deleted.</returns>
    /// <exception cref="ListStoreException">One cannot be deleted.</exception>
    public IReadOnlyList<string> RemoveAll() => Guard(() =>
    {
        string[] ours = Directory.Exists(folder) ? [.. Directory.GetDirectories(folder).Where(static path => Directory.GetFileSystemEntries(path).All(IsOurs)).Order(StringComparer.Ordinal)] : [];
        foreach (var path in ours)
        {
            Directory.Delete(path, recursive: true);
        }

        return ours;
    });

    /// <summary>Begins a new copy, which is deleted when it is disposed of before it is kept.</summary>
    /// <exception cref="ListStoreException">The folder cannot be written.</exception>
    internal ListDraft Begin(string name) => Guard(() =>
    {
        var path = FolderOf(name);
        Directory.CreateDirectory(path, FolderMode);
        DeleteStaleDrafts(path);
        return new ListDraft(Path.Combine(path, Path.GetRandomFileName() + ListDraft.Extension));
    });

    /// <summary>Puts a copy in the place of the last one.</summary>
    /// <param name="info">Its file is named here.</param>
    /// <exception cref="ListStoreException">It cannot be written; the last copy stays.</exception>
    internal StoredList Keep(ListDraft draft, StoredList info) => Guard(() =>
    {
        using var turn = TakeTurn(info.Name);
        var kept = info with { File = $"{draft.Sha256[..16]}{CopyExtension}" };
        File.Move(draft.Path, PathOf(kept), overwrite: true);
        Write(kept);
        foreach (var other in Directory.EnumerateFiles(FolderOf(kept.Name), "*" + CopyExtension).Where(path => Path.GetFileName(path) != kept.File))
        {
            File.Delete(other);
        }

        return kept;
    });

    /// <summary>Notes what a source said of the copy that stays.</summary>
    /// <exception cref="ListStoreException">It cannot be written.</exception>
    internal void Update(StoredList info) => Guard(() =>
    {
        using var turn = TakeTurn(info.Name);
        Write(info);
        return true;
    });

    private bool TryOpenCopy(string name, [NotNullWhen(true)] out FileStream? file, [NotNullWhen(true)] out StoredList? info, [NotNullWhen(false)] out ListError? error)
    {
        while ((info = Find(name)) is not null)
        {
            // Another version may take its place in between, once in a long while.
            if (ListFile.TryOpen(PathOf(info), out file, out error) || error.Fault != ListFault.NotFound)
            {
                return file is not null;
            }
        }

        file = null;
        error = new ListError(ListFault.NotFound, $"list {name}: there is no copy of it yet; see whether its source can be reached");
        return false;
    }

    private static bool IsOurs(string path) =>
        Path.GetFileName(path) is InfoFile or LockFile || path.EndsWith(CopyExtension, StringComparison.Ordinal) || path.EndsWith(ListDraft.Extension, StringComparison.Ordinal);

    private void Write(StoredList info)
    {
        using var draft = new ListDraft(Path.Combine(FolderOf(info.Name), Path.GetRandomFileName() + ListDraft.Extension));
        draft.Write(JsonSerializer.SerializeToUtf8Bytes(info, StoredListJson.Default.StoredList));
        draft.Finish();
        File.Move(draft.Path, Path.Combine(FolderOf(info.Name), InfoFile), overwrite: true);
    }

    /// <summary>One process at a time puts a copy into place. It takes a moment, so others wait for it, though not for one that hangs.</summary>
    private FileStream TakeTurn(string name)
    {
        var path = Path.Combine(FolderOf(name), LockFile);
        for (var started = time.GetTimestamp(); ; Thread.Sleep(TurnInterval))
        {
            try
            {
                // FileShare.None is an advisory lock of the kernel's (flock).
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException taken) when ((taken.HResult & 0xffff) == WouldBlock)
            {
                if (time.GetElapsedTime(started) > TurnPatience)
                {
                    throw new ListStoreException($"{path}: another process has been writing list {name} for {TurnPatience.TotalSeconds:N0} s; see `fuser {path}` for which, and try again");
                }
            }
        }
    }

    private void DeleteStaleDrafts(string path)
    {
        foreach (var draft in Directory.EnumerateFiles(path, "*" + ListDraft.Extension))
        {
            if (time.GetUtcNow() - File.GetLastWriteTimeUtc(draft) > DraftAge)
            {
                File.Delete(draft);
            }
        }
    }

    private string FolderOf(string name) => name.Length > 0 && name[0] != '.' && Path.GetFileName(name) == name ? Path.Combine(folder, name)
        : throw new ArgumentException($"\"{name}\" is no list's name", nameof(name));

    private T Guard<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ListStoreException.Unwritable(folder, e);
        }
    }
}
