// The kernel's own judgement on a question that nobody asked: policy_explain by test-run.

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Eider.Bpf;
using Eider.Core.Abi;

namespace Eider.Core.Policy;

/// <summary>Thread-safe. A verdict is by one generation only if that generation is in force before and after: see <see cref="PolicyMaps"/>.</summary>
internal sealed class ExplainProgram(BpfProgram program)
{
    public const string Name = "policy_explain";

    /// <param name="question">Name, type and class as on the wire; at most <see cref="QuestionOctets.QuestionLength"/> octets.</param>
    /// <param name="cgroup">Whose rate the question counts against; 0: nobody's.</param>
    /// <exception cref="BpfException">The kernel could not run the program.</exception>
    public VerdictRecord Ask(uint posture, ReadOnlySpan<byte> question, IpAddress server, ulong cgroup = 0)
    {
        var asked = new ExplainRecord { Posture = posture, Len = (uint)question.Length, CgroupId = cgroup };
        BinaryPrimitives.WriteUInt128BigEndian(asked.Server, server.Value);
        question.CopyTo(asked.Question);
        var result = program.TestRun(context: MemoryMarshal.AsBytes(new ReadOnlySpan<ExplainRecord>(in asked)));
        return result.ReturnValue == 0
            ? MemoryMarshal.Read<ExplainRecord>(result.Context).Verdict
            : throw new InvalidOperationException("the kernel had no room to judge the question in; ask again");
    }

    /// <summary>A question as on the wire.</summary>
    /// <param name="name">Labels between dots; with or without a dot at the end; ASCII.</param>
    /// <returns>False where a label is empty or longer than 63 octets, or the name is longer than 253.</returns>
    public static bool TryWrite(string name, ushort type, out byte[] question)
    {
        const ushort Internet = 1;
        question = [];
        var labels = name is "." or "" ? [] : (name.EndsWith('.') ? name[..^1] : name).Split('.');
        var octets = new List<byte>();
        foreach (var label in labels)
        {
            if (label.Length is 0 or > 63 || !Ascii.IsValid(label))
            {
                return false;
            }

            octets.Add((byte)label.Length);
            octets.AddRange(Encoding.ASCII.GetBytes(label));
        }

        if (octets.Count > 254)
        {
            return false;
        }

        question = [.. octets, 0, (byte)(type >> 8), (byte)type, 0, (byte)Internet];
        return true;
    }
}
