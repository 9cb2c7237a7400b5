// libbpf's functions on objects, programs and the maps of an object.

using System.Runtime.InteropServices;

namespace Eider.Bpf.Native;

internal static unsafe partial class Libbpf
{
    [LibraryImport(Name, SetLastError = true)]
    public static partial nint bpf_object__open_mem(byte* elf, nuint size, OpenOptions* options);

    [LibraryImport(Name)]
    public static partial int bpf_object__load(nint obj);

    [LibraryImport(Name)]
    public static partial void bpf_object__close(nint obj);

    [LibraryImport(Name)]
    public static partial nint bpf_object__btf(nint obj);

    [LibraryImport(Name)]
    public static partial nint bpf_object__next_program(nint obj, nint previous);

    [LibraryImport(Name)]
    public static partial nint bpf_object__next_map(nint obj, nint previous);

    [LibraryImport(Name)]
    public static partial byte* btf__raw_data(nint btf, uint* size);

    [LibraryImport(Name)]
    public static partial byte* bpf_program__name(nint program);

    [LibraryImport(Name)]
    public static partial byte* bpf_program__section_name(nint program);

    [LibraryImport(Name)]
    public static partial int bpf_program__fd(nint program);

    [LibraryImport(Name)]
    public static partial byte bpf_program__autoload(nint program);

    [LibraryImport(Name)]
    public static partial int bpf_program__set_autoload(nint program, byte autoload);

    [LibraryImport(Name)]
    public static partial int bpf_program__set_log_level(nint program, uint level);

    [LibraryImport(Name)]
    public static partial int bpf_program__set_log_buf(nint program, byte* buffer, nuint size);

    [LibraryImport(Name)]
    public static partial int bpf_program__type(nint program);

    [LibraryImport(Name)]
    public static partial int bpf_program__expected_attach_type(nint program);

    [LibraryImport(Name)]
    public static partial int bpf_map__fd(nint map);

    [LibraryImport(Name)]
    public static partial byte* bpf_map__name(nint map);

    [LibraryImport(Name)]
    public static partial int bpf_map__type(nint map);

    [LibraryImport(Name)]
    public static partial uint bpf_map__max_entries(nint map);

    [LibraryImport(Name)]
    public static partial int bpf_map__set_max_entries(nint map, uint entries);

    [LibraryImport(Name)]
    public static partial uint bpf_map__key_size(nint map);

    [LibraryImport(Name)]
    public static partial uint bpf_map__value_size(nint map);

    [LibraryImport(Name)]
    public static partial uint bpf_map__map_flags(nint map);

    [LibraryImport(Name)]
    public static partial byte* bpf_map__initial_value(nint map, nuint* size);

    [LibraryImport(Name)]
    public static partial byte bpf_map__is_internal(nint map);

    [LibraryImport(Name)]
    public static partial byte* bpf_map__pin_path(nint map);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int bpf_map__set_pin_path(nint map, string? path);

    [LibraryImport(Name)]
    public static partial int bpf_map__reuse_fd(nint map, int fd);

    [LibraryImport(Name)]
    public static partial int bpf_map__set_inner_map_fd(nint map, int fd);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint bpf_object__find_map_by_name(nint obj, string name);
}
