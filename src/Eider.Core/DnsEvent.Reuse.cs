// The memory of a message's event, used again for another message where nobody has kept it: most are looked at once and never again.

using System.Diagnostics.CodeAnalysis;
using Eider.Core.Decode;

namespace Eider.Core;

public sealed partial class DnsEvent
{
    /// <summary>Octets of a usual message: memory for fewer is not worth asking for.</summary>
    private const int LeastBuffer = 128;

    private Identity identity = Identity.Unknown;
    private EventKind eventKind;
    private Role role;
    private Transport transport;
    private Endpoint client;
    private Endpoint server;
    private ushort? id;
    private string? name;
    private ushort? queryType;
    private ushort? rcode;
    private ReadOnlyMemory<byte> message;
    private int wireLength;
    private Malformed? malformed;
    private Verdict? verdict;
    private bool isUndelivered;
    private bool isFragmented;
    private bool standalone;
    private StandaloneReason standaloneReason;

    public DnsEvent()
    {
    }

    [SetsRequiredMembers]
    private DnsEvent(long timeNs) => TimeNs = timeNs;

    /// <summary>Somebody may hold it, or the memory of its message, for longer than the call that handed it to him: it stays as it is.</summary>
    internal bool IsKept { get; set; }

    /// <summary>One that says nothing yet; <see cref="Become"/> makes it a message's.</summary>
    internal static DnsEvent Blank() => new(timeNs: 0);

    /// <summary>The same message where its receiver was found out by other means than its socket.</summary>
    internal DnsEvent Of(Identity identity)
    {
        IsKept = true;
        var copy = (DnsEvent)MemberwiseClone();
        copy.identity = identity;
        return copy;
    }

    /// <summary>Makes it the event of a message, whose octets it copies. Only for events that are not <see cref="IsKept"/>.</summary>
    /// <param name="fault">Of the message, or of the stream that brought it.</param>
    internal void Become(in Packet packet, in DnsSummary summary, bool isResponse, Role role, Identity identity, Malformed? fault, Verdict? verdict, StandaloneReason reason)
    {
        atNs = packet.TimeNs;
        eventKind = isResponse ? EventKind.Response : EventKind.Query;
        this.role = role;
        transport = packet.Transport;
        client = isResponse ? packet.Destination : packet.Source;
        server = isResponse ? packet.Source : packet.Destination;
        this.identity = identity;
        id = summary.Id;
        name = summary.Name;
        queryType = summary.QueryType;
        rcode = isResponse && summary.Id is not null ? summary.Rcode : null;
        Copy(packet.Payload);
        wireLength = packet.WireLength;
        malformed = fault;
        this.verdict = verdict;
        isUndelivered = packet.IsUndelivered;
        isFragmented = packet.IsFragmented;
        standalone = reason != StandaloneReason.None;
        standaloneReason = reason;
    }

    private void Copy(ReadOnlySpan<byte> octets)
    {
        if (buffer is null || buffer.Length < octets.Length)
        {
            buffer = GC.AllocateUninitializedArray<byte>(Math.Max(octets.Length, LeastBuffer));
        }

        octets.CopyTo(buffer);
        message = buffer.AsMemory(0, octets.Length);
    }

    private byte[]? buffer;

    /// <summary>Octets of the memory for its message.</summary>
    internal int BufferLength => buffer?.Length ?? 0;
}
