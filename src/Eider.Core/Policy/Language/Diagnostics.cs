// What was found in one policy file so far; the reader goes on after a mistake, so that a user sees every one at once.

using Eider.Core.Config;

namespace Eider.Core.Policy.Language;

/// <param name="file">As messages name it.</param>
internal sealed class Diagnostics(string file)
{
    /// <summary>Of errors, and of warnings: a file that is no policy at all would otherwise fill the screen.</summary>
    private const int MaxListed = 50;

    private readonly List<PolicyDiagnostic> _errors = [];
    private readonly List<PolicyDiagnostic> _warnings = [];
    private int _unlistedErrors;
    private int _unlistedWarnings;

    public string File => file;

    public bool AnyError => _errors.Count > 0;

    public Place PlaceOf(YamlPosition at) => new(file, at.Line, at.Column);

    public void Error(YamlPosition at, string what, string? mend = null) => Error(PlaceOf(at), what, mend);

    public void Error(Place at, string what, string? mend = null) =>
        Add(_errors, new PolicyDiagnostic(PolicySeverity.Error, at, what, mend), ref _unlistedErrors);

    public void Warn(YamlPosition at, string what, string? mend = null) => Warn(PlaceOf(at), what, mend);

    public void Warn(Place at, string what, string? mend = null) =>
        Add(_warnings, new PolicyDiagnostic(PolicySeverity.Warning, at, what, mend), ref _unlistedWarnings);

    /// <summary>What the readers of text and YAML found.</summary>
    public void Take(ConfigErrors errors)
    {
        foreach (var error in errors.ToList())
        {
            Error(new Place(file, error.Line, error.Column), error.Message);
        }
    }

    /// <summary>In the order of the file.</summary>
    public IEnumerable<PolicyDiagnostic> ToList()
    {
        foreach (var found in _errors.Concat(_warnings).OrderBy(found => found.Place.Line).ThenBy(found => found.Place.Column))
        {
            yield return found;
        }

        if (_unlistedErrors > 0)
        {
            yield return new PolicyDiagnostic(PolicySeverity.Error, new Place(file, 0, 0), $"{_unlistedErrors} more errors are not shown", null);
        }

        if (_unlistedWarnings > 0)
        {
            yield return new PolicyDiagnostic(PolicySeverity.Warning, new Place(file, 0, 0), $"{_unlistedWarnings} more warnings are not shown", null);
        }
    }

    private static void Add(List<PolicyDiagnostic> list, PolicyDiagnostic found, ref int unlisted)
    {
        if (list.Count < MaxListed)
        {
            list.Add(found);
        }
        else
        {
            unlisted++;
        }
    }
}
