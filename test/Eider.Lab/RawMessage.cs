// DNS messages octet by octet, so that they can be wrong.

using System.Buffers.Binary;
using System.Text;

namespace Eider.Lab;

/// <summary>Builds messages without any check of what they say.</summary>
public static class RawMessage
{
    public const ushort RecursionDesired = 0x0100;

    /// <summary>A right query of one question.</summary>
    public static byte[] Query(string name, ushort type = 1, ushort id = 0x1234) => [.. Header(id, questions: 1), .. Name(name), .. Question(type)];

    public static byte[] Header(
        ushort id = 0x1234, ushort flags = RecursionDesired, ushort questions = 0, ushort answers = 0, ushort authorities = 0, ushort additionals = 0) =>
        [.. U16(id), .. U16(flags), .. U16(questions), .. U16(answers), .. U16(authorities), .. U16(additionals)];

    /// <summary>Labels of the name with the root at the end.</summary>
    public static byte[] Name(string name) => [.. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.Latin1.GetBytes(label)]), 0];

    /// <summary>Type and class IN.</summary>
    public static byte[] Question(ushort type = 1) => [.. U16(type), .. U16(1)];

    /// <summary>With the two octets of length that lead it on TCP.</summary>
    public static byte[] OnTcp(byte[] message) => [.. U16((ushort)message.Length), .. message];

    public static byte[] U16(ushort value)
    {
        var octets = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(octets, value);
        return octets;
    }
}
