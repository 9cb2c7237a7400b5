// Messages for tests and benchmarks, octet by octet. It writes what it is told to, wrong or right.

using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace Eider.Tests.Decode;

/// <summary>Builds one DNS message. Counts follow what was added unless <see cref="Counts"/> says otherwise.</summary>
public sealed class MessageBuilder
{
    private readonly List<byte> _body = [];
    private readonly int[] _counts = new int[4];
    private readonly ushort _id;
    private readonly ushort _flags;
    private ushort[]? _claimed;

    public MessageBuilder(ushort flags = 0x8180, ushort id = 0x1d0c)
    {
        _id = id;
        _flags = flags;
    }

    /// <summary>A pointer to the first question's name.</summary>
    public static byte[] QuestionName => Pointer(12);

    public int Length => 12 + _body.Count;

    public static byte[] Pointer(int target) => [(byte)(0xc0 | (target >> 8)), (byte)target];

    /// <summary>Wire form of a plain name (dots part labels, no escapes).</summary>
    public static byte[] Name(string text)
    {
        var wire = new List<byte>();
        foreach (var label in text.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            wire.Add((byte)label.Length);
            wire.AddRange(Encoding.Latin1.GetBytes(label));
        }

        wire.Add(0);
        return [.. wire];
    }

    public static byte[] UInt16(int value) => [(byte)(value >> 8), (byte)value];

    public static byte[] UInt32(uint value) => [.. UInt16((int)(value >> 16)), .. UInt16((int)(value & 0xffff))];

    public static byte[] Text(string text) => [(byte)text.Length, .. Encoding.Latin1.GetBytes(text)];

    public static byte[] Address(string text) => IPAddress.Parse(text).GetAddressBytes();

    public static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    /// <summary>Octets from words: quoted strings become character-strings (which is what a label is), <c>@name</c> a wire name, <c>#12</c> 8 bits, <c>##12</c> 16 bits,
    /// <c>####12</c> 32 bits, <c>=text</c> plain octets, <c>192.0.2.1</c> and <c>2001:db8::1</c> addresses, the rest hex.</summary>
    public static byte[] Octets(string words) => [.. words.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(Word)];

    public MessageBuilder Question(string name, ushort type, ushort recordClass = 1) => Question(Name(name), type, recordClass);

    public MessageBuilder Question(byte[] name, ushort type, ushort recordClass = 1)
    {
        _counts[0]++;
        return Raw([.. name, .. UInt16(type), .. UInt16(recordClass)]);
    }

    public MessageBuilder Answer(byte[] name, ushort type, byte[] data, uint ttl = 300, ushort recordClass = 1) => Record(1, name, type, data, ttl, recordClass);

    public MessageBuilder Authority(byte[] name, ushort type, byte[] data, uint ttl = 300) => Record(2, name, type, data, ttl, 1);

    public MessageBuilder Additional(byte[] name, ushort type, byte[] data, uint ttl = 300, ushort recordClass = 1) =>
        Record(3, name, type, data, ttl, recordClass);

    public MessageBuilder Opt(byte[] options, ushort size = 1232, uint flags = 0) => Additional([0], 41, options, flags, size);

    public MessageBuilder Record(int section, byte[] name, ushort type, byte[] data, uint ttl, ushort recordClass)
    {
        _counts[section]++;
        return Raw([.. name, .. UInt16(type), .. UInt16(recordClass), .. UInt32(ttl), .. UInt16(data.Length), .. data]);
    }

    public MessageBuilder Raw(byte[] octets)
    {
        _body.AddRange(octets);
        return this;
    }

    public MessageBuilder Counts(ushort questions, ushort answers, ushort authorities, ushort additionals)
    {
        _claimed = [questions, answers, authorities, additionals];
        return this;
    }

    public byte[] ToArray()
    {
        var message = new byte[12 + _body.Count];
        BinaryPrimitives.WriteUInt16BigEndian(message, _id);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), _flags);
        for (var i = 0; i < 4; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(4 + 2 * i), _claimed?[i] ?? (ushort)_counts[i]);
        }

        _body.CopyTo(message, 12);
        return message;
    }

    private static byte[] Word(string word) => word switch
    {
        ['"', ..] => Text(word.Trim('"').Replace('_', ' ')),
        ['@', .. var name] => Name(name),
        ['#', '#', '#', '#', .. var number] => UInt32(uint.Parse(number, CultureInfo.InvariantCulture)),
        ['#', '#', .. var number] => UInt16(int.Parse(number, CultureInfo.InvariantCulture)),
        ['#', .. var number] => [byte.Parse(number, CultureInfo.InvariantCulture)],
        ['=', .. var text] => Encoding.Latin1.GetBytes(text),
        _ when word.Contains('.', StringComparison.Ordinal) || word.Contains(':', StringComparison.Ordinal) => Address(word),
        _ => Hex(word),
    };
}
