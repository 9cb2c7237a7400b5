// BPF_PROG_TEST_RUN: the loaded program on a made-up input, in the kernel, without being attached.

using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <param name="ReturnValue">What the program returned.</param>
/// <param name="Data">The packet as the program left it; empty for programs without a packet.</param>
/// <param name="Context">The context as the program left it; empty where none was given.</param>
/// <param name="DurationNs">Mean of one run; 0 for types the kernel does not time.</param>
public sealed record TestRunResult(int ReturnValue, byte[] Data, byte[] Context, uint DurationNs);

public sealed partial class BpfProgram
{
    // Room for programs that make the packet longer.
    private const int DataHeadroom = 512;
    private const int ShortestFrame = 14;
    private const uint LiveFrames = 1 << 1; // BPF_F_TEST_XDP_LIVE_FRAMES

    /// <summary>Has a device of the calling thread's network namespace receive a frame, once an XDP program has passed it.</summary>
    /// <param name="frame">From its Ethernet header on; at most some 3,500 octets.</param>
    /// <exception cref="BpfException">There is no such device (ENODEV), or the kernel has no live frames (EINVAL; 5.18).</exception>
    public unsafe void Receive(ReadOnlySpan<byte> frame, uint ifindex)
    {
        var context = stackalloc uint[] { 0, (uint)frame.Length, 0, ifindex, 0, 0 }; // struct xdp_md
        fixed (byte* dataIn = frame)
        {
            var options = new TestRunOptions
            {
                Size = (nuint)sizeof(TestRunOptions),
                DataIn = dataIn,
                DataSizeIn = (uint)frame.Length,
                ContextIn = (byte*)context,
                ContextSizeIn = 6 * sizeof(uint),
                Repeat = 1,
                Flags = LiveFrames,
            };
            if (Libbpf.bpf_prog_test_run_opts(Fd, &options) is < 0 and var result)
            {
                throw new BpfException("receive a frame by", Name, -result);
            }
        }
    }

    /// <summary>Runs the program in the kernel. It has all its effects on maps; the packet goes nowhere.</summary>
    /// <param name="data">A packet from its Ethernet header on (at least 14 octets; a cgroup_skb program sees it from the network header on); empty for programs
    /// without a packet.</param>
    /// <param name="context">What the program's context starts as (<c>struct __sk_buff</c>, <c>struct xdp_md</c>, the arguments of a raw tracepoint or of a syscall program);
    /// empty for the default.</param>
    /// <param name="repeat">Runs, for a mean duration; between 1 and some millions. A raw tracepoint or syscall program runs once.</param>
    /// <exception cref="BpfException">The type cannot be test-run (ENOTSUPP), the input is too short or too long (EINVAL).</exception>
    public unsafe TestRunResult TestRun(ReadOnlySpan<byte> data = default, ReadOnlySpan<byte> context = default, int repeat = 1)
    {
        var dataOut = data.IsEmpty ? [] : new byte[data.Length + DataHeadroom];
        var contextOut = Type == ProgramType.RawTracepoint ? [] : new byte[context.Length];

        // A syscall program has one context, which the kernel writes back to where it came from (bpf_prog_test_run_syscall).
        var isSyscall = Type == ProgramType.Syscall;
        if (isSyscall)
        {
            context.CopyTo(contextOut);
            context = contextOut;
        }

        fixed (byte* dataIn = data, contextIn = context, dataAt = dataOut, contextAt = contextOut)
        {
            var options = new TestRunOptions
            {
                Size = (nuint)sizeof(TestRunOptions),
                DataIn = dataIn,
                DataSizeIn = (uint)data.Length,
                DataOut = dataAt,
                DataSizeOut = (uint)dataOut.Length,
                ContextIn = contextIn,
                ContextSizeIn = (uint)context.Length,
                ContextOut = isSyscall ? null : contextAt,
                ContextSizeOut = isSyscall ? 0 : (uint)contextOut.Length,
                Repeat = isSyscall || Type == ProgramType.RawTracepoint ? 0 : repeat,
            };
            var result = Libbpf.bpf_prog_test_run_opts(Fd, &options);
            return result >= 0
                ? new((int)options.ReturnValue, dataOut[..(int)options.DataSizeOut], isSyscall ? contextOut : contextOut[..(int)options.ContextSizeOut], options.DurationNs)
                : throw new BpfException("test-run program", Name, -result, suggestion: -result == Errno.Invalid && !data.IsEmpty && data.Length <= ShortestFrame
                    ? "give a whole frame: Ethernet header and network header" : null);
        }
    }
}
