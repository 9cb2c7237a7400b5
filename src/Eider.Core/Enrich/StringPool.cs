// Equal names (commands, executables) as one string: ten thousand processes run a few hundred programs.

using System.Text;

namespace Eider.Core.Enrich;

internal sealed class StringPool(int capacity = 4096)
{
    private readonly HashSet<string> _strings = new(StringComparer.Ordinal);

    /// <summary>The text of UTF-8 octets; what is not UTF-8 becomes U+FFFD.</summary>
    public string Get(ReadOnlySpan<byte> octets)
    {
        const int onStack = 512;
        if (octets.Length > onStack)
        {
            return Encoding.UTF8.GetString(octets);
        }

        Span<char> text = stackalloc char[onStack];
        text = text[..Encoding.UTF8.GetChars(octets, text)];
        return _strings.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var known) ? known : Add(text.ToString());
    }

    public string Get(string text) => _strings.TryGetValue(text, out var known) ? known : Add(text);

    private string Add(string text)
    {
        // Starting over is enough: strings in use live on, and the common ones are back at once.
        if (_strings.Count >= capacity)
        {
            _strings.Clear();
        }

        _strings.Add(text);
        return text;
    }
}
