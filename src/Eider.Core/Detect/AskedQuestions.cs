// What was asked lately, by whom, of whom: what every answer is held against.

using System.Runtime.CompilerServices;

namespace Eider.Core.Detect;

/// <summary>One question of one client, whatever port and id it went out with.</summary>
internal readonly record struct QuestionKey(IpAddress Client, ulong Name, ushort Type)
{
    public override int GetHashCode() => (int)KeyedHash.Mix(KeyedHash.Mix(KeyedHash.Key ^ Name, Type), Client);
}

/// <summary>One time it was sent.</summary>
internal struct Ask
{
    public long SinceNs;
    public long TimeNs;
    public Endpoint Server;
    public ulong Spelling;
    public ushort ClientPort;
    public ushort Id;

    /// <summary>Times the same message went out; 0: no ask.</summary>
    public byte Sends;
    public bool IsMixedCase;
    public bool IsAnswered;

    /// <summary>The policy denied it: the answer is Eider's own.</summary>
    public bool IsDenied;
}

/// <summary>What the first answer said, to hold a second against.</summary>
internal struct AnswerDigest
{
    public const int PlaceLimit = 4;

    public PlaceArray Places;
    public ulong Target;
    public IpAddress Address;
    public int Manner;
    public uint Ttl;
    public long TimeNs;
    public ushort Port;
    public ushort Id;
    public byte Rcode;
    public byte PlaceCount;
    public ushort Addresses;
    public bool IsTruncated;
    public bool IsSet;

    /// <summary>The name had been there before this answer.</summary>
    public bool WasKnown;

    [InlineArray(PlaceLimit)]
    internal struct PlaceArray
    {
        private ulong first;

        public readonly ulong At(int index) => this[index];
    }
}

internal struct AskedQuestion
{
    public Ask Last;
    public Ask Before;
    public AnswerDigest First;

    /// <summary>As it was spelt last; null where it is too long to be kept.</summary>
    public string? Name;

    public Identity? Identity;
}

/// <summary>Names that one socket asked for lately, so that an answer to another question can be told.</summary>
internal struct SocketQuestions
{
    public QuestionKey Last;
    public QuestionKey Before;
    public long LastNs;
    public ushort LastId;
    public ushort BeforeId;
}

internal sealed class AskedQuestions(int limit)
{
    /// <summary>Names are shorter, but for hostile ones; bounds what the table keeps beside its own arrays.</summary>
    public const int LongestName = 80;

    /// <summary>Of a string beside its characters.</summary>
    private const int StringBytes = 24;

    private readonly BoundedTable<QuestionKey, AskedQuestion> questions = new(limit);
    private readonly BoundedTable<Endpoint, SocketQuestions> sockets = new(limit / 2);

    public long Shed => questions.Shed;

    public int Count => questions.Count;

    /// <summary>As if every name were as long as is kept.</summary>
    public long Bytes => questions.Bytes + sockets.Bytes + (questions.Count * (StringBytes + (2L * LongestName)));

    public void Note(in QuestionKey key, DnsEvent query, AnswerView view, long nowNs)
    {
        ref var asked = ref questions.Touch(key, out _);
        ref var last = ref asked.Last;
        var isSame = last.Sends > 0 && !last.IsAnswered && last.ClientPort == query.Client.Port && last.Id == query.Id && last.Server == query.Server;
        var sends = isSame ? (byte)Math.Min(last.Sends + 1, byte.MaxValue) : (byte)1;
        if (!isSame && last.Sends > 0)
        {
            asked.Before = last;
        }

        last = new Ask
        {
            SinceNs = nowNs,
            TimeNs = query.TimeNs,
            Server = query.Server,
            Spelling = view.Spelling,
            ClientPort = query.Client.Port,
            Id = query.Id ?? 0,
            Sends = sends,
            IsMixedCase = view.IsMixedCase,
            IsDenied = query.Verdict is { Action: VerdictAction.Deny, Mode: VerdictMode.Enforce },
        };
        asked.Name = query.Name?.Length <= LongestName ? query.Name : null;
        asked.Identity = ReferenceEquals(query.Identity, Identity.Unknown) ? asked.Identity : query.Identity;
        NoteSocket(key, query, nowNs);
    }

    /// <summary>A null reference where nothing is known. Valid until the next call of <see cref="Note"/>.</summary>
    public ref AskedQuestion Find(in QuestionKey key) => ref questions.Find(key);

    /// <summary>What the socket asked with this id; false where it did not.</summary>
    public bool TryFindById(Endpoint client, ushort id, out QuestionKey key)
    {
        ref var socket = ref sockets.Find(client);
        key = default;
        if (Unsafe.IsNullRef(ref socket))
        {
            return false;
        }

        key = socket.LastId == id ? socket.Last : socket.Before;
        return socket.LastId == id || (socket.BeforeId == id && socket.Before.Name != 0);
    }

    /// <summary>Whether anything was asked from this port since then.</summary>
    public bool HasAsked(Endpoint client, long sinceNs)
    {
        ref var socket = ref sockets.Find(client);
        return !Unsafe.IsNullRef(ref socket) && socket.LastNs >= sinceNs;
    }

    private void NoteSocket(in QuestionKey key, DnsEvent query, long nowNs)
    {
        ref var socket = ref sockets.Touch(query.Client, out _);
        if (socket.Last != key)
        {
            (socket.Before, socket.BeforeId) = (socket.Last, socket.LastId);
        }

        (socket.Last, socket.LastId, socket.LastNs) = (key, query.Id ?? 0, nowNs);
    }
}
