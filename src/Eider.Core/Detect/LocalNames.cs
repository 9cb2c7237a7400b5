// Names that mean something only where they are used.

using Eider.Core.Policy;

namespace Eider.Core.Detect;

/// <param name="zones">The user's own, without a dot in front or at the end.</param>
internal sealed class LocalNames(IReadOnlyList<string> zones)
{
    public bool Contains(string name)
    {
        if (!name.Contains('.'))
        {
            return true;
        }

        foreach (var zone in InternalNames.Everywhere)
        {
            if (NameText.IsWithin(name, zone))
            {
                return true;
            }
        }

        foreach (var zone in zones)
        {
            if (NameText.IsWithin(name, zone))
            {
                return true;
            }
        }

        return false;
    }
}
