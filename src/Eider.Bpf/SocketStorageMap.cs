// Storage that hangs on a socket and goes with it.

using System.Net.Sockets;
using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>A view of a map of type <see cref="MapType.SocketStorage"/>, for sockets that this process holds. It cannot be walked from user space; an
/// iterator program (<c>iter/bpf_sk_storage_map</c>) can. Needs 5.2. Thread-safe.</summary>
public sealed class SocketStorageMap<TValue>
    where TValue : unmanaged
{
    private readonly BpfMap map;

    /// <exception cref="BpfMismatchException">The map is of another type, or its value has another size.</exception>
    public SocketStorageMap(BpfMap map)
    {
        MapShape.ExpectType(map, MapType.SocketStorage);
        MapShape.ExpectValue<TValue>(map);
        this.map = map;
    }

    public unsafe bool TryGet(Socket socket, out TValue value)
    {
        using var held = new Held(socket);
        var fd = held.Fd;
        fixed (TValue* at = &value)
        {
            return Found("read", Libbpf.bpf_map_lookup_elem(map.Fd, &fd, at));
        }
    }

    /// <exception cref="BpfException">The socket's allowance of storage is used up (ENOMEM).</exception>
    public unsafe void Set(Socket socket, TValue value)
    {
        using var held = new Held(socket);
        var fd = held.Fd;
        MapShape.Check(map, "write", Libbpf.bpf_map_update_elem(map.Fd, &fd, &value, 0));
    }

    /// <returns>False where the socket had none.</returns>
    public unsafe bool Delete(Socket socket)
    {
        using var held = new Held(socket);
        var fd = held.Fd;
        return Found("delete from", Libbpf.bpf_map_delete_elem(map.Fd, &fd));
    }

    private bool Found(string action, int result) => result switch
    {
        >= 0 => true,
        -Errno.NoEntry => false,
        _ => throw MapShape.Failed(map, action, -result),
    };

    /// <summary>Keeps the socket's descriptor from being closed, and its number from being reused, during a call.</summary>
    private readonly ref struct Held
    {
        private readonly SafeSocketHandle handle;

        public Held(Socket socket)
        {
            handle = socket.SafeHandle;
            var taken = false;
            handle.DangerousAddRef(ref taken);
        }

        public int Fd => (int)handle.DangerousGetHandle();

        public void Dispose() => handle.DangerousRelease();
    }
}
