// Patterns over cgroup paths, component by component.

using Eider.Core.Filters;

namespace Eider.Core.Policy;

/// <summary>A pattern such as <c>/kubepods.slice/**/cri-containerd-*.scope</c>: <c>*</c> stands for any run of characters and <c>?</c> for one within a
/// component, <c>**</c> for any number of whole components, none too. A cgroup that matches stands for everything below it, so that nobody gets out of a
/// policy by making a cgroup of his own. Immutable.</summary>
public sealed class CgroupGlob
{
    private readonly Glob[] _components;
    private readonly bool[] _isAnyDepth;

    /// <param name="pattern">Begins with <c>/</c>; has no empty component and no <c>**</c> within one.</param>
    public CgroupGlob(string pattern)
    {
        Pattern = pattern;
        var components = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);
        _components = [.. components.Select(component => new Glob(component, ignoreCase: false))];
        _isAnyDepth = [.. components.Select(component => component == "**")];
    }

    public string Pattern { get; }

    /// <summary>Costs at most the pattern's components times the path's: only the last <c>**</c> is ever retried.</summary>
    public bool Matches(ReadOnlySpan<char> path)
    {
        ReadOnlySpan<char> rest = Below(path, 0), retry = default;
        int next = 0, anyDepth = -1;
        while (next < _components.Length)
        {
            if (_isAnyDepth[next])
            {
                anyDepth = next++;
                retry = rest;
            }
            else if (!rest.IsEmpty && _components[next].Matches(First(rest)))
            {
                next++;
                rest = Below(rest, First(rest).Length);
            }
            else if (anyDepth >= 0 && !retry.IsEmpty)
            {
                next = anyDepth + 1;
                rest = retry = Below(retry, First(retry).Length);
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    public override string ToString() => Pattern;

    private static ReadOnlySpan<char> First(ReadOnlySpan<char> path) => path.IndexOf('/') is var end and >= 0 ? path[..end] : path;

    private static ReadOnlySpan<char> Below(ReadOnlySpan<char> path, int length) => path[length..].TrimStart('/');
}
