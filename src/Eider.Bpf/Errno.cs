// Names and texts of the kernel's error numbers.

using System.Runtime.InteropServices;
using System.Text;
using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>Linux error numbers, as the bpf system call gives them. Only those this library speaks of have a constant; all have a name.</summary>
public static class Errno
{
    public const int PermissionDenied = 1;
    public const int NoEntry = 2;
    public const int NoProcess = 3;
    public const int Interrupted = 4;
    public const int TooBig = 7;
    public const int BadDescriptor = 9;
    public const int Again = 11;
    public const int NoMemory = 12;
    public const int AccessDenied = 13;
    public const int Busy = 16;
    public const int Exists = 17;
    public const int NoDevice = 19;
    public const int Invalid = 22;
    public const int NoSpace = 28;
    public const int OutOfRange = 34;
    public const int NoSystemCall = 38;
    public const int NotSupported = 95;

    /// <summary>ENOTSUPP: the kernel's own, which has no entry in errno.h.</summary>
    public const int NotSupportedInKernel = 524;

    private const int FirstOfLibbpf = 4000;

    private static readonly string[] Names =
    [
        "", "EPERM", "ENOENT", "ESRCH", "EINTR", "EIO", "ENXIO", "E2BIG", "ENOEXEC", "EBADF", "ECHILD", "EAGAIN", "ENOMEM", "EACCES", "EFAULT",
        "ENOTBLK", "EBUSY", "EEXIST", "EXDEV", "ENODEV", "ENOTDIR", "EISDIR", "EINVAL", "ENFILE", "EMFILE", "ENOTTY", "ETXTBSY", "EFBIG", "ENOSPC",
        "ESPIPE", "EROFS", "EMLINK", "EPIPE", "EDOM", "ERANGE", "EDEADLK", "ENAMETOOLONG", "ENOLCK", "ENOSYS", "ENOTEMPTY", "ELOOP",
    ];

    private static readonly string[] NamesOfLibbpf =
    [
        "LIBELF", "FORMAT", "KVERSION", "ENDIAN", "INTERNAL", "RELOC", "LOAD", "VERIFY", "PROG2BIG", "KVER", "PROGTYPE", "WRNGPID", "INVSEQ", "NLPARSE",
    ];

    /// <returns>E.g. <c>EPERM</c>; libbpf's own as <c>LIBBPF_FORMAT</c>; <c>errno 1234</c> where there is no name.</returns>
    public static string NameOf(int errno) => errno switch
    {
        > 0 when errno < Names.Length => Names[errno],
        61 => "ENODATA",
        75 => "EOVERFLOW",
        84 => "EILSEQ",
        95 => "EOPNOTSUPP",
        98 => "EADDRINUSE",
        NotSupportedInKernel => "ENOTSUPP",
        >= FirstOfLibbpf when errno - FirstOfLibbpf < NamesOfLibbpf.Length => "LIBBPF_" + NamesOfLibbpf[errno - FirstOfLibbpf],
        _ => $"errno {errno}",
    };

    /// <returns>A sentence, e.g. <c>Operation not permitted</c>.</returns>
    public static unsafe string TextOf(int errno)
    {
        if (errno == NotSupportedInKernel)
        {
            return "Operation not supported by this kernel";
        }

        if (errno < FirstOfLibbpf)
        {
            return Marshal.GetPInvokeErrorMessage(errno);
        }

        const int Size = 256;
        var buffer = stackalloc byte[Size];
        _ = Libbpf.libbpf_strerror(errno, buffer, Size);
        return Text.FromArray(buffer, Size);
    }

    /// <returns>E.g. <c>EPERM (1, Operation not permitted)</c>.</returns>
    internal static string Describe(int errno) => $"{NameOf(errno)} ({errno}, {TextOf(errno)})";
}
