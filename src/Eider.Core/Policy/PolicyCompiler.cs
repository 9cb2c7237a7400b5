// From policies and lists to tables: names go into memory that the kernel will read, everything else into PolicyTables.

using System.Collections.Immutable;
using Eider.Core.Lists;

namespace Eider.Core.Policy;

/// <summary>Opens a list from its beginning; the caller disposes it. Called twice for each list that a rule names.</summary>
/// <returns>Null, with the reason, where the list cannot be read.</returns>
internal delegate DomainListReader? ListOpener(DomainListSpec list, out ListError? error);

internal sealed record PolicyCompilerOptions
{
    public required ListOpener Lists { get; init; }

    public required NameMemoryMaker Memory { get; init; }

    /// <summary>Uid of a user, or null.</summary>
    public Func<string, uint?> Users { get; init; } = static _ => null;

    /// <summary>Whether a list that cannot be read counts as empty, with a warning: where nothing is in force yet, something is better.</summary>
    public Func<DomainListSpec, bool> MayBeEmpty { get; init; } = static _ => false;
}

/// <summary>Compiles once; see docs/policy-internals.md for what becomes of what. Memory does not grow with the number of names.</summary>
internal sealed partial class PolicyCompiler
{
    private const int Attempts = 4;

    private readonly PolicyCompilerOptions options;
    private readonly PolicySources sources;
    private readonly NameKeys keys;
    private readonly List<PolicyDiagnostic> diagnostics = [];
    private readonly HashSet<string> unreadable = [];

    private PolicyCompiler(PolicySet policies, PolicyCompilerOptions options, NameKeys keys)
    {
        this.options = options;
        this.keys = keys;
        sources = new PolicySources(policies);
    }

    /// <param name="keys">Random.</param>
    /// <exception cref="PolicyException">A list cannot be read, or there is too much of something.</exception>
    public static CompiledPolicies Compile(PolicySet policies, PolicyCompilerOptions options, NameKeys keys)
    {
        var compiler = new PolicyCompiler(policies, options, keys);

        // 1. How many different names, so that the table is no larger than it must be.
        var expected = compiler.CountNames();
        if (expected > PolicyLimits.Names)
        {
            throw PolicyException.TooMany("names in all lists and rules", expected, PolicyLimits.Names, "use fewer or shorter lists");
        }

        // 2. The names, each with the set of rules and lists it belongs to.
        var (memory, count) = compiler.FillNames(expected);
        try
        {
            // 3. What each combination of policies makes of those sets is worked out when a workload is there that it holds for.
            var compiled = new CompiledPolicies(compiler.sources, memory, count, new UserClasses(compiler.sources.Policies, options.Users, compiler.diagnostics), compiler.diagnostics);
            compiled.Tables.Questions = policies.Policies.Any(policy => policy.JudgesAnswers) ? keys : null;
            return compiled;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    private long CountNames()
    {
        var count = new NameCount();
        foreach (var (pattern, _) in sources.Patterns)
        {
            if (NameHash.TryOf(Octets(pattern.Name), keys, out var hash))
            {
                count.Add(hash);
            }
        }

        foreach (var list in sources.Lists)
        {
            foreach (var except in list.Spec.Except)
            {
                if (NameHash.TryOf(Octets(except.Name), keys, out var hash))
                {
                    count.Add(hash);
                }
            }

            using var reader = Open(list.Spec);
            while (reader is not null && reader.TryRead(out var entry))
            {
                if (NameHash.TryOf(entry.Name, keys, out var hash))
                {
                    count.Add(hash);
                }
            }
        }

        return count.Estimate();
    }

    /// <summary>Fills a table of the size expected, or a larger one: the estimate may be short, and a list may have grown between.</summary>
    private (NameMemory Memory, long Count) FillNames(long expected)
    {
        for (var attempt = 1; ; attempt++)
        {
            var memory = options.Memory(NameTable.BucketsFor(expected + expected / 64));
            try
            {
                if (TryFill(memory, out var count))
                {
                    return (memory, count);
                }

                if (attempt == Attempts)
                {
                    throw PolicyException.TooMany("names in all lists and rules", count, expected, "a list grows while it is read; try again");
                }
            }
            catch
            {
                memory.Dispose();
                throw;
            }

            memory.Dispose();
            expected += expected / 4 + NameBucket.Slots;
        }
    }

    private bool TryFill(NameMemory memory, out long count)
    {
        var table = new NameTable(memory.Span, keys);
        SetUnion union = sources.Sets.Union;
        count = 0;
        foreach (var (pattern, set) in sources.Patterns)
        {
            if (!TryAdd(table, Octets(pattern.Name), set, union, ref count))
            {
                return false;
            }
        }

        foreach (var list in sources.Lists)
        {
            foreach (var except in list.Spec.Except)
            {
                if (!TryAdd(table, Octets(except.Name), list.SetOf(except), union, ref count))
                {
                    return false;
                }
            }

            using var reader = Open(list.Spec);
            while (reader is not null && reader.TryRead(out var entry))
            {
                if (!TryAdd(table, entry.Name, list.SetOf(entry), union, ref count))
                {
                    return false;
                }
            }

            if (reader?.Error is { } error)
            {
                throw Unreadable(list.Spec, error);
            }
        }

        return true;
    }

    private static bool TryAdd(NameTable table, ReadOnlySpan<byte> name, ushort set, SetUnion union, ref long count)
    {
        var result = table.Add(name, set, union);
        count += result == AddResult.Added ? 1 : 0;
        return result != AddResult.Full;
    }

    private DomainListReader? Open(DomainListSpec list)
    {
        var reader = options.Lists(list, out var error);
        if (reader is null && !options.MayBeEmpty(list))
        {
            throw Unreadable(list, error!);
        }

        if (reader is null && unreadable.Add(list.Name))
        {
            diagnostics.Add(new PolicyDiagnostic(PolicySeverity.Warning, list.Place, $"list {list.Name} counts as empty: {error}", null));
        }

        return reader;
    }

    private static PolicyException Unreadable(DomainListSpec list, ListError error) => new(PolicyFault.ListUnreadable, $"{list.Place}: list {list.Name}: {error}");

    private static ReadOnlySpan<byte> Octets(string name) => System.Text.Encoding.ASCII.GetBytes(name);
}
