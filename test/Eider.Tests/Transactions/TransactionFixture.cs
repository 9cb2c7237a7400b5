// A TransactionTable under test, driven as the pipeline drives it: judge, make the event, commit.

using System.Buffers.Binary;
using Eider.Core;
using Eider.Core.Transactions;

namespace Eider.Tests.Transactions;

public sealed class TransactionFixture
{
    public const long Second = 1_000_000_000;
    public const ushort A = 1;

    public static readonly Endpoint Client = new(IpAddress.FromOctets([192, 0, 2, 1]), 40000);
    public static readonly Endpoint Server = new(IpAddress.FromOctets([192, 0, 2, 53]), 53);

    public TransactionFixture(TransactionOptions? options = null, Func<Identity, ResolverConfig?>? resolverConfigOf = null) =>
        Table = new TransactionTable(Published.Add, options, resolverConfigOf);

    public TransactionTable Table { get; }

    /// <summary>Transactions only.</summary>
    public List<DnsEvent> Published { get; } = [];

    public long TimeNs { get; set; } = 1_000 * Second;

    public int Pid { get; set; } = 42;

    public Role Role { get; set; }

    public Transport Transport { get; set; }

    public Endpoint From { get; set; } = Client;

    public Endpoint To { get; set; } = Server;

    public ulong Scope { get; set; }

    public DnsEvent Query(ushort id, string? name, ushort type = A, byte opcode = 0) =>
        Put(Message(id, (byte)(opcode << 3), 0, name is null ? 0 : 1, 0, 0), name, type);

    /// <param name="content">Distinguishes responses that are otherwise equal.</param>
    public DnsEvent Respond(ushort id, string? name, ushort type = A, byte rcode = 0, int answers = 1, byte content = 0, byte opcode = 0) =>
        Put(Message(id, (byte)(0x80 | (opcode << 3)), rcode, name is null ? 0 : 1, answers, content), name, type);

    public DnsEvent Put(byte[] message, string? name, ushort type)
    {
        var isResponse = message.Length > 2 && (message[2] & 0x80) != 0;
        var judgement = Table.Judge(new TransactionMessage
        {
            TimeNs = TimeNs,
            Scope = Scope,
            Role = Role,
            Transport = Transport,
            Client = From,
            Server = To,
            Name = name,
            NameHash = name is null ? 0 : (ulong)StringComparer.OrdinalIgnoreCase.GetHashCode(name),
            QueryType = name is null ? null : type,
            QueryClass = 1,
            Message = message,
        });
        var made = new DnsEvent
        {
            EventKind = isResponse ? EventKind.Response : EventKind.Query,
            TimeNs = TimeNs,
            Role = Role,
            Transport = Transport,
            Client = From,
            Server = To,
            Identity = Pid == 0 ? Identity.Unknown : new() { Process = new(Pid, DateTimeOffset.UnixEpoch, "dig", null, null, []) },
            Id = message.Length < 2 ? null : BinaryPrimitives.ReadUInt16BigEndian(message),
            Name = name,
            QueryType = name is null ? null : type,
            Rcode = isResponse ? (ushort)(message[3] & 15) : null,
            Message = message,
            WireLength = message.Length,
            Standalone = judgement.Standalone,
            StandaloneReason = judgement.Reason,
        };
        Table.Commit(judgement, made);
        return made;
    }

    private static byte[] Message(ushort id, byte flags, byte rcode, int questions, int answers, byte content)
    {
        var message = new byte[13];
        BinaryPrimitives.WriteUInt16BigEndian(message, id);
        message[2] = flags;
        message[3] = rcode;
        message[5] = (byte)questions;
        message[7] = (byte)answers;
        message[12] = content;
        return message;
    }
}
