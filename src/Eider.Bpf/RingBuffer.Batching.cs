// Reading in batches: for programs that submit most records without a wake-up.

using System.Runtime.InteropServices;
using Eider.Bpf.Native;

namespace Eider.Bpf;

public sealed unsafe partial class RingBuffer
{
    private Handle? edges;

    /// <summary>Sleeps until a program wakes the reader (BPF_RB_FORCE_WAKEUP, or a record that finds the ring read empty without BPF_RB_NO_WAKEUP),
    /// <see cref="Wake"/> is called, or the time is over. Unlike <see cref="Wait"/> it does not return for records that were submitted quietly.</summary>
    /// <param name="timeout">Whole milliseconds.</param>
    public void WaitWoken(TimeSpan timeout)
    {
        edges ??= WatchEdges();
        EpollEvent happened;
        var ready = Libc.epoll_wait(edges.Fd, &happened, 1, (int)Math.Clamp(timeout.TotalMilliseconds, 0, int.MaxValue));
        if (ready < 0 && Marshal.GetLastPInvokeError() is var errno && errno != Errno.Interrupted)
        {
            throw new BpfException("wait for ring buffer", name, errno);
        }

        if (ready > 0)
        {
            ulong spent;
            _ = Libc.read(wake.Fd, (byte*)&spent, sizeof(ulong)); // does not block where it was the ring
        }
    }

    private Handle WatchEdges()
    {
        var watch = new Handle(Libc.epoll_create1(Libc.EpollCloseOnExec), name);
        foreach (var fd in (ReadOnlySpan<int>)[ring.Fd, wake.Fd])
        {
            var interest = new EpollEvent { Events = Libc.EpollIn | Libc.EpollEdgeTriggered };
            if (Libc.epoll_ctl(watch.Fd, Libc.EpollAdd, fd, &interest) < 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                watch.Dispose();
                throw new BpfException("watch ring buffer", name, errno);
            }
        }

        return watch;
    }
}
