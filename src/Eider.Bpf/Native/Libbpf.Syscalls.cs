// libbpf's thin functions over the bpf system call, by file descriptor, and its netlink functions for tc.

using System.Runtime.InteropServices;

namespace Eider.Bpf.Native;

internal static unsafe partial class Libbpf
{
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int bpf_map_create(int type, string? name, uint keySize, uint valueSize, uint maxEntries, MapCreateOptions* options);

    [LibraryImport(Name)]
    public static partial int bpf_map_lookup_elem(int fd, void* key, void* value);

    [LibraryImport(Name)]
    public static partial int bpf_map_update_elem(int fd, void* key, void* value, ulong flags);

    [LibraryImport(Name)]
    public static partial int bpf_map_delete_elem(int fd, void* key);

    [LibraryImport(Name)]
    public static partial int bpf_map_lookup_and_delete_elem(int fd, void* key, void* value);

    [LibraryImport(Name)]
    public static partial int bpf_map_get_next_key(int fd, void* key, void* nextKey);

    [LibraryImport(Name)]
    public static partial int bpf_map_lookup_batch(int fd, void* inBatch, void* outBatch, void* keys, void* values, uint* count, BatchOptions* options);

    [LibraryImport(Name)]
    public static partial int bpf_map_update_batch(int fd, void* keys, void* values, uint* count, BatchOptions* options);

    [LibraryImport(Name)]
    public static partial int bpf_map_delete_batch(int fd, void* keys, uint* count, BatchOptions* options);

    [LibraryImport(Name)]
    public static partial int bpf_map_freeze(int fd);

    [LibraryImport(Name)]
    public static partial int bpf_map_get_fd_by_id(uint id);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int bpf_obj_pin(int fd, string path);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int bpf_obj_get(string path);

    [LibraryImport(Name)]
    public static partial int bpf_obj_get_info_by_fd(int fd, void* info, uint* length);

    [LibraryImport(Name)]
    public static partial int bpf_link_create(int programFd, int target, int attachType, LinkCreateOptions* options);

    [LibraryImport(Name)]
    public static partial int bpf_link_update(int linkFd, int programFd, void* options);

    [LibraryImport(Name)]
    public static partial int bpf_link_detach(int linkFd);

    [LibraryImport(Name)]
    public static partial int bpf_iter_create(int linkFd);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int bpf_raw_tracepoint_open(string? name, int programFd);

    [LibraryImport(Name)]
    public static partial int bpf_enable_stats(int type);

    [LibraryImport(Name)]
    public static partial int bpf_prog_test_run_opts(int programFd, TestRunOptions* options);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int bpf_prog_load(int type, string? name, string license, ulong* instructions, nuint count, ProgramLoadOptions* options);

    [LibraryImport(Name)]
    public static partial int bpf_tc_hook_create(TcHook* hook);

    [LibraryImport(Name)]
    public static partial int bpf_tc_attach(TcHook* hook, TcOptions* options);

    [LibraryImport(Name)]
    public static partial int bpf_tc_detach(TcHook* hook, TcOptions* options);

    [LibraryImport(Name)]
    public static partial int bpf_tc_query(TcHook* hook, TcOptions* options);

    [LibraryImport(Name)]
    public static partial int libbpf_probe_bpf_prog_type(int type, nint options);

    [LibraryImport(Name)]
    public static partial int libbpf_probe_bpf_map_type(int type, nint options);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int libbpf_find_vmlinux_btf_id(string name, int attachType);
}
