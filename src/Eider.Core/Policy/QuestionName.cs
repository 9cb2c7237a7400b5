// A name as a person writes it into a question: what a resolver library would make of it before it asks.

using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Eider.Core.Policy;

public static class QuestionName
{
    /// <param name="text">Any case, with or without a dot at the end; letters beyond ASCII become A-labels.</param>
    /// <param name="name">ASCII; case as written.</param>
    /// <param name="fault">What is wrong with it, with a mend.</param>
    public static bool TryRead(string text, [NotNullWhen(true)] out string? name, [NotNullWhen(false)] out string? fault)
    {
        (name, fault) = (null, null);
        var labels = text.Split('.');
        for (var at = 0; at < labels.Length && fault is null; at++)
        {
            labels[at] = Ascii.IsValid(labels[at]) ? labels[at] : Idna.ToALabel(labels[at], out fault) ?? "";
        }

        if (fault is not null)
        {
            fault = $"{fault}; write the label as xn--…";
        }
        else if (text.Any(static c => char.IsControl(c) || c is ' ' or '\\' or '/' or '*' or '"') || !ExplainProgram.TryWrite(string.Join('.', labels), type: 1, out _))
        {
            fault = "names are labels of 1 to 63 octets with dots between, 253 in all; write e.g. www.example.com";
        }
        else
        {
            name = string.Join('.', labels);
        }

        return name is not null;
    }
}
