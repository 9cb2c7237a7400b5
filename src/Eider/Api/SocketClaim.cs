// Who may listen on the agent's socket: the holder of the lock beside it.

using Eider.Cli;

namespace Eider.Api;

/// <summary>Holds the path of a Unix socket for one agent. The lock file's lock ends with the process that holds it, however that ends, so a socket
/// without a holder is a dead agent's and is removed.</summary>
internal sealed class SocketClaim : IDisposable
{
    private const UnixFileMode DirectoryMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int WouldBlock = 11;

    private readonly string _path;
    private readonly FileStream _lock;

    private SocketClaim(string path, FileStream held) => (_path, _lock) = (path, held);

    /// <exception cref="CliException">Another agent holds it, or it may not be used.</exception>
    public static SocketClaim Take(string path)
    {
        try
        {
            if (Path.GetDirectoryName(path) is { Length: > 0 } directory && !Directory.Exists(directory))
            {
                Directory.CreateDirectory(directory, DirectoryMode);
            }

            // FileShare.None is an advisory lock of the kernel's (flock).
            var held = new FileStream($"{path}.lock", new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            if (File.Exists(path) && !IsSocket(path))
            {
                held.Dispose();
                throw new CliException(ExitCode.Failed, path, "is there already and is no socket", "remove it, or set another api.socket");
            }

            File.Delete(path);
            return new SocketClaim(path, held);
        }
        catch (IOException taken) when ((taken.HResult & 0xffff) == WouldBlock)
        {
            throw new CliException(ExitCode.Failed, path, "another agent is running", "stop it, or set another api.socket; `eider status` shows it", taken);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new CliException(ExitCode.MissingPrivilege, path, "permission denied", "run as root, or set api.socket to a path you may write", refused);
        }
        catch (IOException failed)
        {
            throw new CliException(ExitCode.Failed, path, failed.Message, "set another api.socket", failed);
        }
    }

    public void Dispose()
    {
        File.Delete(_path);

        // The lock file stays: a second agent may have it open already, and would then hold a lock that nobody else sees.
        _lock.Dispose();
    }

    /// <summary>A socket is no regular file, and cannot be opened as one.</summary>
    private static bool IsSocket(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
