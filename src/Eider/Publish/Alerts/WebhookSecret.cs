// The key of a webhook, from a file that only its owner, or the owner's group, may read.

using System.Diagnostics.CodeAnalysis;

namespace Eider.Publish.Alerts;

/// <summary>Not safe for concurrent use.</summary>
internal sealed class WebhookSecret
{
    /// <summary>Octets: 128 bits, where they are random.</summary>
    public const int LeastLength = 16;

    public const int MostLength = 4096;

    private const UnixFileMode Forbidden =
        UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly string _path;

    private WebhookSecret(string path, byte[] key) => (_path, Key) = (path, key);

    /// <summary>The last good one.</summary>
    public byte[] Key { get; private set; }

    /// <summary>Reads the file.</summary>
    /// <param name="fault">What is wrong and what to do.</param>
    public static bool TryOpen(string path, [NotNullWhen(true)] out WebhookSecret? secret, [NotNullWhen(false)] out string? fault)
    {
        var key = Read(path, out fault);
        secret = key is null ? null : new WebhookSecret(path, key);
        return key is not null;
    }

    /// <summary>Takes the file as it is now: a key may be changed while the agent runs. One that cannot be used leaves the last.</summary>
    /// <returns>What is wrong with it; null where nothing is.</returns>
    public string? Refresh()
    {
        Key = Read(_path, out var fault) ?? Key;
        return fault is null ? null : $"{_path}: {fault}; the last key that was there is used";
    }

    private static byte[]? Read(string path, out string? fault)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

            // Of what was opened, not of what stands there by now.
            if ((File.GetUnixFileMode(file.SafeFileHandle) & Forbidden) != 0)
            {
                fault = "others may read or change this secret; chmod 600 it";
                return null;
            }

            var octets = new byte[MostLength + 1];
            var length = file.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false);
            var key = octets.AsSpan(0, length).TrimEnd("\r\n"u8);
            fault = key.Length < LeastLength ? $"a secret has at least {LeastLength} octets, and this has {key.Length}; make one with: openssl rand -hex 32"
                : length > MostLength ? $"a secret has at most {MostLength} octets; this is some other file" : null;
            return fault is null ? key.ToArray() : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            fault = unreadable is FileNotFoundException or DirectoryNotFoundException ? "no such file; make one with: openssl rand -hex 32"
                : Directory.Exists(path) ? "is a directory; name the file with the secret" : $"cannot be read ({unreadable.Message})";
            return null;
        }
    }
}
