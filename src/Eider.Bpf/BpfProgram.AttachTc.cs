// Attaching to an interface's traffic control hook: tcx where the kernel has it (6.6), a classic filter on clsact elsewhere.

using Eider.Bpf.Native;

namespace Eider.Bpf;

public enum TcDirection
{
    /// <summary>Packets that come in over the interface.</summary>
    Ingress,

    /// <summary>Packets that leave over it.</summary>
    Egress,
}

public enum TcMode
{
    /// <summary>tcx where the kernel has it, else a classic filter.</summary>
    Auto,

    /// <summary>tcx or an error.</summary>
    Tcx,

    /// <summary>A clsact queueing discipline with a direct-action filter.</summary>
    Classic,
}

public enum TcPosition
{
    /// <summary>Behind the programs already there.</summary>
    Last,

    /// <summary>Before them.</summary>
    First,
}

public sealed partial class BpfProgram
{
    private const uint BeforeOthers = 1 << 3;

    /// <summary>Attaches a program of section <c>tc</c> to an interface of this network namespace. A program that returns TC_ACT_UNSPEC (-1) hands the
    /// packet on to the next program; TC_ACT_OK and TC_ACT_SHOT end the chain.</summary>
    /// <param name="ifindex">Of the interface.</param>
    /// <param name="direction">Which way.</param>
    /// <param name="mode">Which mechanism.</param>
    /// <param name="position">Among other tcx programs; a classic filter has priority 1 always, so two of this library cannot share a direction.</param>
    /// <exception cref="BpfException">No such interface (ENODEV), CAP_NET_ADMIN is missing, or a classic filter is there already (EEXIST).</exception>
    public unsafe BpfLink AttachTc(int ifindex, TcDirection direction, TcMode mode = TcMode.Auto, TcPosition position = TcPosition.Last)
    {
        var target = $"tc {(direction == TcDirection.Ingress ? "ingress" : "egress")} of interface {ifindex}";
        if (mode != TcMode.Classic)
        {
            var place = direction == TcDirection.Ingress ? AttachType.TcxIngress : AttachType.TcxEgress;
            var options = new LinkCreateOptions { Size = (nuint)sizeof(LinkCreateOptions), Flags = position == TcPosition.First ? BeforeOthers : 0 };
            var fd = Libbpf.bpf_link_create(Fd, ifindex, (int)place, &options);

            // A kernel without tcx does not know the attach type, which is EINVAL; anything else is an answer.
            if (fd != -Errno.Invalid || mode == TcMode.Tcx)
            {
                return Link(target, fd);
            }
        }

        var filter = new ClassicFilter(ifindex, direction);
        var result = filter.Attach(Fd);
        return result < 0
            ? Link(target, result)
            : new BpfLink(Handle.Duplicate(Fd, $"filter of {Name}"), Name, filter);
    }
}
