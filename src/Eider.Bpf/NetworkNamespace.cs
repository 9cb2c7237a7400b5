// Interface numbers and attachments are those of the calling thread's network namespace; this gets a thread into another.

using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Eider.Bpf.Native;

namespace Eider.Bpf;

public static class NetworkNamespace
{
    private const int CloneNewNet = 0x4000_0000;

    /// <summary>The number by which programs know the calling thread's network namespace: <c>bpf_get_netns_cookie</c>. Needs kernel 5.14.</summary>
    /// <exception cref="BpfException">The kernel is older (ENOPROTOOPT).</exception>
    public static unsafe ulong Cookie()
    {
        using var socket = new Handle(Libc.socket(Libc.FamilyInternet, Libc.SocketDatagram | Libc.SocketCloseOnExec, 0), "socket");
        ulong cookie;
        var length = (uint)sizeof(ulong);
        return Libc.getsockopt(socket.Fd, Libc.SocketLevel, Libc.NetnsCookie, &cookie, &length) == 0
            ? cookie
            : throw new BpfException("read cookie of", "network namespace", Marshal.GetLastPInvokeError());
    }

    /// <summary>By which number the calling thread's network namespace knows another one (<see cref="NetworkDevice.LinkNamespace"/>); -1 where no device of it leads there.</summary>
    /// <param name="path">E.g. <c>/run/netns/NAME</c> or <c>/proc/PID/ns/net</c>.</param>
    /// <exception cref="BpfException">There is no such namespace.</exception>
    public static int NumberOf(string path)
    {
        using var space = Open(path);
        return NetworkDevices.NamespaceNumber(space.Fd);
    }

    /// <summary>Calls a function inside a network namespace, on a thread made for it, and waits. The function must not await: what runs on another thread runs outside.</summary>
    /// <param name="path">E.g. <c>/run/netns/NAME</c> or <c>/proc/PID/ns/net</c>.</param>
    /// <param name="function">Its exceptions come out here.</param>
    /// <exception cref="BpfException">There is no such namespace, or CAP_SYS_ADMIN is missing.</exception>
    public static T Run<T>(string path, Func<T> function)
    {
        using var space = Open(path);
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = Libc.setns(space.Fd, CloneNewNet) == 0 ? function() : throw new BpfException("enter network namespace", path, Marshal.GetLastPInvokeError());
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }

    private static Handle Open(string path)
    {
        var fd = Libc.open(path, Libc.OpenReadOnly | Libc.OpenCloseOnExec);
        return fd >= 0 ? new Handle(fd, path) : throw new BpfException("open network namespace", path, Marshal.GetLastPInvokeError());
    }
}
