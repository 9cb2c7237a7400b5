// A file on its way to take another's place: written beside it, on disk before it is renamed.

using System.Security.Cryptography;

namespace Eider.Core.Lists;

/// <summary>Deletes itself unless it was renamed. Not thread-safe.</summary>
internal sealed class ListDraft : IDisposable
{
    public const string Extension = ".draft";

    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly FileStream _file;

    /// <exception cref="IOException">It cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public ListDraft(string path)
    {
        Path = path;
        _file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = Mode });
    }

    public string Path { get; }

    public long Octets { get; private set; }

    /// <summary>Lower-case hexadecimal; empty until <see cref="Finish"/>.</summary>
    public string Sha256 { get; private set; } = "";

    /// <exception cref="ListStoreException">The disk is full or failed.</exception>
    public void Write(ReadOnlySpan<byte> octets)
    {
        try
        {
            _file.Write(octets);
        }
        catch (IOException e)
        {
            throw ListStoreException.Unwritable(Path, e);
        }

        _hash.AppendData(octets);
        Octets += octets.Length;
    }

    /// <summary>Waits until it is on disk.</summary>
    /// <exception cref="ListStoreException">The disk is full or failed.</exception>
    public void Finish()
    {
        try
        {
            _file.Flush(flushToDisk: true);
            _file.Dispose();
        }
        catch (IOException e)
        {
            throw ListStoreException.Unwritable(Path, e);
        }

        Sha256 = Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    public void Dispose()
    {
        _file.Dispose();
        _hash.Dispose();
        File.Delete(Path);
    }
}
