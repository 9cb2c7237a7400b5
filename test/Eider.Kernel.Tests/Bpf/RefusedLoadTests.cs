// What a person is told when the kernel refuses.

using Eider.Bpf;

namespace Eider.Kernel.Tests.Bpf;

public sealed class RefusedLoadTests
{
    [KernelTheory]
    [InlineData("forgets_the_check", "EACCES", "map_value_or_null", "return *value", null)]
    [InlineData("calls_the_unknown", "EINVAL", "9999", "return no_such_helper();", "does not offer the helper")]
    [InlineData("never_ends", "E2BIG", "too large", null, "too complex")]
    [InlineData("reads_what_is_not_there", "EINVAL", null, null, "lacks a field")]
    [InlineData("hooks_what_is_not_there", "ESRCH", "no_such_tracepoint", null, "does not have the hook")]
    public void Refusal_names_program_reason_source_and_mend(string program, string errno, string? reason, string? source, string? mend)
    {
        using var subject = TestObjects.Open("refused");
        subject.Program(program).AutoLoad = true;

        var thrown = Assert.Throws<BpfException>(() => subject.Load());

        Assert.Equal((program, errno), (thrown.Program, thrown.ErrnoName));
        Assert.Contains(reason ?? "", thrown.Reason);
        Assert.Contains(program, thrown.Message);
        Assert.Contains(source ?? "", thrown.SourceLine?.Text ?? "");
        Assert.Contains(mend ?? "", thrown.Suggestion ?? "");
        Assert.Contains(thrown.Reason!, thrown.FullLog);
    }

    [KernelFact]
    public void Refusal_quotes_the_verifiers_last_lines_and_the_place_in_the_source()
    {
        using var subject = TestObjects.Open("refused");
        subject.Program("forgets_the_check").AutoLoad = true;
        var lines = File.ReadAllLines(Path.Combine(TestObjects.SourceDirectory, "refused.bpf.c"));
        var expected = Array.FindIndex(lines, line => line.Contains("return *value", StringComparison.Ordinal)) + 1;

        var thrown = Assert.Throws<BpfException>(() => subject.Load());

        Assert.Equal(expected, thrown.SourceLine!.Line);
        Assert.EndsWith("refused.bpf.c", thrown.SourceLine.File);
        Assert.Contains($"refused.bpf.c:{expected}: return *value", thrown.Message);
        Assert.InRange(thrown.Excerpt.Count, 2, 8);
        Assert.Equal(thrown.Reason, thrown.Excerpt[^1].Trim());
        Assert.DoesNotContain(thrown.Excerpt, line => line.StartsWith("processed", StringComparison.Ordinal));
    }

    [KernelFact]
    public void Source_line_without_a_place_is_found_in_the_objects_line_information()
    {
        // As kernels before 6.9 annotate.
        const string Log = """
            libbpf: prog 'forgets_the_check': BPF program load failed: Permission denied
            libbpf: prog 'forgets_the_check': -- BEGIN PROG LOAD LOG --
            ; return *value; /* no check for null */
            7: (79) r0 = *(u64 *)(r0 +0)
            R0 invalid mem access 'map_value_or_null'
            processed 7 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
            -- END PROG LOAD LOG --
            """;
        var lines = File.ReadAllLines(Path.Combine(TestObjects.SourceDirectory, "refused.bpf.c"));

        var failure = LoadFailure.Read(Log, text => LineInfo.Find(File.ReadAllBytes(TestObjects.PathOf("refused")), text));

        Assert.Equal(Array.FindIndex(lines, line => line.Contains("return *value", StringComparison.Ordinal)) + 1, failure.Source!.Line);
        Assert.Equal(("forgets_the_check", "R0 invalid mem access 'map_value_or_null'"), (failure.Program, failure.Reason));
    }

    [KernelFact]
    public void Map_that_cannot_be_made_is_named()
    {
        using var subject = TestObjects.Open("refused_map");

        var thrown = Assert.Throws<BpfException>(() => subject.Load());

        Assert.Equal(("impossible", null, "EINVAL"), (thrown.Map, thrown.Program, thrown.ErrnoName));
    }

    [KernelFact]
    public void Nothing_reaches_the_terminal()
    {
        // libbpf would write to the descriptor of standard error, so that is what is watched: of a process that runs one of these tests.
        var output = Shell.Run($"{Environment.ProcessPath} -method {typeof(RefusedLoadTests)}.{nameof(Map_that_cannot_be_made_is_named)} -noColor 2>&1");

        Assert.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", output);
        Assert.DoesNotContain("libbpf", output);
    }
}
