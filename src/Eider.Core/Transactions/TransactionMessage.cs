// What goes into the table of transactions and what it decides, before the event itself is made.

using System.Buffers.Binary;

namespace Eider.Core.Transactions;

/// <summary>The two ends of an exchange and its id. The role is part of it: between two workloads of a node one exchange is seen at both ends.</summary>
/// <param name="Scope">As in <see cref="Packet.Scope"/>.</param>
public readonly record struct TransactionKey(ulong Scope, Role Role, Transport Transport, Endpoint Client, Endpoint Server, ushort Id)
{
    /// <summary>Keyed, so that ports and ids chosen by an attacker do not fall into one bucket.</summary>
    internal ulong Hash =>
        KeyedHash.Mix(KeyedHash.Mix(KeyedHash.Mix(KeyedHash.Key, Scope, Words), Client.Address), Server.Address);

    private ulong Words => ((ulong)Role << 56) | ((ulong)Transport << 48) | ((ulong)Id << 32) | ((uint)Client.Port << 16) | Server.Port;

    public override int GetHashCode() => (int)Hash;
}

/// <summary>A DNS message as the table sees it. Valid only during the call it is passed to.</summary>
public readonly ref struct TransactionMessage
{
    private const ushort MulticastPort = 5353;

    /// <summary>Nanoseconds since the Unix epoch, UTC.</summary>
    public required long TimeNs { get; init; }

    public ulong Scope { get; init; }

    public required Role Role { get; init; }

    public required Transport Transport { get; init; }

    public required Endpoint Client { get; init; }

    public required Endpoint Server { get; init; }

    /// <summary>Question name in presentation form; null when there is no readable question.</summary>
    public string? Name { get; init; }

    /// <summary>Of <see cref="Name"/> in lower case, as <see cref="Decode.DnsSummary.NameHash"/>.</summary>
    public ulong NameHash { get; init; }

    /// <summary>Question type; null when there is no readable question.</summary>
    public ushort? QueryType { get; init; }

    /// <summary>Question class; IN where it does not matter.</summary>
    public ushort QueryClass { get; init; }

    /// <summary>The DNS message, without TCP length prefix.</summary>
    public ReadOnlySpan<byte> Message { get; init; }

    internal bool HasHeader => Message.Length >= MessageHeader.Length;

    /// <summary>Surely multicast DNS, which both sides speak over UDP from the same port (RFC 6762 6).</summary>
    internal bool IsMulticast =>
        Client.Address.IsMulticast || Server.Address.IsMulticast || (Transport == Transport.Udp && Client.Port == MulticastPort && Server.Port == MulticastPort);

    /// <summary>Over the port of multicast DNS to or from a single host: an answer to a multicast question (RFC 6762 6.7), or a resolver that listens
    /// there, as those of some clusters do.</summary>
    internal bool MayBeMulticast => Transport == Transport.Udp && Server.Port == MulticastPort;

    internal TransactionKey Key => new(Scope, Role, Transport, Client, Server, BinaryPrimitives.ReadUInt16BigEndian(Message));

    internal MessageHeader Header => new(Message);

    internal uint QuestionHash => (uint)KeyedHash.Mix(NameHash, ((uint)QueryClass << 16) | (QueryType ?? 0u));
}

/// <summary>The header fields that joining needs (RFC 1035 4.1.1).</summary>
internal readonly ref struct MessageHeader(ReadOnlySpan<byte> message)
{
    public const int Length = 12;

    private readonly ReadOnlySpan<byte> message = message;

    public bool IsResponse => (message[2] & 0x80) != 0;

    public byte Opcode => (byte)((message[2] >> 3) & 0x0f);

    public bool IsTruncated => (message[2] & 0x02) != 0;

    /// <summary>Without the EDNS extension.</summary>
    public byte Rcode => (byte)(message[3] & 0x0f);

    public ushort QuestionCount => BinaryPrimitives.ReadUInt16BigEndian(message[4..]);

    public ushort AnswerCount => BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
}

/// <summary>What the table decided on one message; hand it back to <see cref="TransactionTable.Commit"/> with the event made from it.</summary>
public readonly struct Judgement
{
    internal Judgement(StandaloneReason reason) => (Reason, Step) = (reason, CommitStep.None);

    internal Judgement(CommitStep step, in TransactionKey key, ulong keyHash) => (Step, Key, KeyHash) = (step, key, keyHash);

    /// <summary>For <see cref="DnsEvent.StandaloneReason"/>.</summary>
    public StandaloneReason Reason { get; }

    /// <summary>For <see cref="DnsEvent.Standalone"/>.</summary>
    public bool Standalone => Reason != StandaloneReason.None;

    internal CommitStep Step { get; }

    internal int Entry { get; init; }

    internal TransactionKey Key { get; }

    internal ulong KeyHash { get; }

    internal uint QuestionHash { get; init; }

    internal ushort QueryClass { get; init; }

    internal byte Opcode { get; init; }

    internal uint ContentHash { get; init; }
}

internal enum CommitStep : byte
{
    None,

    /// <summary>A query that opens an exchange.</summary>
    Open,

    /// <summary>The first response to one.</summary>
    Answer,
}
