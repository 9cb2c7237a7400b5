// The filter in front of a table of names, asked as bpf/lib/policy.h asks it.

using System.Text;
using Eider.Core.Policy;
using Xunit;

namespace Eider.Tests.Policy.Compiler;

public sealed class NameFilterTests
{
    private const int Names = 100_000;

    private static readonly NameKeys Keys = new(0x0123456789abcdef, 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9);

    [Fact]
    public void Every_name_of_the_table_passes_and_hardly_any_other()
    {
        var memory = new NameBucket[NameTable.BucketsFor(Names)];
        var table = new NameTable(memory, Keys);
        for (var number = 0; number < Names; number++)
        {
            table.Add(Name(number), 1, static (held, _) => held);
        }

        var filter = new ulong[NameFilter.Words];
        Array.Fill(filter, ulong.MaxValue); // what an earlier table left
        NameFilter.Write(memory.AsSpan(1), filter);

        Assert.All(Enumerable.Range(0, Names), number => Assert.True(MayHold(filter, Name(number))));
        Assert.InRange(Enumerable.Range(Names, Names).Count(number => MayHold(filter, Name(number))), 0, Names / 100);
    }

    private static byte[] Name(int number) => Encoding.ASCII.GetBytes($"host-{number}.listed.example");

    private static bool MayHold(ulong[] filter, byte[] name)
    {
        Assert.True(NameHash.TryOf(name, Keys, out var hash));
        var bits = (1UL << (int)(hash & 63)) | (1UL << (int)((hash >> 6) & 63));
        return (filter[(hash >> 31) & (NameFilter.Words - 1)] & bits) == bits;
    }
}
