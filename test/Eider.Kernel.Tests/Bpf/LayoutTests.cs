// C# structs compared with the layout that clang gave their C originals.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Eider.Bpf;

namespace Eider.Kernel.Tests.Bpf;

#pragma warning disable CS0169, CS0649, CA1823, IDE0051 // Fields that are only laid out.

public sealed unsafe class LayoutTests
{
    [InlineArray(16)]
    private struct Comm
    {
        private byte first;
    }

    private struct Inner
    {
        public ulong StartNs;
        public uint Pid;
        public Comm Comm;
    }

    private struct Outer
    {
        public Inner Owner;
        public UInt128 Source;
        public ushort SourcePort;
        public byte Flags;
        public ulong Cookie;
        public fixed uint Grid[6];
    }

    [StructLayout(LayoutKind.Explicit, Size = 88)]
    private struct RightOuter
    {
        [FieldOffset(0)]
        public Inner Owner;

        [FieldOffset(32)]
        public Comm Source;

        [FieldOffset(48)]
        public ushort SourcePort;

        [FieldOffset(50)]
        public byte Flags;

        [FieldOffset(56)]
        public ulong Cookie;

        [FieldOffset(56)]
        public fixed uint Halves[2];

        [FieldOffset(64)]
        public fixed uint Grid[6];
    }

    private struct Shuffled
    {
        public uint Pid;
        public ulong StartNs;
        public uint Wrong;
        public ushort Comm;
    }

    [Fact]
    public void Mirror_that_lies_as_the_original_has_no_differences()
    {
        using var subject = TestObjects.Open("layouts");

        Assert.Empty(LayoutCheck.Compare<Inner>(subject.Btf, "inner"));
        Assert.Empty(LayoutCheck.Compare<RightOuter>(subject.Btf, "outer"));
    }

    [Fact]
    public void Mirror_that_lies_otherwise_is_told_every_difference()
    {
        using var subject = TestObjects.Open("layouts");

        Assert.Equal(
            [
                "Shuffled has 24 octets, struct inner has 32",
                "Shuffled.StartNs is at offset 8, inner.start_ns is at 0",
                "Shuffled.Pid is at offset 0, inner.pid is at 8",
                "Shuffled.Comm is at offset 20, inner.comm is at 12",
                "Shuffled.Comm has 2 octets, inner.comm has 16",
                "Shuffled.Wrong has no counterpart in struct inner",
            ],
            LayoutCheck.Compare<Shuffled>(subject.Btf, "inner"));
        Assert.Contains("Outer has no field for outer.halves (offset 56, 8 octets)", LayoutCheck.Compare<Outer>(subject.Btf, "outer"));
    }

    [Fact]
    public void Struct_is_read_with_offsets_sizes_and_array_lengths()
    {
        using var subject = TestObjects.Open("layouts");

        var outer = subject.Btf.Get("outer");

        Assert.Equal(88, outer.Size);
        Assert.Equal(
            [
                new("owner", 0, 32, null, "struct inner", 0), new("source", 32, 16, 16, "unsigned char", 0), new("source_port", 48, 2, null, "unsigned short", 0),
                new("flags", 50, 1, null, "unsigned char", 0), new("pad", 51, 1, null, "unsigned char", 0), new("pad2", 52, 4, null, "unsigned int", 0),
                new("cookie", 56, 8, null, "unsigned long long", 0), new("halves", 56, 8, 2, "unsigned int", 0), new("grid", 64, 24, 6, "unsigned int", 0),
                new("payload", 88, 0, 0, "unsigned char", 0),
            ],
            outer.Members);
        Assert.Throws<BpfMismatchException>(() => subject.Btf.Get("no_such_struct"));
    }

    [Fact]
    public void Kernel_types_are_read()
    {
        Assert.SkipUnless(File.Exists("/sys/kernel/btf/vmlinux"), "this kernel has no type information");

        Assert.Contains(Btf.OfKernel().Get("task_struct").Members, member => member.Name == "tgid");
    }

    [Fact]
    public void Type_information_cut_anywhere_is_refused_or_read_and_never_crashes()
    {
        using var subject = TestObjects.Open("layouts");
        var whole = subject.Btf.ToArray();

        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => Btf.Parse(whole[..length]));
        }

        Assert.True(Btf.Parse(whole).Has("outer"));
    }
}
