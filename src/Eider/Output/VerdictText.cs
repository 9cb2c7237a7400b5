// A verdict in the words of a person: for tables, compact lines and live statistics alike.

using System.Text;
using Eider.Core;

namespace Eider.Output;

public static class VerdictText
{
    /// <summary>E.g. <c>DENIED by shop/web rules[0] (list threat-intel)</c>, or <c>would be DENIED by …</c> of an audited policy; safe for a terminal.
    /// Null where nothing was denied: that is what views are full of.</summary>
    public static string? Of(Verdict? verdict)
    {
        if (verdict is not { Action: VerdictAction.Deny })
        {
            return null;
        }

        var text = new StringBuilder(verdict.Mode == VerdictMode.Audit ? "would be DENIED" : "DENIED");
        if (verdict.Policy is null)
        {
            return text.Append(" (").Append(WordOf(verdict.Reason)).Append(')').ToString();
        }

        text.Append(" by ").Append(TerminalText.Escape(verdict.Policy));
        if (verdict.Rule is not null)
        {
            text.Append(' ').Append(TerminalText.Escape(verdict.Rule));
        }

        return (verdict.List is { } list ? text.Append(" (list ").Append(TerminalText.Escape(list)).Append(')')
            : verdict.Reason == VerdictReason.Malformed ? text.Append(" (malformed)")
            : text).ToString();
    }

    /// <summary>As in JSON and in metrics.</summary>
    public static string WordOf(VerdictReason reason) => reason.ToString().ToLowerInvariant();
}
