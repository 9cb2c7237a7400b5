// The network devices of a namespace and their changes, from the kernel's routing socket: rtnetlink(7).

using System.Runtime.InteropServices;
using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>A network device as its namespace sees it.</summary>
/// <param name="Kind">Of virtual devices, e.g. <c>veth</c>, <c>bridge</c>; null for others.</param>
/// <param name="Link">For a veth the number of its peer, in the peer's namespace; 0 where there is none.</param>
/// <param name="LinkNamespace">The peer's network namespace, by the number that this one has for it (<see cref="NetworkNamespace.NumberOf"/>); -1 where it is this one, or there is no peer.</param>
/// <param name="HardwareType">ARPHRD_*: 1 Ethernet, 772 loopback.</param>
public sealed record NetworkDevice(int Ifindex, string Name, string? Kind, int Link, int LinkNamespace, ushort HardwareType, bool IsUp);

public static unsafe class NetworkDevices
{
    private const ushort NewLink = 16;
    private const ushort GetLink = 18;
    private const ushort Done = 3;
    private const ushort Error = 2;
    private const ushort GetNamespaceNumber = 90;
    private const ushort Request = 1;
    private const ushort RequestDump = 0x301;
    private const int MessageHeader = 16;
    private const int LinkHeader = 16;
    private const int NamespaceHeader = 4;
    private const int BufferSize = 64 * 1024;
    private const uint Up = 1;
    private const ushort AttributeName = 3;
    private const ushort AttributeLink = 5;
    private const ushort AttributeLinkInfo = 18;
    private const ushort AttributeLinkNamespace = 37;
    private const ushort AttributeKind = 1;
    private const ushort AttributeNumber = 1;
    private const ushort AttributeDescriptor = 3;

    /// <summary>All devices of the calling thread's network namespace.</summary>
    /// <exception cref="BpfException">The kernel refuses.</exception>
    public static IReadOnlyList<NetworkDevice> List()
    {
        using var socket = Open(groups: 0);
        Span<byte> request = stackalloc byte[MessageHeader + LinkHeader];
        request.Clear();
        MemoryMarshal.Write(request, (uint)request.Length);
        MemoryMarshal.Write(request[4..], GetLink);
        MemoryMarshal.Write(request[6..], RequestDump);
        fixed (byte* at = request)
        {
            Check(Libc.send(socket.Fd, at, (nuint)request.Length, 0), "list");
        }

        var devices = new List<NetworkDevice>();
        var buffer = new byte[BufferSize];
        while (Read(socket, buffer, devices))
        {
        }

        return devices;
    }

    /// <summary>The number of the network namespace behind a descriptor: RTM_GETNSID. -1: it has none, as no device leads there.</summary>
    internal static int NamespaceNumber(int descriptor)
    {
        using var socket = Open(groups: 0);
        Span<byte> request = stackalloc byte[MessageHeader + NamespaceHeader + 2 * sizeof(ushort) + sizeof(int)];
        request.Clear();
        MemoryMarshal.Write(request, (uint)request.Length);
        MemoryMarshal.Write(request[4..], GetNamespaceNumber);
        MemoryMarshal.Write(request[6..], Request);
        var attribute = request[(MessageHeader + NamespaceHeader)..];
        MemoryMarshal.Write(attribute, (ushort)attribute.Length);
        MemoryMarshal.Write(attribute[2..], AttributeDescriptor);
        MemoryMarshal.Write(attribute[4..], descriptor);
        var answer = new byte[256];
        nint length;
        fixed (byte* to = answer, at = request)
        {
            Check(Libc.send(socket.Fd, at, (nuint)request.Length, 0), "ask for the namespaces of");
            length = Check(Libc.recv(socket.Fd, to, (nuint)answer.Length, 0), "ask for the namespaces of");
        }

        var message = answer.AsSpan(0, (int)length);
        if (length < MessageHeader + NamespaceHeader || MemoryMarshal.Read<ushort>(message[4..]) == Error)
        {
            return -1;
        }

        foreach (var told in new Attributes(message[(MessageHeader + NamespaceHeader)..]))
        {
            if (told.Type == AttributeNumber && told.Data.Length >= sizeof(int))
            {
                return MemoryMarshal.Read<int>(told.Data);
            }
        }

        return -1;
    }

    internal static Handle Open(uint groups)
    {
        const int Route = 0;
        var socket = new Handle(Libc.socket(Libc.FamilyNetlink, Libc.SocketRaw | Libc.SocketCloseOnExec, Route), "routing socket");
        var address = new NetlinkAddress { Family = Libc.FamilyNetlink, Groups = groups };
        if (Libc.bind(socket.Fd, &address, (uint)sizeof(NetlinkAddress)) < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            socket.Dispose();
            throw new BpfException("open", "routing socket", errno);
        }

        return socket;
    }

    private static nint Check(nint result, string what) =>
        result >= 0 ? result : throw new BpfException(what, "network devices", Marshal.GetLastPInvokeError());

