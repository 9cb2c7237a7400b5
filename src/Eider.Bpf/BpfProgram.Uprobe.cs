// Attaching to a place in a user program's code.

using System.Globalization;
using System.Runtime.InteropServices;
using Eider.Bpf.Native;

namespace Eider.Bpf;

public sealed partial class BpfProgram
{
    private const string ProbeType = "/sys/bus/event_source/devices/uprobe/type";
    private const string ReturnBit = "/sys/bus/event_source/devices/uprobe/format/retprobe";
    private const uint AttributesSize = 72;

    /// <summary>Attaches a program of section <c>uprobe</c> to the start of a function, found in the file's symbol tables.</summary>
    /// <param name="binary">Path of an executable or shared library.</param>
    /// <param name="function">As the symbol table has it (mangled for C++).</param>
    /// <param name="pid">Only this process; null for all that map the file.</param>
    /// <param name="onReturn">At the function's return instead (section <c>uretprobe</c>).</param>
    /// <exception cref="BpfMismatchException">The file has no such function, or is not an ELF file.</exception>
    /// <exception cref="BpfException">As <see cref="AttachUprobe(string, ulong, int?, bool)"/>.</exception>
    public BpfLink AttachUprobe(string binary, string function, int? pid = null, bool onReturn = false)
    {
        try
        {
            var offset = new ElfFile(File.ReadAllBytes(binary)).FunctionOffset(function)
                ?? throw new BpfMismatchException($"{binary} has no function \"{function}\" in its symbol tables (stripped binaries keep only exported ones)");
            return AttachUprobe(binary, offset, pid, onReturn);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw new BpfMismatchException($"{binary}: {e.Message}");
        }
    }

    /// <summary>Attaches a program of section <c>uprobe</c> to an instruction.</summary>
    /// <param name="binary">Path of an executable or shared library.</param>
    /// <param name="offset">Octets from the start of the file (not an address).</param>
    /// <param name="pid">Only this process; null for all that map the file.</param>
    /// <param name="onReturn">When the function that starts there returns.</param>
    /// <exception cref="BpfException">The kernel has no uprobes (ENOENT), the file is not there, CAP_PERFMON is missing; needs 5.15.</exception>
    public BpfLink AttachUprobe(string binary, ulong offset, int? pid = null, bool onReturn = false)
    {
        var target = $"{binary}+0x{offset:x}";
        var probe = OpenProbe(binary, offset, pid, onReturn, target);
        try
        {
            var link = CreatePerfLink(probe);
            const uint EnableEvent = 0x2400;
            return link < 0 || Libc.ioctl(probe, EnableEvent, 0) == 0
                ? Link(target, link)
                : throw CloseAndFail(link, target, Marshal.GetLastPInvokeError());
        }
        finally
        {
            // The link holds the event.
            _ = Libc.close(probe);
        }
    }

    private static unsafe int OpenProbe(string binary, ulong offset, int? pid, bool onReturn, string target)
    {
        const int CloseOnExec = 8;
        const int AllProcesses = -1;
        const int AnyCpu = -1;
        const int FirstCpu = 0;
        var path = Marshal.StringToCoTaskMemUTF8(binary);
        try
        {
            var attributes = new PerfEventAttributes
            {
                Type = uint.Parse(ReadProbeFile(ProbeType, target), CultureInfo.InvariantCulture),
                Size = AttributesSize,
                Config = onReturn ? 1ul << int.Parse(ReadProbeFile(ReturnBit, target).Split(':')[1], CultureInfo.InvariantCulture) : 0,
                UprobePath = (byte*)path,
                ProbeOffset = offset,
            };

            // An event of all processes must name a CPU; a uprobe then still fires on every CPU.
            var fd = Libc.perf_event_open(PerfEventOpenNumber, &attributes, pid ?? AllProcesses, pid is null ? FirstCpu : AnyCpu, -1, CloseOnExec);
            return fd >= 0 ? (int)fd : throw ProbeFailed(target, Marshal.GetLastPInvokeError());
        }
        finally
        {
            Marshal.FreeCoTaskMem(path);
        }
    }

    private static nint PerfEventOpenNumber => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 241 : 298;

    private static string ReadProbeFile(string path, string target)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (IOException)
        {
            throw ProbeFailed(target, Errno.NoEntry);
        }
    }

    private unsafe int CreatePerfLink(int probe) => Libbpf.bpf_link_create(Fd, probe, (int)AttachType.PerfEvent, null);

    private static BpfException CloseAndFail(int fd, string target, int errno)
    {
        _ = Libc.close(fd);
        return ProbeFailed(target, errno);
    }

    private static BpfException ProbeFailed(string target, int errno) => new("open uprobe at", target, errno, suggestion: errno switch
    {
        Errno.NoEntry => "the file must exist, and the kernel must be built with CONFIG_UPROBE_EVENTS=y",
        Errno.NoProcess => "there is no such process",
        Errno.AccessDenied or Errno.PermissionDenied => Suggestions.For(Errno.PermissionDenied, ""),
        _ => null,
    });
}
