// A direct-action filter on a clsact queueing discipline: what attaches to tc on kernels before 6.6. It is no kernel link: it lasts until it is
// deleted, so its pin is the pin of its program, and it is found again by that program's id.

using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>One filter of an interface. The clsact discipline is made where it is missing and left there, since others may have come to use it.</summary>
internal sealed unsafe class ClassicFilter(int ifindex, TcDirection direction)
{
    // Fixed, so that a restarted process finds the filter.
    private const uint FilterHandle = 1;
    private const uint FilterPriority = 1;
    private const uint Replacing = 1;

    public int Attach(int programFd)
    {
        using var messages = LibbpfMessages.Collect();
        var hook = Hook();
        var made = Libbpf.bpf_tc_hook_create(&hook);
        return made is < 0 and not -Errno.Exists ? made : Attach(programFd, 0);
    }

    public int Replace(int programFd)
    {
        using var messages = LibbpfMessages.Collect();
        return Attach(programFd, Replacing);
    }

    public int Detach()
    {
        using var messages = LibbpfMessages.Collect();
        var hook = Hook();
        var options = Options();
        return Libbpf.bpf_tc_detach(&hook, &options);
    }

    public LinkInfo Info(int programFd)
    {
        var id = ProgramId();
        var place = direction == TcDirection.Ingress ? AttachType.TcxIngress : AttachType.TcxEgress;
        return new(0, LinkType.Unspecified, id != 0 ? id : ProgramInfo.Read(programFd, "filter").Id, place, null, id != 0 ? ifindex : 0);
    }

    /// <returns>Null where the pin is not a program's, so not a classic filter's.</returns>
    /// <exception cref="BpfException">The program is there but its filter is not.</exception>
    public static (Handle Program, ClassicFilter Filter)? FindPinned(string path)
    {
        Libbpf.Require();
        var fd = Libbpf.bpf_obj_get(path);
        if (fd < 0)
        {
            return null;
        }

        var program = new Handle(fd, path);
        if (FdInfo.KindOf(fd) != "prog")
        {
            program.Dispose();
            return null;
        }

        var id = ProgramInfo.Read(fd, path).Id;
        foreach (var candidate in All())
        {
            if (candidate.ProgramId() == id)
            {
                return (program, candidate);
            }
        }

        program.Dispose();
        throw new BpfException("find the tc filter of pinned program", path, Errno.NoEntry, suggestion: "it was detached, or its interface is gone: remove the pin and attach anew");
    }

    /// <summary>By the kernel's list of this thread's network namespace; /sys/class/net may show another's.</summary>
    private static List<ClassicFilter> All()
    {
        var all = new List<ClassicFilter>();
        var names = Libc.if_nameindex();
        for (var entry = names; entry is not null && entry->Index != 0; entry++)
        {
            all.Add(new ClassicFilter((int)entry->Index, TcDirection.Ingress));
            all.Add(new ClassicFilter((int)entry->Index, TcDirection.Egress));
        }

        if (names is not null)
        {
            Libc.if_freenameindex(names);
        }

        return all;
    }

    private int Attach(int programFd, uint flags)
    {
        var hook = Hook();
        var options = Options();
        options.ProgramFd = programFd;
        options.Flags = flags;
        return Libbpf.bpf_tc_attach(&hook, &options);
    }

    private uint ProgramId()
    {
        using var messages = LibbpfMessages.Collect();
        var hook = Hook();
        var options = Options();
        return Libbpf.bpf_tc_query(&hook, &options) == 0 ? options.ProgramId : 0;
    }

    private TcHook Hook() => new() { Size = (nuint)sizeof(TcHook), Ifindex = ifindex, AttachPoint = direction == TcDirection.Ingress ? 1 : 2 };

    private static TcOptions Options() => new() { Size = (nuint)sizeof(TcOptions), Handle = FilterHandle, Priority = FilterPriority };
}
