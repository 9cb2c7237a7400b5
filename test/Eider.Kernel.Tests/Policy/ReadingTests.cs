// A name is read where its message lies or, where that is too long for it, from scratch: the verdict is the same.

using System.Text;
using Eider.Core.Abi;
using Eider.Kernel.Tests.Bpf;
using static Eider.Kernel.Tests.Policy.Policies;

namespace Eider.Kernel.Tests.Policy;

public sealed class ReadingTests
{
    private const int Seed = 20_408;
    private const int Questions = 2_000;
    private const int LongestReadInPlace = 116; // SHORT_LEN less a header

    [KernelFact]
    public void Verdict_does_not_depend_on_where_the_question_is_read()
    {
        var random = new Random(Seed);
        string[] ends = ["one.example", "two.example", "a.two.example", "a-label-of-twenty-four--.example", new string('x', 63) + ".example", "other.test"];
        using var kernel = new CompiledKernel(
            Namespaced("p", Deny("one.example", "*.two.example"), Allow("*.a.two.example"), Deny("*.a-label-of-twenty-four--.example", "*." + ends[4])),
            Cluster("c", Rule(Core.Policy.PolicyAction.Deny, ["*.b.one.example"], 28), Pass("*.one.example")));
        var denied = 0;
        for (var number = 0; number < Questions; number++)
        {
            var question = PolicyKernel.Question(NameUnder(ends[random.Next(ends.Length)], random), (ushort)(random.Next(2) == 0 ? 1 : 28));
            if (question.Length < LongestReadInPlace / 2 && random.Next(4) == 0)
            {
                question[random.Next(question.Length)] = (byte)random.Next(256); // it may be no name any more
            }

            var inPlace = kernel.Ask(Padded(question, LongestReadInPlace));
            var fromScratch = kernel.Ask(Padded(question, LongestReadInPlace + 1));

            Assert.Equal(Text(fromScratch), Text(inPlace));
            denied += fromScratch.Action == (byte)Core.VerdictAction.Deny ? 1 : 0;
        }

        Assert.InRange(denied, Questions / 10, Questions * 9 / 10);
    }

    /// <summary>What follows a question does not change it.</summary>
    private static byte[] Padded(byte[] question, int length) => [.. question, .. new byte[Math.Max(0, length - question.Length)]];

    private static string NameUnder(string end, Random random)
    {
        var name = new StringBuilder();
        for (var labels = random.Next(9); labels > 0 && name.Length + end.Length < 150; labels--)
        {
            name.Append(random.Next(3) == 0 ? "b" : new string((char)('a' + random.Next(26)), random.Next(1, 20))).Append('.');
        }

        name.Append(end);
        return string.Create(name.Length, (name, random), static (octets, from) =>
        {
            for (var at = 0; at < octets.Length; at++)
            {
                octets[at] = from.random.Next(2) == 0 ? char.ToUpperInvariant(from.name[at]) : from.name[at];
            }
        });
    }

    private static string Text(in VerdictRecord verdict) => $"{verdict.Action} {verdict.Reason} {verdict.Rule} {verdict.AuditAction} {verdict.AuditRule}";
}
