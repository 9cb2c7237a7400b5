// A table of what policies are to make of queries: for those who keep policies under version control and test them before they are put in force.

using System.Text;
using Eider.Core.Config;
using Eider.Core.Policy.Language;

namespace Eider.Core.Policy;

/// <param name="Word">As it is written: <c>allow</c>, <c>deny</c>, or what a denied query is answered.</param>
/// <param name="Reply">Null: any.</param>
public sealed record Expectation(string Word, VerdictAction Action, ReplyKind? Reply);

/// <summary>One query and what is to become of it.</summary>
public sealed record ExpectedVerdict
{
    /// <summary>As <see cref="PolicySubject"/> reads it.</summary>
    public required string Subject { get; init; }

    /// <summary>As <see cref="QuestionName"/> gives it.</summary>
    public required string Name { get; init; }

    public required ushort Type { get; init; }

    /// <summary>Null: one that may be asked.</summary>
    public IpAddress? Server { get; init; }

    public required Expectation Expect { get; init; }

    /// <summary>What audited policies would do; null: not looked at.</summary>
    public VerdictAction? Audit { get; init; }

    /// <summary>That decides, as verdicts name it: <c>shop/web rules[0]</c>, or only the policy. Null: not looked at.</summary>
    public string? Rule { get; init; }

    /// <summary>By which it decides. Null: not looked at.</summary>
    public string? List { get; init; }

    public required Place Place { get; init; }
}

/// <summary>Immutable.</summary>
/// <param name="Policies">Files and folders; relative ones are taken from the folder of the file of expectations, and this is the result.</param>
/// <param name="Workloads">Likewise; null where there are no pods.</param>
/// <param name="Cases">At least one.</param>
public sealed record PolicyExpectations(IReadOnlyList<string> Policies, string? Workloads, IReadOnlyList<ExpectedVerdict> Cases)
{
    public const int MaxBytes = 4 << 20;

    /// <summary>Reads a file, without the files that it names. Does not throw for anything the file or the file system can do wrong.</summary>
    /// <param name="diagnostics">With at least one error when the result is null.</param>
    public static PolicyExpectations? Load(string path, out IReadOnlyList<PolicyDiagnostic> diagnostics)
    {
        if (Octets.Read(path, MaxBytes, out var length, out var fault) is { } bytes)
        {
            return Parse(bytes.AsSpan(0, length), path, out diagnostics);
        }

        diagnostics = [new PolicyDiagnostic(PolicySeverity.Error, new Place(path, 0, 0), fault!, null)];
        return null;
    }

    public static PolicyExpectations? Parse(string text, string name, out IReadOnlyList<PolicyDiagnostic> diagnostics) =>
        Parse(Encoding.UTF8.GetBytes(text), name, out diagnostics);

    private static PolicyExpectations? Parse(ReadOnlySpan<byte> utf8, string name, out IReadOnlyList<PolicyDiagnostic> diagnostics)
    {
        var found = new Diagnostics(name);
        var errors = new ConfigErrors(name);
        var root = ConfigEncoding.Decode(utf8, MaxBytes, errors) is { } text ? YamlReader.Read(text, errors) : null;
        found.Take(errors);
        PolicyExpectations? read = null;
        if (root is not null)
        {
            read = ExpectationSyntax.File.Read(root, found, new PolicyExpectations([], null, []));
        }
        else if (!found.AnyError)
        {
            found.Error(YamlPosition.WholeFile, "says nothing", "see docs/policy.md for an example");
        }

        diagnostics = [.. found.ToList()];
        return found.AnyError ? null : read;
    }
}
