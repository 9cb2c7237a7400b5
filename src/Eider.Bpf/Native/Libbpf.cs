// The one gateway to libbpf.so.1. Functions returning int give 0 or more, or a negative errno; functions returning a pointer give null and set errno.

using System.Reflection;
using System.Runtime.InteropServices;

namespace Eider.Bpf.Native;

internal static unsafe partial class Libbpf
{
    private const string Name = "libbpf.so.1";

    /// <summary>Loads the library, refuses one that is too old, and takes over its messages. Every public entry point passes here first.</summary>
    /// <exception cref="LibbpfMissingException">The library is absent or older than 1.0.</exception>
    public static void Require() => Start.Done();

    [LibraryImport(Name)]
    private static partial uint libbpf_major_version();

    [LibraryImport(Name)]
    private static partial uint libbpf_minor_version();

    [LibraryImport(Name)]
    private static partial delegate* unmanaged[Cdecl]<int, byte*, nint, int> libbpf_set_print(delegate* unmanaged[Cdecl]<int, byte*, nint, int> print);

    [LibraryImport(Name)]
    public static partial int libbpf_strerror(int error, byte* buffer, nuint size);

    public static Version Version
    {
        get
        {
            Require();
            return new((int)libbpf_major_version(), (int)libbpf_minor_version());
        }
    }

    // Work in a static constructor of its own, so that the exception of a missing library is thrown as it is and again on each call.
    private static class Start
    {
        private static readonly LibbpfMissingException? Failure = Try();

        public static void Done()
        {
            if (Failure is not null)
            {
                throw new LibbpfMissingException(Failure.Message);
            }
        }

        /// <summary>libbpf reads all types of the kernel for each load, megabytes in few pieces. Once glibc has seen some freed, it takes such pieces from its arenas,
        /// which never shrink by as much again; with a limit that was set it stays with pages of their own, and gives them back.</summary>
        private static void ReturnMemory()
        {
            const int LargePiece = 128 << 10; // glibc's own first limit
            try
            {
                _ = Libc.mallopt(Libc.MapFrom, LargePiece);
            }
            catch (EntryPointNotFoundException)
            {
                // Another C library.
            }
        }

        private static LibbpfMissingException? Try()
        {
            if (!NativeLibrary.TryLoad(Name, Assembly.GetExecutingAssembly(), DllImportSearchPath.SafeDirectories, out _))
            {
                return new LibbpfMissingException($"{Name} is not installed; install it: apt install libbpf1 (Debian, Ubuntu), dnf install libbpf (Fedora), apk add libbpf (Alpine)");
            }

            if (libbpf_major_version() < 1)
            {
                return new LibbpfMissingException($"libbpf {libbpf_major_version()}.{libbpf_minor_version()} is too old; version 1.0 or later is needed");
            }

            ReturnMemory();
            libbpf_set_print(&LibbpfMessages.Print);
            return null;
        }
    }
}
