// What is wrong with a config file, and where; collected so that a user sees every mistake at once.

namespace Eider.Core.Config;

/// <param name="File">As the user named it.</param>
/// <param name="Line">From 1; 0 when the file as a whole is meant.</param>
/// <param name="Column">From 1, in characters; 0 when the file as a whole is meant.</param>
public sealed record ConfigError(string File, int Line, int Column, string Message)
{
    public override string ToString() => Line == 0 ? $"{File}: {Message}" : $"{File}:{Line}:{Column}: {Message}";
}

/// <summary>The errors of one file in the making.</summary>
internal sealed class ConfigErrors(string file)
{
    public string File => file;

    /// <summary>A file that is not a config at all would otherwise fill the screen.</summary>
    private const int MaxErrors = 50;

    private readonly List<ConfigError> _errors = [];
    private int _unlisted;

    public bool Any => _errors.Count > 0;

    public void Add(YamlPosition at, string message)
    {
        if (_errors.Count < MaxErrors)
        {
            _errors.Add(new ConfigError(file, at.Line, at.Column, message));
        }
        else
        {
            _unlisted++;
        }
    }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<ConfigError> ToList()
    {
        var sorted = _errors.OrderBy(error => error.Line).ThenBy(error => error.Column).ToList();
        if (_unlisted > 0)
        {
            sorted.Add(new ConfigError(file, 0, 0, $"{_unlisted} more errors are not shown"));
        }

        return sorted;
    }
}
