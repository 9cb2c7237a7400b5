// Directories of the BPF file system, where pins live.

namespace Eider.Bpf;

internal static class PinDirectories
{
    /// <exception cref="BpfException">The place is not in a BPF file system or may not be written.</exception>
    public static void Make(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var denied = e is UnauthorizedAccessException;
            throw new BpfException("make pin directory", directory, denied ? Errno.AccessDenied : Errno.NoEntry, suggestion: Mend);
        }
    }

    public const string Mend = "the pin must be in a BPF file system that this process may write: mount -t bpf bpf /sys/fs/bpf";
}