    /// <summary>Reads one batch of answers; false at their end.</summary>
    private static bool Read(Handle socket, byte[] buffer, List<NetworkDevice> devices)
    {
        nint length;
        fixed (byte* at = buffer)
        {
            length = Check(Libc.recv(socket.Fd, at, (nuint)buffer.Length, 0), "list");
        }

        var rest = new ReadOnlySpan<byte>(buffer, 0, (int)length);
        while (rest.Length >= MessageHeader)
        {
            var size = (int)MemoryMarshal.Read<uint>(rest);
            var type = MemoryMarshal.Read<ushort>(rest[4..]);
            if (size < MessageHeader || size > rest.Length || type is Done or Error)
            {
                return false;
            }

            if (type == NewLink && size >= MessageHeader + LinkHeader)
            {
                devices.Add(ReadDevice(rest[MessageHeader..size]));
            }

            rest = rest[Math.Min(rest.Length, Align(size))..];
        }

        return length > 0;
    }

    private static NetworkDevice ReadDevice(ReadOnlySpan<byte> message)
    {
        var name = "";
        var link = 0;
        var linkNamespace = -1;
        string? kind = null;
        foreach (var attribute in new Attributes(message[LinkHeader..]))
        {
            switch (attribute.Type)
            {
                case AttributeName:
                    name = Text.FromOctets(attribute.Data);
                    break;
                case AttributeLink when attribute.Data.Length >= sizeof(int):
                    link = MemoryMarshal.Read<int>(attribute.Data);
                    break;
                case AttributeLinkNamespace when attribute.Data.Length >= sizeof(int):
                    linkNamespace = MemoryMarshal.Read<int>(attribute.Data);
                    break;
                case AttributeLinkInfo:
                    kind = KindOf(attribute.Data) ?? kind;
                    break;
            }
        }

        var flags = MemoryMarshal.Read<uint>(message[8..]);
        return new(MemoryMarshal.Read<int>(message[4..]), name, kind, link, linkNamespace, MemoryMarshal.Read<ushort>(message[2..]), (flags & Up) != 0);
    }

    private static string? KindOf(ReadOnlySpan<byte> linkInfo)
    {
        foreach (var attribute in new Attributes(linkInfo))
        {
            if (attribute.Type == AttributeKind)
            {
                return Text.FromOctets(attribute.Data);
            }
        }

        return null;
    }

    private static int Align(int length) => (length + 3) & ~3;

    /// <summary>Walks type-length-value triples; ends at one whose length lies.</summary>
    private ref struct Attributes(ReadOnlySpan<byte> rest)
    {
        private const int Header = 4;
        private const ushort TypeMask = 0x3fff;
        private ReadOnlySpan<byte> rest = rest;

        public Attribute Current { get; private set; }

        public readonly Attributes GetEnumerator() => this;

        public bool MoveNext()
        {
            if (rest.Length < Header)
            {
                return false;
            }

            var length = MemoryMarshal.Read<ushort>(rest);
            if (length < Header || length > rest.Length)
            {
                return false;
            }

            Current = new Attribute((ushort)(MemoryMarshal.Read<ushort>(rest[2..]) & TypeMask), rest[Header..length]);
            rest = rest[Math.Min(rest.Length, Align(length))..];
            return true;
        }
    }

    private readonly ref struct Attribute(ushort type, ReadOnlySpan<byte> data)
    {
        public readonly ushort Type = type;
        public readonly ReadOnlySpan<byte> Data = data;
    }
}

/// <summary>Hears of devices that come, go or change, in the network namespace of the thread that made it.</summary>
public sealed unsafe class NetworkDeviceWatch : IDisposable
{
    private const uint LinkGroup = 1;

    private readonly Handle socket = NetworkDevices.Open(LinkGroup);
    private readonly Handle wake = new(Libc.eventfd(0, Libc.EventNonBlocking | Libc.EventCloseOnExec), "device watch");
    private readonly byte[] buffer = new byte[64 * 1024];

    /// <summary>Waits until something changed, <see cref="Wake"/> was called, or the time is over. What changed is to be looked at anew:
    /// the kernel drops news when they come too fast.</summary>
    /// <returns>True when something changed.</returns>
    public bool Wait(TimeSpan timeout)
    {
        var fds = stackalloc PollFd[2];
        fds[0] = new PollFd { Fd = socket.Fd, Events = Libc.PollIn };
        fds[1] = new PollFd { Fd = wake.Fd, Events = Libc.PollIn };
        _ = Libc.poll(fds, 2, (int)Math.Clamp(timeout.TotalMilliseconds, 0, int.MaxValue));
        if ((fds[0].Returned & Libc.PollIn) == 0)
        {
            return false;
        }

        fixed (byte* at = buffer)
        {
            _ = Libc.recv(socket.Fd, at, (nuint)buffer.Length, 0); // also clears the error after lost news
        }

        return true;
    }

    /// <summary>Ends a <see cref="Wait"/> that is under way and all to come. From any thread.</summary>
    public void Wake()
    {
        ulong one = 1;
        _ = Libc.write(wake.Fd, (byte*)&one, sizeof(ulong));
    }

    public void Dispose()
    {
        socket.Dispose();
        wake.Dispose();
    }
}
